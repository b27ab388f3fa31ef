"""A mail server that delivers nothing: each message becomes a file.

    python -m clinic.local.mail --port 2525 --folder var/mail [--answer "451 4.3.0 Try again later"]

The newest file sorts last. `--answer` refuses every message with that answer, to see what the site does then.
"""

import argparse
import asyncio
import itertools
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

SIZE_LIMIT = 10 * 1024 * 1024  # bytes


class ToFiles:
    def __init__(self, folder: Path, answer: str = "") -> None:
        self.folder = folder
        self.answer = answer
        self.numbers = itertools.count(1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer:
            return self.answer
        try:
            self.write(envelope.original_content or b"")
        except OSError:
            return "452 4.3.1 No room for the message"
        return "250 2.0.0 Kept"

    def write(self, content: bytes) -> Path:
        """Under its name only when it is whole, so that whoever watches the folder never reads half of it."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{next(self.numbers):06d}.eml"
        unfinished = self.folder / f".{name}.part"
        try:
            unfinished.write_bytes(content)
            return unfinished.rename(self.folder / name)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise


async def serve(port: int, handler: ToFiles) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, stopped.set)

    def protocol() -> SMTP:
        return SMTP(handler, data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, hostname="localhost", loop=loop)

    server = await loop.create_server(protocol, "127.0.0.1", port)
    await stopped.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Keeps each message it is sent as a file.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--answer", default="", help="refuse every message with this answer")
    options = parser.parse_args()
    os.umask(0o077)
    options.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(options.port, ToFiles(options.folder, options.answer)))


if __name__ == "__main__":
    main()
