"""The form behind the editor: a draft may be unfinished, what is published keeps every rule."""

from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content import actions, rules
from content.models import Material, Page, Revision
from content.models.redirect import plain_path

LONGEST_TEXT = 40_000  # characters; with what a browser adds it stays below the largest form we take


class PathsField(SimpleArrayField):
    """Takes addresses as people copy them, with strokes around."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(forms.CharField(max_length=120), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return [path for item in super().clean(value) if (path := plain_path(item))]


class PageForm(forms.ModelForm[Page]):
    related = PathsField(
        label=gettext_lazy("Pages to read on"),
        required=False,
        help_text=gettext_lazy("Two to four paths with commas between them, like: fees, nasal-ketamine/prepare"),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        labels = {"nav_order": gettext_lazy("Place among its neighbors")}
        widgets = {
            "key_facts": forms.Textarea(attrs={"rows": 6}),
            "body": forms.Textarea(attrs={"rows": 32, "spellcheck": "true", "maxlength": LONGEST_TEXT}),
            "summary": forms.Textarea(attrs={"rows": 2, "maxlength": 160}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.last = self.instance.revisions.first() if self.instance.pk else None
        if self.last and not self.is_bound:
            self.initial["seen"] = self.last.pk
            if self.last.state == Revision.State.DRAFT:
                self.initial.update(self.last.as_fields())

    @property
    def is_draft(self) -> bool:
        return "_draft" in self.data

    @property
    def is_published(self) -> bool:
        """Told by the button; a form that is only looked at is neither."""
        return "_publish" in self.data

    def clean_path(self) -> str:
        path = plain_path(self.cleaned_data["path"])
        if Page.objects.filter(language=self.instance.language, path=path).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is a page with this path already."))
        return path

    def clean_summary(self) -> str:
        return " ".join(self.cleaned_data["summary"].split())

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if (self.is_draft or self.is_published) and actions.lock(self.instance):
            self.last = self.instance.revisions.first()
            if self.last and self.cleaned_data.get("seen") != self.last.pk:
                self.add_error(None, self._saved_meanwhile(self.last))
                # Pressing the button again is the answer to that.
                self.data = {**self.data.dict(), "seen": str(self.last.pk)}  # type: ignore[attr-defined]
        return cleaned

    def _saved_meanwhile(self, last: Revision) -> SafeString:
        return format_html(
            '{} <a href="{}">{}</a> {}',
            _("%(who)s saved this page after you opened it.") % {"who": last.who()},
            reverse("admin:content_page_revision", args=[last.page_id, last.pk]),
            _("See what was changed."),
            _("Your text is still here: press the button again to replace theirs with it."),
        )

    def _post_clean(self) -> None:
        """Django's own place for what needs the whole instance."""
        super()._post_clean()  # type: ignore[misc]
        if self.is_published:
            faulty = set(self.errors)
            for problem in problems_of(self.instance):
                if problem.field not in faulty:
                    self.add_error(problem.field if problem.field in self.fields else None, problem.text)


def problems_of(page: Page) -> list[rules.Problem]:
    """What keeps this text from being published."""
    paths = set(Page.objects.exclude(pk=page.pk).values_list("path", flat=True))
    return list(rules.problems(page.as_file(), Material.read().known(paths)))
