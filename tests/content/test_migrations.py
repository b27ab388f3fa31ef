"""What the migrations do to pages that are there already."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from content.models import Material, Page, Revision

BEFORE, AFTER = [("content", "0001_initial")], [("content", "0004_keep_what_is_there")]


def migrate(to: list[tuple[str, str]]) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate(to)
    return executor.loader.project_state(to).apps


@pytest.mark.django_db(transaction=True)
def test_pages_keep_their_text_their_review_and_get_a_first_saved_text() -> None:
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()  # others go back with them
    try:
        apps = migrate(BEFORE)
        apps.get_model("content", "SafetyStatement").objects.create(key="warn", title="W", text="Take care.")
        given = {"kind": "place", "title": "T", "h1": "H", "summary": "S", "body": "Text.\n\n::safety warn"}
        old = apps.get_model("content", "Page").objects
        old.create(
            path="office",
            statements=["warn"],
            reviewed_by="A. Doctor",
            reviewed_on=date(2026, 2, 28),
            loaded=given,
            **given,
        )
        old.create(path="fees", loaded={**given, "h1": "Other"}, **given)
        migrate(AFTER)
    finally:
        migrate(newest)

    page = Page.objects.get(path="office")
    page.render(Material.read())  # the same fingerprint, so the review still holds
    assert (page.reviewed_by, page.reviewed_on, page.next_review_on) == (
        "A. Doctor",
        date(2026, 2, 28),
        date(2027, 2, 28),
    )
    saved = Revision.objects.get(page=page)
    assert saved.values == page.all_values()
    assert list(Revision.objects.order_by("page__path").values_list("origin", flat=True)) == ["staff", "file"]
