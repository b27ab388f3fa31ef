"""What pages draw on by key: sources, safety statements, legal notices."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from content import markdown, rules
from content.models.loaded import LoadedText, key_validator


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

    key = models.CharField(_("key"), max_length=60, unique=True, validators=[key_validator])
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

    key = models.CharField(_("key"), max_length=60, unique=True, validators=[key_validator])
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
        super().clean()
        _check(self)

    def for_pages(self) -> markdown.Statement:
        return markdown.Statement(title=self.title, text=self.text, level=self.level)


class Notice(LoadedText):
    """A legal notice. Its words may be fixed by law, so that no rule of ours is asked of them."""

    TEXT_FIELDS = ("title", "text", "legal_basis", "checked_on", "exempt")

    key = models.CharField(_("key"), max_length=60, unique=True, validators=[key_validator])
    title = models.CharField(_("title"), max_length=160)
    text = models.TextField(_("text"), help_text=_("Markdown."))
    legal_basis = models.CharField(_("legal basis"), max_length=300, blank=True, default="")
    checked_on = models.DateField(_("last checked against the law"), null=True, blank=True)
    exempt = models.BooleanField(
        _("wording fixed by law"),
        default=False,
        help_text=_("The checks for plain language and for words we don’t use leave it alone."),
    )

    class Meta:
        verbose_name = _("legal notice")
        verbose_name_plural = _("legal notices")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key

    def clean(self) -> None:
        super().clean()
        _check(self, plainly=not self.exempt)

    def for_pages(self) -> markdown.Statement:
        return markdown.Statement(title=self.title, text=self.text, level="info")


@dataclass(frozen=True, slots=True)
class Material:
    """What pages draw on, read once for any number of pages."""

    sources: dict[str, Source]
    statements: dict[str, markdown.Statement]
    notices: dict[str, markdown.Statement]

    def known(self, paths: Container[str]) -> rules.Known:
        return rules.Known(self.sources, self.statements, self.notices, paths)

    @classmethod
    def read(cls) -> Self:
        return cls(
            sources={source.key: source for source in Source.objects.all()},
            statements={said.key: said.for_pages() for said in SafetyStatement.objects.all()},
            notices={notice.key: notice.for_pages() for notice in Notice.objects.all()},
        )


def _check(row: SafetyStatement | Notice, *, plainly: bool = True) -> None:
    """So that what can't be shown, or breaks a rule, is refused here and not on every page that includes it."""
    found = list(rules.text_problems(f"{row.title}\n\n{row.text}")) if plainly else []
    try:
        markdown.render(row.text, page=row.key, sources=Material.read().sources, statements={})
    except markdown.TextError as problem:
        found.insert(0, rules.explain(problem))
    if found:
        raise ValidationError({"text": found})
