"""The wording of messages to patients: which are in the practice's own words, and what would be sent."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions, example_letters
from booking.admin import words
from booking.admin.acting import busy
from booking.admin.reading import ReadOnlyAdmin, signed_in
from booking.forms import OneLine
from booking.messages import Written
from booking.models import Kind, MessageText
from booking.models.message_text import TO_PATIENTS, placeholders
from booking.text import clean_text
from booking.transactions import Busy
from clinic import practice

# Where subject and first sentences are used only for what the kind usually says.
ONLY_USUALLY = {
    Kind.CHANGED: gettext_lazy(
        "Subject and first sentences are used where a confirmed visit is moved. Of a request, and where the same "
        "message also confirms, the standard wording says so."
    ),
    Kind.OTHER_OFFERED: gettext_lazy(
        "Subject and first sentences are used where a request is answered. Where a confirmed visit has to move, the "
        "standard wording says so."
    ),
    Kind.DECLINED: gettext_lazy(
        "Subject and first sentences are used where the time can’t be had. For any other reason the standard wording "
        "says why."
    ),
}
BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)


class WordsForm(forms.ModelForm[MessageText]):
    subject = OneLine(
        label=gettext_lazy("Subject"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=gettext_lazy("It shows on a locked screen: nothing that tells why somebody comes."),
    )

    class Meta:
        model = MessageText
        fields = ["subject", "opening", "more"]
        labels = {"opening": gettext_lazy("First sentences"), "more": gettext_lazy("One more paragraph")}
        help_texts = {
            "opening": gettext_lazy("After “Hello,”. The time, the place and how it stands follow by themselves."),
            "more": gettext_lazy("Before the office’s name, at the end. An empty line begins a new paragraph."),
        }
        widgets = {"opening": forms.Textarea(attrs={"rows": 3}), "more": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def clean_opening(self) -> str:
        return clean_text(self.cleaned_data["opening"])

    def clean_more(self) -> str:
        lines = [clean_text(line) for line in self.cleaned_data["more"].splitlines()]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def words(self) -> actions.Words:
        return actions.Words(**{name: self.cleaned_data[name] for name in ("subject", "opening", "more")})


@dataclass(frozen=True)
class Row:
    """A line of the list."""

    kind: Kind
    text: MessageText | None
    subject: str
    pill: SafeString
    changed: str


@admin.register(MessageText)
class MessageTextAdmin(ReadOnlyAdmin[MessageText]):
    """A row for each kind, whether or not anybody has written to it. Only `reword` saves."""

    is_list = False  # a page of its own, of texts

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> MessageText | None:
        """Also of a kind that is in our words alone, so that it has a page and a history."""
        if object_id not in TO_PATIENTS:
            return None
        found = MessageText.objects.select_related("changed_by").filter(pk=object_id).first()
        return found or MessageText(kind=object_id)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        stored = MessageText.objects.select_related("changed_by").in_bulk()
        rows = [self._row(kind, stored.get(kind)) for kind in TO_PATIENTS]
        return self._page(request, "list", capfirst(str(self.opts.verbose_name_plural)), rows=rows)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """GET shows the words and what they become; a POST shows it for those typed, or saves them."""
        if object_id is None or not self.has_view_permission(request):
            raise PermissionDenied
        text = self.get_object(request, object_id)
        if request.method == "POST" and not self.may_act(request):
            raise PermissionDenied
        if text is None:
            raise Http404
        if request.method != "POST":
            return self._editor(request, text, WordsForm(instance=text), shown=text)
        if "_standard" in request.POST:
            return self._save(request, text, None)
        form = WordsForm(request.POST, instance=self.get_object(request, object_id))
        if not form.is_valid():
            return self._editor(request, text, form, shown=None)
        if "_save" in request.POST:
            return self._save(request, text, form)
        return self._editor(request, text, form, shown=form.instance)

    def _row(self, kind: Kind, text: MessageText | None) -> Row:
        letter = example_letters.letter(kind, text, practice=practice.current(), now=timezone.now())
        return Row(kind, text, letter.subject, self._pill(text), self._changed(text))

    def _pill(self, text: MessageText | None) -> SafeString:
        if text is None or not text.is_own:
            return words.pill(_("standard wording"))
        if text.refused():
            return words.pill(_("no longer allowed: ours is sent"), "bad")
        return words.pill(_("own wording"), "good")

    def _changed(self, text: MessageText | None) -> str:
        if text is None or text.changed_by is None or text.changed_at is None:
            return ""
        who = text.changed_by.get_full_name() or text.changed_by.get_username()
        return _("%(who)s, %(at)s") % {"who": who, "at": words.moment(text.changed_at)}

    def _save(self, request: HttpRequest, text: MessageText, form: WordsForm | None) -> HttpResponse:
        """The words of the form; without one, none: then ours are sent."""
        new = form.words() if form else actions.Words()
        by, now = actions.staff(signed_in(request)), timezone.now()
        try:
            saved = actions.reword(kind=Kind(text.kind), words=new, seen=_seen(request), by=by, now=now)
        except actions.RewordedMeanwhile as refused:
            return self._told(request, refused.text, form)
        except Busy:
            self.message_user(request, busy(), messages.ERROR)
            return redirect(request.path)
        done = _("Saved.") if saved.is_own else _("Back to the standard wording.")
        self.log_change(request, saved, done)
        self.message_user(request, f"{done} {_('It holds for every message that has not gone yet.')}", messages.SUCCESS)
        return redirect("admin:booking_messagetext_change", saved.pk)

    def _told(self, request: HttpRequest, now_there: MessageText | None, form: WordsForm | None) -> HttpResponse:
        """What was typed stays; the page now names the newer words, so that pressing again replaces them."""
        problem = _("Changed meanwhile: %(changed)s. Nothing was saved. Press again to replace it.")
        problem %= {"changed": self._changed(now_there) or _("by somebody else")}
        if now_there is None or form is None:
            self.message_user(request, problem, messages.ERROR)
            return redirect(request.path)
        form.add_error(None, ValidationError(problem, code="meanwhile"))
        return self._editor(request, now_there, form, shown=form.instance, status=409, meanwhile=now_there)

    def _editor(
        self, request: HttpRequest, text: MessageText, form: WordsForm, *, shown: MessageText | None, **more: Any
    ) -> HttpResponse:
        kind, now = Kind(text.kind), timezone.now()
        facts = practice.current()
        standard = example_letters.letter(kind, None, practice=facts, now=now)
        letters: list[tuple[str, Written]] = []
        if shown:
            usual = example_letters.letter(kind, shown, practice=facts, now=now)
            plain = example_letters.letter(kind, None, practice=facts, now=now, plain=True)
            letters = [(_("As most patients get it"), usual), (_("To who wants plain messages"), plain)]
        return self._page(
            request, "change", capfirst(str(kind.label)),
            original=text, form=form, may_change=self.may_act(request), pill=self._pill(text),
            changed=self._changed(text), is_typed=form.is_bound, seen=_stamp(text.changed_at),
            placeholders=[f"{{{name}}}" for name in placeholders(kind)],
            standard={
                "subject": standard.subject,
                "opening": example_letters.standard_opening(kind, practice=facts, now=now),
            },
            letters=[(title, letter, _inner(letter.html)) for title, letter in letters],
            only_usually=ONLY_USUALLY.get(kind, ""),
            **more,
        )  # fmt: skip

    def _page(
        self, request: HttpRequest, template: str, title: str, *, status: int = 200, **more: object
    ) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **more}
        return render(request, f"admin/booking/messagetext/{template}.html", context, status=status)


def _stamp(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _seen(request: HttpRequest) -> datetime | None:
    """Which words the page had, as it says itself. Anything else is nobody's."""
    try:
        return parse_datetime(request.POST.get("seen", ""))
    except ValueError:
        return None


def _inner(html: str) -> SafeString:
    """What stands in the body of the mail. Our own template has escaped all that was typed."""
    found = BODY.search(html)
    return mark_safe(found[1] if found else "")  # noqa: S308
