"""A real SMTP server that keeps what it is sent, and can be made to misbehave."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum

from aiosmtpd.smtp import SMTP, Envelope, Session

ACCEPTED = "250 2.0.0 Kept"


class Mood(Enum):
    """What the server does with a message."""

    ACCEPT = "takes it"
    REFUSE_PERSON = "answers `answer` to RCPT"
    REFUSE_MESSAGE = "answers `answer` to DATA"
    HOLD = "takes the whole message and does not answer"
    DRIP = "answers one byte at a time, without end"
    DIE = "takes the whole message and hangs up"


@dataclass
class Mailbox:
    """Used as a context. `seen` holds every message that came in whole, `kept` those we said yes to."""

    mood: Mood = Mood.ACCEPT
    answer: str = ""
    seen: list[EmailMessage] = field(default_factory=list)
    kept: list[EmailMessage] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> "Mailbox":
        self._loop = asyncio.new_event_loop()
        self._connections: set[asyncio.BaseTransport] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def open(self) -> None:
        """Listens, at the same port as before."""
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """New connections are refused from here on."""
        self._loop.call_soon_threadsafe(self._server.close)
        wait_until(lambda: not self._server.sockets, 10, "the mail server is closed")

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.kept if mail["To"] == address]

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: _Connection(self, self._loop), "127.0.0.1", self.port)

    async def _finish(self) -> None:
        for transport in list(self._connections):
            transport.close()
        others = asyncio.all_tasks(self._loop) - {asyncio.current_task(self._loop)}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mood is Mood.REFUSE_PERSON:
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.seen.append(mail)
        while self.mood in (Mood.HOLD, Mood.DRIP):
            if self.mood is Mood.DRIP:
                server._writer.write(b"2")
            await asyncio.sleep(0.2)
        if self.mood is Mood.DIE:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        elif self.mood is Mood.REFUSE_MESSAGE:
            return self.answer
        else:
            self.kept.append(mail)
        return ACCEPTED


class _Connection(SMTP):
    def __init__(self, mailbox: Mailbox, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(mailbox, enable_SMTPUTF8=True, hostname="localhost", loop=loop)
        self._mailbox = mailbox

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._mailbox._connections.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self.transport:
            self._mailbox._connections.discard(self.transport)
        super().connection_lost(error)


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> float:
    """How long it took; fails once the time is over, saying what never came."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > seconds:
            raise AssertionError(f"Not within {seconds:.0f} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - started
