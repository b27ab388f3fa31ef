"""`manage.py check` reads every page text; a text that breaks a rule stops a deploy."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from content import files, rules


@register("content")
def check_texts(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if app_configs is not None and not any(app.label == "content" for app in app_configs):
        return []
    try:
        texts = files.read()
    except files.BadFile as problem:
        return [Error(str(problem), id="content.E001")]
    found = [(page.file, problem) for page in texts.pages for problem in rules.problems(page, texts)]
    for key, said in texts.statements.items():
        problems = rules.text_problems(f"{said.title}\n\n{said.text}")
        found += [(f"safety.yaml, {key}", problem) for problem in problems]
    return [Error(f"{where}: {problem}", id="content.E002") for where, problem in found]
