"""Pages that are there already get the fingerprint of their text, a first saved text, and a row for their review."""

import hashlib
import json
from typing import Any

from django.db import migrations

VALUES = ["path", "title", "h1", "summary", "kind", "parent_id", "nav_order", "key_facts", "body", "must_say", "related", "noindex"]


def keep(apps: Any, schema_editor: Any) -> None:
    Page, Review, Revision, SafetyStatement = (
        apps.get_model("content", name) for name in ("Page", "Review", "Revision", "SafetyStatement")
    )
    said = {one.key: [one.title, one.text, one.level] for one in SafetyStatement.objects.all()}
    for page in Page.objects.order_by("pk"):
        own = [page.title, page.h1, page.summary, page.key_facts, page.body]
        words = [*own, *(said[key] for key in page.statements if key in said)]
        page.text_hash = hashlib.sha256(json.dumps(words).encode()).hexdigest()
        Page.objects.filter(pk=page.pk).update(text_hash=page.text_hash)
        from_file = bool(page.loaded) and all(getattr(page, name) == value for name, value in page.loaded.items())
        Revision.objects.create(
            page=page,
            values={name: getattr(page, name) for name in VALUES},
            state="published",
            origin="file" if from_file else "staff",
            saved_at=page.updated_at,
        )
        if page.reviewed_by and page.reviewed_on:
            later = page.reviewed_on.replace(year=page.reviewed_on.year + 1, day=min(page.reviewed_on.day, 28))
            Review.objects.create(
                page=page,
                text_hash=page.text_hash,
                reviewer=page.reviewed_by,
                role="clinical",
                decision="approved",
                reviewed_on=page.reviewed_on,
                next_review_on=page.next_review_on if (page.next_review_on or page.reviewed_on) > page.reviewed_on else later,
                recorded_at=page.updated_at,
            )


class Migration(migrations.Migration):
    dependencies = [("content", "0003_revisions_reviews_redirects")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
