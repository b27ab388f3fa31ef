class LocalError(Exception):
    """What went wrong, as one line for the person at the terminal."""


class StopAskedError(Exception):
    """Ctrl-C, or a signal that means the same."""
