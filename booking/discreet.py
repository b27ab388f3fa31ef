"""Words that would tell a stranger why somebody sees this practice. No Django.

What patients are sent and what stands in an address, a subject or a calendar is read by others too: on a locked
screen, in a browser's history, at work.
"""

# Parts of words, in lower case.
GIVES_AWAY = (
    "addict", "antidepress", "anxiet", "anxious", "bipolar", "depress", "disorder", "esketamine", "ketamine",
    "medication", "mental", "ocd", "psychiatr", "psycholog", "psychother", "ptsd", "spravato", "suicid",
    "therap", "trauma", "treatment",
)  # fmt: skip


def gives_away(text: str) -> str | None:
    """The first word in `text` that names a condition, a treatment or the specialty, or None."""
    words = "".join(char if char.isalnum() else " " for char in text.casefold()).split()
    return next((word for word in words if any(part in word for part in GIVES_AWAY)), None)
