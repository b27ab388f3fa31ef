"""What is done to a page and touches more than its row. Each is one transaction, told who (None: the file) and when."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from content.models import Material, Page, Redirect, Review, Revision

By = User | None


def lock(page: Page) -> Page | None:
    """The page as it is stored, held until the end: two who save at once take turns."""
    return Page.objects.select_for_update().filter(pk=page.pk).first() if page.pk else None


@transaction.atomic
def publish(*, page: Page, by: By, now: datetime) -> bool:
    """Makes what stands in `page` the text that everybody sees. False if they see it already."""
    stored = lock(page)
    if stored and stored.published and stored.all_values() == page.all_values() and stored.language == page.language:
        set_draft_aside(page=stored)
        return False
    if stored is None or stored.text_values() != page.text_values():
        page.changed_on = timezone.localdate(now)
    if stored:
        page.loaded = stored.loaded  # the files may have been loaded since the form was opened
    # With the row held: a statement changed meanwhile must not come back in its old words.
    page.render(Material.read())
    page.published = True
    page.save()
    move_address(old_path=stored.path if stored else "", page=page)
    record(page=page, state=Revision.State.PUBLISHED, by=by, now=now)
    return True


@transaction.atomic
def save_draft(*, page: Page, by: By, now: datetime) -> Revision:
    """Keeps what stands in `page` for staff alone. A page that is new is stored for it, off the site."""
    if lock(page) is None:
        page.published = False
        page.save()
    return record(page=page, state=Revision.State.DRAFT, by=by, now=now)


@transaction.atomic
def bring_back(*, revision: Revision, by: By, now: datetime) -> Revision:
    """An older text becomes the draft. Nobody sees it before it is published."""
    lock(revision.page)
    return _add(revision.page, revision.values, Revision.State.DRAFT, by=by, now=now)


@transaction.atomic
def set_draft_aside(*, page: Page) -> int:
    """The draft's words are kept among the saved texts; the page is what the public sees again."""
    lock(page)
    last = page.revisions.filter(state=Revision.State.PUBLISHED).first()
    drafts = page.revisions.filter(state=Revision.State.DRAFT, pk__gt=last.pk if last else 0)
    return drafts.update(state=Revision.State.SET_ASIDE)


@transaction.atomic
def show(*, page: Page, shown: bool) -> None:
    """On the site, or off it: then its address is not found."""
    lock(page)
    page.published = shown
    page.save(update_fields=["published", "updated_at"])


@transaction.atomic
def record_review(*, review: Review, by: By, now: datetime) -> None:
    """Of the text whose fingerprint the review carries, else of the one that the public sees."""
    page = Page.objects.select_for_update().get(pk=review.page_id)
    review.text_hash = review.text_hash or page.text_hash
    review.recorded_by_id, review.recorded_at = by.pk if by else None, now
    review.save()
    page.take_review()
    page.save(update_fields=["reviewed_by", "reviewed_on", "next_review_on"])


def record(*, page: Page, state: Revision.State, by: By, now: datetime) -> Revision:
    return _add(page, page.all_values(), state, by=by, now=now)


def move_address(*, old_path: str, page: Page) -> None:
    """The address that a page leaves leads to it from now on; the one it takes leads nowhere else."""
    Redirect.objects.at(page.path).delete()
    if old_path and old_path != page.path:
        Redirect.objects.update_or_create(old_path=old_path, defaults={"page": page})


def _add(page: Page, values: dict[str, object], state: Revision.State, *, by: By, now: datetime) -> Revision:
    return Revision.objects.create(
        page=page,
        values=values,
        state=state,
        origin=Revision.Origin.STAFF if by else Revision.Origin.FILE,
        saved_by_id=by.pk if by else None,
        saved_by_name=(by.get_full_name() or by.get_username()) if by else "",
        saved_at=now,
    )
