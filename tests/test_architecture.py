"""The habits the code keeps, held by reading it: where imports may point, who writes, what an address may be."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from booking import actions
from clinic import urls
from tests.routes import routes

ROOT = Path(__file__).resolve().parent.parent

# What each part of booking may import of booking: only what stands below it.
LAYERS = [
    {
        *("slots", "explain", "ics", "text", "discreet", "civil", "course_plan", "apart", "deadlines", "tally"),
        "wording",
    },
    {"when", "week", "models"},
    {"links", "clinician_calendar", "patient_calendar", "availability", "holidays", "offered", "waiting"},
    {"reports"},
    {"still_true"},
    {"own_words"},
    {"messages"},
    {"example_letters"},
    {"outbox"},
    {"transactions"},
    {"actions"},
    {"reminders"},
    {"forms", "patient_forms"},
    {"views", "admin", "tasks", "management"},
    {"templatetags"},
    {"urls", "apps"},
]
CONTENT_LAYERS = [
    {"asking", "changes", "live", "pictures", "plain", "reading", "structured_data", "synonyms"},
    {"markdown"},
    {"files"},
    {"rules"},
    {"models"},
    {"actions", "listing", "search"},
    {"views", "sitemaps", "checks"},
    {"admin", "management", "templatetags"},
    {"urls", "apps"},
]
PURE = [
    *(
        f"booking/{name}.py"
        for name in ("slots", "explain", "ics", "text", "civil", "course_plan", "apart", "deadlines", "tally")
    ),
    "clinic/inert.py",
    "content/asking.py",
    "content/changes.py",
    "content/live.py",
    "content/markdown.py",
    "content/pictures.py",
    "content/plain.py",
    "content/structured_data.py",
    "content/synonyms.py",
]
WRITES = {"save", "delete", "create", "update", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def imports(path: Path) -> set[str]:
    """Dotted names of what a module imports; `from a import b` gives both a and a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize(("app", "layers"), [("booking", LAYERS), ("content", CONTENT_LAYERS)])
def test_imports_run_downhill(app: str, layers: list[set[str]]) -> None:
    def layer_of(part: str) -> int:
        return next(number for number, parts in enumerate(layers) if part in parts)

    uphill = []
    for path in sources(app):
        part = path.relative_to(ROOT / app).parts[0].removesuffix(".py")
        if part == "__init__":
            continue
        for name in imports(path):
            used = name.split(".")[1] if name.startswith(f"{app}.") else part
            if layer_of(used) > layer_of(part):
                uphill.append(f"{path.name}: {name}")

    assert uphill == []


def test_content_and_booking_do_not_know_each_other() -> None:
    crossing = [
        f"{path}: {name}"
        for app, other in (("content", "booking"), ("booking", "content"))
        for path in sources(app)
        for name in imports(path)
        if name.split(".")[0] == other
    ]

    assert crossing == []


def test_nothing_but_the_project_knows_the_records() -> None:
    """They keep what the others do; the others need not know."""
    knowing = [
        str(path)
        for path in sources("booking", "content")
        if any(n.startswith("clinic.records") for n in imports(path))
    ]

    assert knowing == []


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_import_no_django_and_read_no_clock(name: str) -> None:
    path = ROOT / name
    others = {item for item in imports(path) if item.split(".")[0] in ("django", "booking", "clinic", "content")}
    pure = tuple(name.removesuffix(".py").replace("/", ".") for name in PURE)

    assert [item for item in others if not item.startswith(pure)] == []
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    clock = [call.attr for call in calls if isinstance(call, ast.Attribute) and call.attr in ("now", "today", "utcnow")]
    assert clock == []


def test_the_clock_is_read_at_the_edges_only() -> None:
    """Below a view, a middleware, a task, a command or the admin, `now` is an argument."""
    edges = {"views", "tasks.py", "admin", "management", "outbox.py", "templatetags", "reading.py", "patient_admin.py"}
    inner = [
        str(path.relative_to(ROOT))
        for path in sources("booking", "content", "clinic/records")
        if "timezone.now" in path.read_text() and not edges & set(path.parts)
    ]

    assert inner == []


