"""Sending mail, without waiting for a server that has already failed us."""

import sys

from django.core.mail.backends import smtp


class EmailBackend(smtp.EmailBackend):
    """Django's own, but it says goodbye only to a server that took the message.

    After an error the polite QUIT would wait for the same server again: one that drips bytes would hold the worker
    beyond the task's time limit, and the row would never learn why.
    """

    def close(self) -> None:
        if sys.exception() is None or self.connection is None:
            super().close()
            return
        self.connection.close()
        self.connection = None
