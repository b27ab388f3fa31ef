"""make bench: what the pages cost at 100,000 visits, beside the floor that none can beat.

BENCH="visits patients rounds" chooses other numbers. Times are of this machine and no test's business; the numbers of
queries are the same everywhere.
"""

import logging
import os
import sys
import time
from statistics import quantiles

import django
from django.conf import settings
from django.db import connection

FORM = "{:28} {:>8} {:>9} {:>9} {:>9}\n"


def main() -> None:
    visits, patients, rounds = (int(number) for number in os.environ.get("BENCH", "100000 60000 15").split())
    django.setup()
    from django.test import Client  # noqa: PLC0415

    from tests.bench import fill, pages  # noqa: PLC0415  need the apps to be ready
    from tests.signing_in import with_second_factor  # noqa: PLC0415

    Client._login = with_second_factor  # type: ignore[attr-defined]
    settings.ALLOWED_HOSTS.append("testserver")
    logging.disable(logging.INFO)  # a line for each answer
    begun = time.perf_counter()
    user = fill.fill(visits=visits, patients=patients)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM")  # as the server does by itself, a little later
    say(f"{visits:,} visits, {patients:,} patients: filled in {time.perf_counter() - begun:.0f} s\n\n")
    say(FORM.format("", "queries", "p50 ms", "p95 ms", "of it SQL"))
    for name, page in {**pages.floors(), **pages.pages(user)}.items():
        measure(name, page, rounds)


def measure(name: str, page: object, rounds: int) -> None:
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    assert callable(page)
    page()
    with CaptureQueriesContext(connection) as asked:
        page()
    queries = len(asked)
    spent = 1000 * sum(float(query["time"]) for query in asked.captured_queries)
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        page()
        times.append(1000 * (time.perf_counter() - begun))
    cuts = quantiles(times, n=20, method="inclusive")
    say(FORM.format(name, queries, f"{cuts[9]:.2f}", f"{cuts[18]:.2f}", f"{spent:.0f}"))


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
