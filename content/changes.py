"""What changed between two texts, word by word, as a person would mark it with a pen. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, ADDED, REMOVED, SKIPPED = "same", "added", "removed", "skipped"
_WORD = re.compile(r"[\w'’-]+|\s+|[^\w\s]")
_ALIKE = 0.35  # below this two paragraphs are told as one taken away and another put in


@dataclass(frozen=True, slots=True)
class Run:
    kind: str
    text: str = ""
    count: int = 0  # of the lines left out where nothing changed


def between(before: str, after: str) -> list[Run]:
    """Runs of text in order. Of what stayed the same only the lines beside a change are shown."""
    old, new = before.splitlines(), after.splitlines()
    runs: list[Run] = []
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for place, (tag, i, j, k, m) in enumerate(steps):
        if tag == "equal":
            runs += _context(old[i:j], first=place == 0, last=place == len(steps) - 1)
        else:
            runs += _words(_joined(old[i:j]), _joined(new[k:m]))
    return runs if any(run.kind in (ADDED, REMOVED) and run.text.strip() for run in runs) else []


def _context(lines: Sequence[str], *, first: bool, last: bool) -> Iterator[Run]:
    shown = [line for line in lines if line.strip()]
    head = [] if first else shown[:1]
    tail = [] if last else shown[len(head) :][-1:]
    left_out = len(shown) - len(head) - len(tail)
    if head:
        yield Run(SAME, _joined(head))
    if left_out:
        yield Run(SKIPPED, count=left_out)
    if tail:
        yield Run(SAME, _joined(tail))


def _words(before: str, after: str) -> list[Run]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if before and after and matcher.ratio() < _ALIKE:
        return [Run(REMOVED, before), Run(ADDED, after)]
    runs = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            runs.append(Run(SAME, "".join(old[i:j])))
            continue
        if i < j:
            runs.append(Run(REMOVED, "".join(old[i:j])))
        if k < m:
            runs.append(Run(ADDED, "".join(new[k:m])))
    return _joined_over_blanks(runs)


def _joined_over_blanks(runs: Sequence[Run]) -> list[Run]:
    """Two changes with only a blank between are one: people read words, not tokens."""
    done: list[Run] = []
    removed = added = ""
    for place, run in enumerate(runs):
        after = runs[place + 1 : place + 2]
        inside = run.kind == SAME and not run.text.strip() and (removed or added) and after
        if run.kind == REMOVED or inside:
            removed += run.text
        if run.kind == ADDED or inside:
            added += run.text
        if run.kind == SAME and not inside:
            done += _changed(removed, added)
            removed = added = ""
            done.append(run)
    return done + _changed(removed, added)


def _changed(removed: str, added: str) -> list[Run]:
    return [run for run in (Run(REMOVED, removed), Run(ADDED, added)) if run.text]


def _joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
