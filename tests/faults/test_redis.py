"""Redis carries nudges only: without it the site takes requests, and mail goes when it is back."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest

from booking.models import Message
from tests.faults.asking import ONE_REQUEST, ask, free_starts, ready, stored
from tests.faults.mailbox import Mailbox, wait_until
from tests.faults.parts import Site, black_hole

pytestmark = pytest.mark.faults

log = logging.getLogger(__name__)

SWEPT = 100  # seconds: the worker's and beat's waits between tries to reach Redis, and a sweep


@contextmanager
def redis_away(site: Site, *, silent: bool) -> Iterator[None]:
    """Refuses connections, or takes them and never answers."""
    with black_hole(site.redis_port) if silent else nullcontext():
        yield


@pytest.mark.parametrize("silent", [False, True], ids=["refuses", "never answers"])
def test_request_without_redis_is_stored_and_mailed_later(site: Site, mailbox: Mailbox, silent: bool) -> None:
    """Then by the sweep of one of two beats, which do each other no harm."""
    visit_type = ready()
    with redis_away(site, silent=silent):
        started = time.monotonic()
        visitor, answer = ask(site, visit_type, free_starts(visit_type)[0])
        log.info("the whole request took %.2f s", time.monotonic() - started)  # noted, not judged
        assert answer.status == 302
        assert visitor.get(answer.location).status == 200
        assert stored() == ONE_REQUEST
        assert set(Message.objects.values_list("state", flat=True)) == {"queued"}
        assert visitor.get("/readyz").status == 200
    site.start_redis()
    site.start_worker(mailbox.port)
    site.start_beat()
    site.start_beat("second beat")
    wait_until(lambda: not Message.objects.exclude(state="sent").exists(), SWEPT, "both messages are sent")
    assert len(mailbox.seen) == 2


def test_worker_outlives_redis(site: Site, redis: None, mailbox: Mailbox) -> None:
    """Redis is killed under a running worker and beat, and comes back."""
    visit_type = ready()
    first, second = free_starts(visit_type)[0], free_starts(visit_type)[4]
    site.start_worker(mailbox.port)
    site.start_beat()
    ask(site, visit_type, first, 1)
    wait_until(lambda: len(mailbox.kept) == 2, 20, "the first messages, by the nudge")
    site.parts.kill("redis")
    _, answer = ask(site, visit_type, second, 2)
    assert answer.status == 302
    site.start_redis()
    wait_until(lambda: len(mailbox.kept) == 4, SWEPT, "the messages written while Redis was away")
    assert len({mail["Message-ID"] for mail in mailbox.seen}) == 4 == len(mailbox.seen)
