"""An information page: its text, its place on the site, and what is made from them."""

from collections.abc import Iterator
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from content import live, markdown
from content.models.loaded import LoadedText
from content.models.material import Material, explain

_path = RegexValidator(r"^[a-z0-9-]+(/[a-z0-9-]+)*\Z", _("Small letters, digits and hyphens, parts joined by /."))


class PageQuerySet(models.QuerySet["Page"]):
    def published(self) -> Self:
        return self.filter(published=True)

    def near(self, page: "Page") -> Self:
        """The published pages under this one; for a page without any of its own, those beside it."""
        parent = page.pk if page.kind == Page.Kind.HUB else page.parent_id
        if parent is None:
            return self.none()
        return self.published().filter(parent_id=parent).order_by("nav_order", "path")

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

    MADE_FIELDS: ClassVar[tuple[str, ...]] = ("html", "toc", "sources", "statements", "notices")

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
        blank=True,
        help_text=_("Their paths, with commas between them."),
    )
    noindex = models.BooleanField(
        _("keep out of search engines"), default=False, help_text=_("The page can still be opened by anybody.")
    )
    published = models.BooleanField(_("published"), default=True)
    reviewed_by = models.CharField(_("clinical review by"), max_length=100, blank=True, default="")
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)
    next_review_on = models.DateField(_("next review due"), null=True, blank=True)
    # Of the text itself: stands in its file, and moves when staff edit it. Loading it anew is no change.
    changed_on = models.DateField(_("text changed on"), null=True, blank=True, editable=False)

    # Made by `render` from the text and the material it names; never written by hand.
    html = models.TextField(editable=False, default="")
    toc = models.JSONField(editable=False, default=list)
    sources = models.JSONField(editable=False, default=list)
    statements = models.JSONField(editable=False, default=list)
    notices = models.JSONField(editable=False, default=list)

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
        return f"/{self.path}/"

    def get_absolute_url(self) -> str:
        return reverse("content:page", args=[self.path])

    def clean(self) -> None:
        """Renders, so that a text that can't be shown is refused beside its field."""
        super().clean()
        try:
            self.get_absolute_url()
        except NoReverseMatch as problem:
            raise ValidationError({"path": gettext("The site has no section for this path.")}) from problem
        try:
            self.render(Material.read())
        except markdown.TextError as problem:
            raise ValidationError({"body": explain(problem)}) from problem

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
        self.sources = [{"key": key, **material.sources[key].for_page()} for key in done.citations]

    def full_text(self) -> str:
        facts = [f"- {line.strip()}" for line in self.key_facts.splitlines() if line.strip()]
        if not facts:
            return self.body
        with translation.override(self.language):
            return "\n".join([f":::facts {gettext('Key facts')}", *facts, ":::", "", self.body])

    def pieces(self) -> Iterator[live.Piece]:
        """The page as it is shown: finished HTML, and between it the templates that are put in."""
        return live.pieces(self.html)

    def forget_review(self) -> None:
        """The review was of the text before."""
        self.reviewed_by, self.reviewed_on, self.next_review_on = "", None, None
