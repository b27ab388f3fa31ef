"""The review visit of a course: after its session, before the next, and never where the course itself stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from booking import when
from booking.admin.course_times import Choice, Draft, Row, Times, Words
from booking.course_plan import Outcome, Phase, Planned, Spacing, Target, plan, target, target_at
from booking.slots import Busy, Span

ALONE = Spacing((Phase(None),), min_gap_days=0)  # it keeps no distance of its own


@dataclass(frozen=True)
class _Search:
    """Where it is looked for."""

    session: Target  # the one it follows
    ends: datetime  # of that session
    until: datetime  # the start of the next one
    times: Times
    free: list[datetime]
    course: list[Span]  # the patient is there

    def meets(self, at: datetime) -> bool:
        return any(span.overlaps(Span(at, at + self.times.stay)) for span in self.course)

    def look(self, wanted: Target, count: int = 3) -> Planned:
        """Anything free may be asked for; proposed is what follows the session, best not on the same day."""
        can_be = [at for at in self.free if not self.meets(at)]
        after = [at for at in can_be if self.ends <= at < self.until]
        after = [at for at in after if when.local(at).date() > self.session.wall.date()] or after
        (found,) = plan(
            [wanted],
            free=after + [at for at in can_be if at == wanted.at],
            stay=self.times.stay,
            spacing=ALONE,
            not_before=self.ends,
            zone=timezone.get_default_timezone(),
            count=count,
        )
        return replace(found, outcome=Outcome.OVERLAPS) if wanted.exists and self.meets(wanted.at) else found


def review_row(
    draft: Draft, planned: Sequence[Planned], held: Sequence[Busy], words: Words, *, stay: timedelta, now: datetime
) -> Row | None:
    """At the time wanted; where staff did not choose it and it doesn't fit, at the nearest that is free."""
    kind, after = draft.template.review_type, draft.review_after
    if kind is None or after is None:
        return None
    session, zone = planned[after - 1].target, timezone.get_default_timezone()
    usual = target(session.wall.date() + timedelta(days=1), session.wall.time(), zone)
    times = Times.read(kind, [session.at, usual.at, (draft.review or usual).at], now=now)
    search = _Search(
        session=session,
        ends=session.at + stay,
        until=planned[after].target.at if after < len(planned) else times.window.end,
        times=times,
        free=[start.at for start in times.free(held) if start.at not in draft.refused],
        course=[Span(item.target.at, item.target.at + stay) for item in planned],
    )
    found, notes = _choose(search, draft, usual, after)
    at = found.target.at
    why = times.why_not(at, held) if found.outcome is Outcome.TAKEN and at not in draft.refused else None
    notes += words.same_time(at, times.stay)
    return Row(found, words.reason(found, why), notes, [Choice(other) for other in found.alternatives])


def _choose(search: _Search, draft: Draft, usual: Target, after: int) -> tuple[Planned, list[str]]:
    found = search.look(draft.review or usual)
    follows = found.target.at >= search.ends
    if draft.review_chosen or (follows and found.outcome is Outcome.FREE):
        return found, [] if follows else [_("It is before session %(number)s ends.") % {"number": after}]
    best = search.look(usual, count=1)
    if best.alternatives:
        best = search.look(target_at(best.alternatives[0], timezone.get_default_timezone()))
    changed = _("Its time has changed, to follow session %(number)s.") % {"number": after}
    return best, [changed] if draft.review else []
