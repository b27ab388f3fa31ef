"""An information page: its text, its place on the site, and what is made from them."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from content import live, markdown, plain
from content.files import PageFile
from content.models.loaded import LoadedText
from content.models.material import Material
from content.models.review import Review
from content.models.revision import Revision

_path = RegexValidator(r"^[a-z0-9-]+(/[a-z0-9-]+)*\Z", _("Small letters, digits and hyphens, parts joined by /."))


class PageQuerySet(models.QuerySet["Page"]):
    def published(self) -> Self:
        return self.filter(published=True)

    def as_links(self) -> Self:
        """Without what only the page itself shows, which is most of it."""
        return self.defer(*Page.LONG_FIELDS)

    def with_parent(self) -> Self:
        """The page whole, but for what only an editor needs; of its parent what a link says."""
        unseen = ("loaded", "body", "key_facts", "plain_headings", "plain_text", "search")
        return self.select_related("parent").defer(*unseen, *(f"parent__{name}" for name in Page.LONG_FIELDS))

    def near(self, page: "Page") -> Self:
        """The published pages under this one; for a page without any of its own, those beside it."""
        parent = page.pk if page.kind == Page.Kind.HUB else page.parent_id
        if parent is None:
            return self.none()
        return self.published().as_links().filter(parent_id=parent).order_by("nav_order", "path")

    def with_newest_state(self) -> Self:
        """Each with the state of the text that was saved last."""
        newest = Revision.objects.filter(page=models.OuterRef("pk")).values("state")[:1]
        return self.annotate(newest_state=models.Subquery(newest))

    def with_draft(self) -> Self:
        return self.with_newest_state().filter(newest_state=Revision.State.DRAFT)

    def unread(self, today: date) -> Self:
        """On the site, and read by nobody as they stand, or too long ago."""
        return self.published().filter(models.Q(reviewed_on=None) | models.Q(next_review_on__lt=today))

    def render_again(self) -> int:
        """For a change of source or statement: renders each page, saves and counts those that come out otherwise."""
        material = Material.read()
        changed = 0
        for page in self.select_for_update():
            before = [getattr(page, name) for name in Page.MADE_FIELDS]
            page.render(material)
            if before != [getattr(page, name) for name in Page.MADE_FIELDS]:
                page.save(update_fields=[*Page.MADE_FIELDS, "updated_at"])
                changed += 1
        return changed


class Page(LoadedText):
    class Kind(models.TextChoices):
        HUB = "hub", _("main page of a subject")
        SPOKE = "spoke", _("page of a subject")
        ABOUT = "about", _("about a person")
        PLACE = "place", _("place")
        NOTICE = "notice", _("notice")

    TEXT_FIELDS = (
        "title",
        "h1",
        "summary",
        "kind",
        "parent_id",
        "nav_order",
        "key_facts",
        "body",
        "must_say",
        "related",
        "noindex",
    )

    MADE_FIELDS: ClassVar[tuple[str, ...]] = (
        "html",
        "toc",
        "plain_headings",
        "plain_text",
        "sources",
        "statements",
        "notices",
        "text_hash",
        "reviewed_by",
        "reviewed_on",
        "next_review_on",
    )

    LONG_FIELDS: ClassVar[tuple[str, ...]] = (
        "loaded",
        "body",
        "key_facts",
        "html",
        "toc",
        "sources",
        "statements",
        "notices",
        "plain_headings",
        "plain_text",
        "search",
    )

    path = models.CharField(_("path"), max_length=120, validators=[_path])
    language = models.CharField(_("language"), max_length=10, default="en")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent"),
    )
    nav_order = models.PositiveSmallIntegerField(_("order"), default=0)
    title = models.CharField(_("title"), max_length=70, help_text=_("For the browser tab and search results."))
    h1 = models.CharField(_("heading"), max_length=120)
    summary = models.CharField(
        _("answer in one sentence"),
        max_length=160,
        help_text=_("Stands first on the page and describes it in search results."),
    )
    key_facts = models.TextField(_("key facts"), blank=True, default="", help_text=_("One to a line, Markdown."))
    body = models.TextField(
        _("text"),
        help_text=_("Markdown. Cite with [@key]; include a safety statement with a line “::safety key”."),
    )
    must_say = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("safety statements it must include"),
        default=list,
        blank=True,
    )
    related = ArrayField(
        models.CharField(max_length=120, validators=[_path]),
        verbose_name=_("pages to read on"),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("Their paths, with commas between them."),
    )
    noindex = models.BooleanField(
        _("keep out of search engines"),
        default=False,
        db_default=False,
        help_text=_("The page can still be opened by anybody."),
    )
    published = models.BooleanField(_("on the site"), default=True)
    # Of the text itself: stands in its file, and moves when staff edit it. Loading it anew is no change.
    changed_on = models.DateField(_("text changed on"), null=True, blank=True, editable=False)

    # Made by `render` from the text and the material it names; never written by hand.
    html = models.TextField(editable=False, default="")
    toc = models.JSONField(editable=False, default=list)
    plain_headings = models.TextField(editable=False, default="", db_default="")
    plain_text = models.TextField(editable=False, default="", db_default="")
    sources = models.JSONField(editable=False, default=list)
    statements = models.JSONField(editable=False, default=list)
    notices = models.JSONField(editable=False, default=list, db_default=models.Value([], models.JSONField()))
    text_hash = models.CharField(max_length=64, editable=False, default="", db_default="")
    # Of the review of exactly this text, if there is one that approves.
    reviewed_by = models.CharField(_("reviewed by"), max_length=100, editable=False, default="")
    reviewed_on = models.DateField(_("reviewed on"), null=True, editable=False)
    next_review_on = models.DateField(_("next review due"), null=True, editable=False)

    # What search looks through; Postgres keeps it in step. Another language will need its own configuration here.
    search = models.GeneratedField(
        expression=SearchVector("title", "h1", weight="A", config="english")
        + SearchVector("summary", "plain_headings", weight="B", config="english")
        + SearchVector("plain_text", weight="D", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = PageQuerySet.as_manager()

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(
                fields=["language", "path"],
                name="page_language_path",
                violation_error_message=_("There is a page with this path already."),
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by="", reviewed_on__isnull=True)
                | (~models.Q(reviewed_by="") & models.Q(reviewed_on__isnull=False)),
                name="page_review_whole",
                violation_error_message=_("A review needs both who and when."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.h1} (/{self.path}/)"

    def get_absolute_url(self) -> str:
        return reverse("content:page", args=[self.path])

    def clean(self) -> None:
        super().clean()
        try:
            self.get_absolute_url()
        except NoReverseMatch as problem:
            if self.path:  # an empty one is told as such
                raise ValidationError({"path": gettext("Another part of the site has this address.")}) from problem

    def render(self, material: Material) -> None:
        done = markdown.render(
            self.full_text(),
            page=self.path,
            sources=material.sources,
            statements=material.statements,
            notices=material.notices,
            must_say=self.must_say,
        )
        self.html, self.toc, self.statements, self.notices = done.html, done.toc, done.statements, done.notices
        words = plain.words(self.html)
        self.plain_headings, self.plain_text = words.headings, words.text
        self.sources = [{"key": key, **material.sources[key].for_page()} for key in done.citations]
        self.text_hash = self.fingerprint(material)
        self.take_review()

    def full_text(self) -> str:
        facts = [f"- {line.strip()}" for line in self.key_facts.splitlines() if line.strip()]
        if not facts:
            return self.body
        with translation.override(self.language):
            return "\n".join([f":::facts {gettext('Key facts')}", *facts, ":::", "", self.body])

    def pieces(self) -> Iterator[live.Piece]:
        """The page as it is shown: finished HTML, and between it the templates that are put in."""
        return live.pieces(self.html)

    def fingerprint(self, material: Material) -> str:
        """Of what a reviewer answers for: the page's own words, and those it takes in."""
        own = [self.title, self.h1, self.summary, self.key_facts, self.body]
        said = [material.statements[key] for key in self.statements] + [material.notices[key] for key in self.notices]
        words = [*own, *([one.title, one.text, one.level] for one in said)]
        return hashlib.sha256(json.dumps(words).encode()).hexdigest()

    def take_review(self) -> None:
        """Shows the last clinical review of exactly this text, if it approves. A text that is changed has none."""
        of_this = self.reviews.filter(role=Review.Role.CLINICAL, text_hash=self.text_hash) if self.pk else None
        last = of_this.first() if of_this is not None else None
        if last and last.decision == Review.Decision.APPROVED:
            self.reviewed_by, self.reviewed_on, self.next_review_on = (
                last.reviewer,
                last.reviewed_on,
                last.next_review_on,
            )
        else:
            self.reviewed_by, self.reviewed_on, self.next_review_on = "", None, None

    def review_months(self) -> int:
        """How long a review holds: shorter where the page must warn."""
        return 6 if self.must_say else 12

    def all_values(self) -> dict[str, Any]:
        """What a saved text keeps."""
        return {"path": self.path, **self.text_values()}

    def open_draft(self) -> Revision | None:
        """What staff are working on: the last saved text, if it is a draft."""
        last = self.revisions.first() if self.pk else None
        return last if last and last.state == Revision.State.DRAFT else None

    def as_file(self) -> PageFile:
        """As the rules read it, which are the same for files."""
        return PageFile(
            file="",
            path=self.path,
            title=self.title,
            h1=self.h1,
            summary=self.summary,
            kind=self.kind,
            body=self.body,
            must_say=self.must_say,
            key_facts=[line.strip() for line in self.key_facts.splitlines() if line.strip()],
            related=self.related,
        )