def test_views_write_nothing() -> None:
    views = [*sources("booking/views"), ROOT / "content/views.py", ROOT / "clinic/views.py"]
    writes = [
        f"{path.name}:{node.lineno} {node.func.attr}"
        for path in views
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES
    ]

    assert writes == []


def test_actions_take_keywords_only_and_are_told_who_and_when() -> None:
    verbs = [getattr(actions, name) for name in actions.__all__]
    verbs = [verb for verb in verbs if inspect.isfunction(verb) and verb not in (actions.staff, actions.rule_for)]

    told = {verb.__name__: inspect.getfullargspec(verb) for verb in verbs}

    assert len(verbs) > 5
    assert [name for name, given in told.items() if given.args] == []
    acting = {name: set(given.kwonlyargs) for name, given in told.items() if "appointment" in given.kwonlyargs}
    assert [name for name, given in acting.items() if not {"by", "now"} <= given] == []


def test_states_are_named_in_one_place() -> None:
    """No query or branch compares with a literal state outside states.py and the constraints of the models."""
    states = {"requested", "confirmed", "declined", "cancelled", "no_show", "completed"}
    literal = []
    for path in sources("booking"):
        if path.parent.name == "models":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare | ast.keyword):
                parts = [node.value] if isinstance(node, ast.keyword) else [node.left, *node.comparators]
                literal += [
                    f"{path.name}:{part.lineno}"
                    for part in parts
                    if isinstance(part, ast.Constant) and part.value in states
                ]

    assert literal == []


def test_no_template_holds_a_style_or_a_script_of_its_own() -> None:
    data = re.compile(r'<script[^>]* type="application/(ld\+)?json">')  # nothing that a browser runs
    inline = [
        f"{path.name}: {mark}"
        for path in (ROOT / "templates").rglob("*.html")
        if path.parent.name != "emails"  # a mail has no style sheet
        for mark in (" style=", "<style", "<script", " onclick=", "javascript:")
        if mark in data.sub("", path.read_text())
    ]

    assert inline == []


def test_no_page_names_another_origin_to_load_from() -> None:
    loading = []
    for folder, ending in (("templates", "*.html"), ("static/css", "*.css")):
        for path in (ROOT / folder).rglob(ending):
            text = path.read_text()
            loading += [
                f"{path.name}: {mark}" for mark in ('src="http', "url(http", "@import", 'src="//') if mark in text
            ]

    assert loading == []


def test_every_address_is_public_the_patients_or_staffs() -> None:
    classes = {"public": urls.public, "patient": urls.patient, "staff": urls.staff}
    sorted_out = {name: set(routes(patterns)) for name, patterns in classes.items()}

    everything = set(routes(urls.urlpatterns))

    assert everything == set().union(*sorted_out.values())
    assert sum(len(found) for found in sorted_out.values()) == len(everything)
    assert all(route.startswith(("visit/", "v/")) for route in sorted_out["patient"])
    assert all(route.startswith("admin/") for route in sorted_out["staff"])
    assert not any(route.startswith(("visit/", "v/", "admin/")) for route in sorted_out["public"])


@pytest.mark.parametrize(
    "path",
    sorted(ROOT.glob("*/migrations/0*.py")) + sorted(ROOT.glob("*/*/migrations/0*.py")),
    ids=lambda path: f"{path.parts[-3]}-{path.stem}",
)
def test_an_index_built_while_others_write_waits_for_them_and_is_never_half_built(path: Path) -> None:
    """Cut off by a time limit it would stay, hold nothing, and be taken for the real one by the next run."""
    text = path.read_text()
    builds = re.search(r"AddIndexConcurrently\(|CREATE (?:UNIQUE )?INDEX CONCURRENTLY", text)
    if builds is None:
        return
    assert "atomic = False" in text
    for needed in (
        "SET lock_timeout = 0",
        "SET statement_timeout = 0",
        "RESET lock_timeout",
        "DROP INDEX CONCURRENTLY",
    ):
        assert needed in text, needed


def test_there_is_no_drawer_for_everything() -> None:
    names = ("utils", "helpers", "common", "misc", "signals")
    drawers = [str(path) for path in sources("clinic", "booking", "content") if path.stem in names]

    assert drawers == []
