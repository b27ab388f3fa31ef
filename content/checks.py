"""`manage.py check` reads every page text; a text that breaks a rule stops a deploy."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Info, register
from django.db import Error as DatabaseError
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils import timezone

from content import files, live, rules
from content.models import Page


@register("content")
def check_texts(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if app_configs is not None and not any(app.label == "content" for app in app_configs):
        return []
    try:
        texts = files.read()
    except files.BadFile as problem:
        return [Error(str(problem), id="content.E001")]
    known = rules.Known.of(texts)
    found = [(page.file, problem.text) for page in texts.pages for problem in rules.problems(page, known)]
    for key, said in texts.statements.items():
        problems = rules.text_problems(f"{said.title}\n\n{said.text}")
        found += [(f"safety.yaml, {key}", problem) for problem in problems]
    for key, notice in texts.notices.items():
        if not notice.exempt:
            found += [(f"notices.yaml, {key}", p) for p in rules.text_problems(f"{notice.title}\n\n{notice.text}")]
    return [Error(f"{where}: {problem}", id="content.E002") for where, problem in found]


@register("content", deploy=True)
def check_live_templates(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What a text may name has a template to be put in."""
    names = [live.template(kind, key) for kind, keys in live.KEYS.items() for key in sorted(keys)]
    return [Error(f"the template {name} is missing", id="content.E003") for name in names if not _exists(name)]


@register("content", deploy=True)
def check_reviews(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The site runs without: a page shows a review only when there is one."""
    try:
        unread = Page.objects.unread(timezone.localdate()).count()
    except DatabaseError:
        return []
    if not unread:
        return []
    return [Info(f"Pages on the site whose text nobody has reviewed, or too long ago: {unread}.", id="content.I001")]


def _exists(name: str) -> bool:
    try:
        get_template(name)
    except TemplateDoesNotExist:
        return False
    return True
