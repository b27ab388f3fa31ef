from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from content import actions, files, markdown
from content.models import LoadedText, Material, Notice, Page, Redirect, Revision, SafetyStatement, Source

LOCK = 0x70616765  # any number, the same in every process: two loads at once take turns
LANGUAGE = "en"  # of the texts in content/pages itself


class Command(BaseCommand):
    help = "Brings the texts of content/pages into the database. What staff have edited stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            texts = files.read()
            with transaction.atomic():
                counts, left_alone = load(texts, timezone.now())
        except (files.BadFile, markdown.TextError) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(", ".join(f"{counts[word]} {word}" for word in ("new", "changed", "unchanged")))
        for name in left_alone:
            self.stdout.write(f"left alone, edited by staff: {name}")
        orphans = Page.objects.published().exclude(loaded={}).exclude(path__in=[file.path for file in texts.pages])
        for page in orphans.order_by("path"):
            self.stdout.write(f"still published, though its file is gone: page {page.path}")


def load(texts: files.Texts, now: datetime) -> tuple[dict[str, int], list[str]]:
    """Inside a transaction. Counts what happened, and names what staff have edited and a file would have changed."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '60s'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    outcomes: dict[str, str] = {}
    for key, row in texts.sources.items():
        source = Source.objects.select_for_update().filter(key=key).first() or Source(key=key)
        outcomes[f"source {key}"] = take(source, _with_defaults(Source, row))
    for key, said in texts.statements.items():
        statement = SafetyStatement.objects.select_for_update().filter(key=key).first() or SafetyStatement(key=key)
        values = {"title": said.title, "text": said.text.strip(), "level": said.level}
        outcomes[f"statement {key}"] = take(statement, values)
    for key, law in texts.notices.items():
        notice = Notice.objects.select_for_update().filter(key=key).first() or Notice(key=key)
        outcomes[f"notice {key}"] = take(notice, _notice_values(law))
    material = Material.read()
    for file in texts.pages:
        outcomes[f"page {file.path}"] = take_page(file, material, now)
    Page.objects.order_by("pk").render_again()
    words = list(outcomes.values())
    counts = {word: words.count(word) for word in ("new", "changed", "unchanged")}
    return counts, [name for name, word in outcomes.items() if word == "left alone"]


def take_page(file: files.PageFile, material: Material, now: datetime) -> str:
    page = Page.objects.select_for_update().filter(path=file.path, language=LANGUAGE).first() or Page(path=file.path)
    values = _page_values(file)
    if not page.is_edited() and page.open_draft() and page.text_values() != values:
        return "left alone"  # staff are at work on the text that the file would replace
    if not (page.pk and page.is_edited()):
        page.changed_on = file.changed
    word = take(page, values, material)
    if word in ("new", "changed"):
        actions.record(page=page, state=Revision.State.PUBLISHED, by=None, now=now)
    for old in file.former:
        Redirect.objects.get_or_create(old_path=old, defaults={"page": page})
    return word


def take(row: LoadedText, values: dict[str, Any], material: Material | None = None) -> str:
    """Gives a row the text of its file, unless staff have edited it, and says which."""
    if row.pk and row.is_edited():
        if row.text_values() != values:
            return "left alone"
        # Staff have written what the file says now: from here on it is the file's again.
        row.loaded = row.text_values()
        row.save(update_fields=["loaded"])
        return "unchanged"
    if row.pk and row.text_values() == values:
        return "unchanged"
    word = "changed" if row.pk else "new"
    for name, value in values.items():
        setattr(row, name, value)
    row.loaded = row.text_values()
    if isinstance(row, Page) and material:
        row.render(material)
    row.save()
    return word


def _with_defaults(model: type[LoadedText], row: dict[str, Any]) -> dict[str, Any]:
    empty = model()
    return {name: row.get(name, getattr(empty, name)) for name in model.TEXT_FIELDS}


def _notice_values(file: files.NoticeFile) -> dict[str, Any]:
    return {
        "title": file.title,
        "text": file.text.strip(),
        "legal_basis": file.legal_basis,
        "checked_on": file.checked.isoformat() if file.checked else None,
        "exempt": file.exempt,
    }


def _page_values(file: files.PageFile) -> dict[str, Any]:
    return {
        "title": file.title,
        "h1": file.h1,
        "summary": file.summary,
        "kind": file.kind,
        "parent_id": Page.objects.get(path=file.parent, language=LANGUAGE).pk if file.parent else None,
        "nav_order": file.order,
        "key_facts": "\n".join(file.key_facts),
        "body": file.body,
        "must_say": file.must_say,
        "related": file.related,
        "noindex": file.noindex,
    }
