import smtplib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from clinic.local.mail import ToFiles
from clinic.local.ports import answers, free_port
from clinic.local.processes import Service
from clinic.local.services import Folder, start_mail
from clinic.local.supervisor import Supervisor
from tests.clinic.local.conftest import wait_for

LETTER = b"From: office@example.test\r\nTo: ana@example.test\r\nSubject: Hi\r\n\r\n.dot\r\n\xe2\x9c\x93\r\n"


def send(port: int, letter: bytes = LETTER) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as connection:
        connection.sendmail("office@example.test", ["ana@example.test"], letter)


def test_keeps_each_message_byte_for_byte_the_newest_last(folder: Folder) -> None:
    with Supervisor(folder.path) as supervisor:
        port = urlsplit(start_mail(supervisor, folder)).port or 0
        send(port)
        send(port, LETTER.replace(b"Hi", b"Again"))
    files = sorted((folder.path / "mail").iterdir())
    assert [file.read_bytes() for file in files] == [LETTER, LETTER.replace(b"Hi", b"Again")]
    assert all(file.name.endswith(".eml") for file in files)


def test_can_refuse_every_message(folder: Folder) -> None:
    with Supervisor(folder.path) as supervisor:
        start_mail(supervisor, folder)
        usual, port = supervisor.running["mail"].service, free_port()
        command = [*usual.command, "--port", str(port), "--answer", "451 4.3.0 Later"]
        supervisor.start(Service(name="refuser", command=command, log=usual.log, cwd=usual.cwd))
        wait_for(lambda: answers(port))
        with pytest.raises(smtplib.SMTPDataError, match=r"4\.3\.0 Later"):
            send(port)


def test_leaves_no_half_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OSError, match="No space"):
        ToFiles(tmp_path).write(LETTER)
    assert list(tmp_path.iterdir()) == []
