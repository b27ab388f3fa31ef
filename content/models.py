"""The information pages, the sources they cite and the safety statements they share."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from content import markdown

_key = RegexValidator(r"^[a-z0-9-]+\Z", _("Small letters, digits and hyphens."))
_path = RegexValidator(r"^[a-z0-9-]+(/[a-z0-9-]+)*\Z", _("Small letters, digits and hyphens, parts joined by /."))


class LoadedText(models.Model):
    """What comes from a file and may then be edited by staff. What was loaded is kept, to tell the two apart."""

    TEXT_FIELDS: ClassVar[tuple[str, ...]] = ()

    # By name, so that a field that comes later makes no text look edited.
    loaded = models.JSONField(_("as last loaded"), default=dict, editable=False)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        abstract = True

    def text_values(self) -> dict[str, Any]:
        return {field: getattr(self, field) for field in self.TEXT_FIELDS}

    def clean(self) -> None:
        """Text from a form comes with other line ends; left so, every save would look like an edit."""
        for field, value in self.text_values().items():
            if isinstance(value, str):
                setattr(self, field, value.replace("\r\n", "\n").replace("\r", "\n").strip())

    def differs(self) -> bool:
        """Whether anything but the date differs from what is stored."""
        stored = type(self)._default_manager.filter(pk=self.pk).first()
        names = [field.attname for field in self._meta.concrete_fields if field.name != "updated_at"]
        return stored is None or any(getattr(stored, name) != getattr(self, name) for name in names)

    def is_edited(self) -> bool:
        """Whether staff changed the text since it was loaded, or wrote it themselves."""
        return not self.loaded or any(getattr(self, name) != value for name, value in self.loaded.items())


class Source(LoadedText):
    class Kind(models.TextChoices):
        TRIAL = "trial", _("trial")
        REVIEW = "review", _("review of studies")
        STUDY = "study", _("other study")
        LABEL = "label", _("product label")
        RULE = "rule", _("rule or safety program")
        ALERT = "alert", _("safety alert")
        SERVICE = "service", _("public service")

    TEXT_FIELDS = ("authors", "title", "container", "year", "doi", "url", "kind", "note")

    key = models.CharField(_("key"), max_length=60, unique=True, validators=[_key])
    authors = models.CharField(_("authors"), max_length=200, blank=True, default="")
    title = models.CharField(_("title"), max_length=300)
    container = models.CharField(_("journal or publisher"), max_length=200, blank=True, default="")
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    doi = models.CharField(_("DOI"), max_length=100, blank=True, default="")
    url = models.URLField(_("address"), max_length=300, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    note = models.CharField(_("note for readers"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key

    def for_page(self) -> dict[str, str]:
        """What a page prints in its list of sources."""
        place = ", ".join(str(part) for part in (self.container, self.year) if part)
        url = f"https://doi.org/{self.doi}" if self.doi else self.url
        return {
            "authors": self.authors,
            "title": self.title,
            "place": place,
            "url": url,
            "doi": self.doi,
            "note": self.note,
        }


class SafetyStatement(LoadedText):
    class Level(models.TextChoices):
        INFO = "info", _("information")
        URGENT = "urgent", _("urgent")
        EMERGENCY = "emergency", _("emergency")

    TEXT_FIELDS = ("title", "text", "level")

    key = models.CharField(_("key"), max_length=60, unique=True, validators=[_key])
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text"), help_text=_("Markdown."))
    level = models.CharField(_("level"), max_length=10, choices=Level, default=Level.INFO)

    class Meta:
        verbose_name = _("safety statement")
        verbose_name_plural = _("safety statements")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key

    def clean(self) -> None:
        """Renders, so that a text that can't be shown is refused here and not on every page that includes it."""
        super().clean()
        try:
            markdown.render(self.text, page=self.key, sources=Material.read().sources, statements={}, must_say=[])
        except markdown.TextError as problem:
            raise ValidationError({"text": _explain(problem)}) from problem

    def for_pages(self) -> markdown.Statement:
        return markdown.Statement(title=self.title, text=self.text, level=self.level)


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
            before = (page.html, page.toc, page.sources, page.statements)
            page.render(material)
            if before != (page.html, page.toc, page.sources, page.statements):
                page.save(update_fields=["html", "toc", "sources", "statements", "updated_at"])
                changed += 1
        return changed


@dataclass(frozen=True, slots=True)
class Material:
    """What pages draw on, read once for any number of pages."""

    sources: dict[str, Source]
    statements: dict[str, markdown.Statement]

    @classmethod
    def read(cls) -> Self:
        return cls(
            sources={source.key: source for source in Source.objects.all()},
            statements={said.key: said.for_pages() for said in SafetyStatement.objects.all()},
        )


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
    )

    path = models.CharField(_("path"), max_length=120, unique=True, validators=[_path])
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

    objects = PageQuerySet.as_manager()

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewed_by="", reviewed_on__isnull=True)
                | (~models.Q(reviewed_by="") & models.Q(reviewed_on__isnull=False)),
                name="page_review_whole",
                violation_error_message=_("A review needs both who and when."),
            )
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
            raise ValidationError({"body": _explain(problem)}) from problem

    def render(self, material: Material) -> None:
        done = markdown.render(
            self.full_text(),
            page=self.path,
            sources=material.sources,
            statements=material.statements,
            must_say=self.must_say,
        )
        self.html, self.toc, self.statements = done.html, done.toc, done.statements
        self.sources = [{"key": key, **material.sources[key].for_page()} for key in done.citations]

    def full_text(self) -> str:
        facts = [f"- {line.strip()}" for line in self.key_facts.splitlines() if line.strip()]
        if not facts:
            return self.body
        with translation.override(self.language):
            return "\n".join([f":::facts {gettext('Key facts')}", *facts, ":::", "", self.body])

    def forget_review(self) -> None:
        """The review was of the text before."""
        self.reviewed_by, self.reviewed_on, self.next_review_on = "", None, None


def _explain(problem: markdown.TextError) -> str:
    match problem:
        case markdown.UnknownCitation():
            text = _("There is no source with the key “%(key)s”.")
        case markdown.UnknownStatement():
            text = _("There is no safety statement with the key “%(key)s”.")
        case _:
            text = _("This page must include the safety statement “%(key)s”: put back the line “::safety %(key)s”.")
    return str(text) % {"key": problem.key}
