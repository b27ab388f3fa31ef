"""Rows for every list of the admin: one of each as the site makes them, and as many like it as a test wants."""

import copy
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

from django.contrib.admin import ModelAdmin, site
from django.contrib.auth.models import User
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.management import call_command
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from booking.models import Course, Hold, Holiday, Offer, ReminderDay, Resource, Task
from booking.models.earlier import EarlierRequest
from clinic.records.models import Erasure, Reading, Removal
from content.models import Page, Redirect, Review
from tests import texts
from tests.booking.courses import make_template
from tests.booking.factories import START, make_appointment, make_chair

FEW = {"booking.reminderday": 30}  # there are no more days than that
DAY = timedelta(days=1)


def lists() -> list[ModelAdmin[Any]]:
    """Every list that the admin has."""
    return [listed for listed in site._registry.values() if getattr(listed, "is_list", True)]


def one_of_each(user: User) -> None:
    """At least one row on every list; `user` is who has done what staff do."""
    now = timezone.now()
    texts.load()
    call_command("load_roles", stdout=StringIO())
    visit = make_appointment(starts_at=START, now=now)
    template = make_template()
    course = Course.objects.create(
        patient=visit.patient, template=template, sessions=8, submission_id=uuid.uuid4(), placed_by=user, placed_at=now
    )
    type(visit).objects.filter(pk=visit.pk).update(course=course)
    EarlierRequest.objects.create(appointment=visit, asked_at=now)
    Offer.objects.create(
        appointment=visit, starts_at=START - DAY, offered_at=now, expires_at=now + DAY, state="refused", ended_at=now
    )
    Hold.objects.create(resource=make_chair(), period=DateTimeTZRange(START, START + DAY), reason="Meeting")
    Holiday.objects.create(day=START.date(), name="A day", decision="closed", decided_by=user, decided_at=now)
    ReminderDay.objects.get_or_create(days_before=3)
    Reading.objects.create(at=now, user=user, page="list", route="x", patients=[visit.patient_id], visits=[visit.pk])
    Task.objects.create(appointment=visit, kind=Task.Kind.ESTIMATE, due_on=now.date(), created_at=now)
    Erasure.objects.create(
        at=now, by=user, reason=Erasure.Reason.ASKED, records=[0], visits=1, messages=2, changes=3, others=4
    )
    Removal.objects.create(at=now, what=Removal.What.NOTHING, count=0)
    page = Page.objects.earliest("pk")
    Redirect.objects.create(old_path="old", page=page)
    Review.objects.create(
        page=page, text_hash=page.text_hash, reviewer="Dr. Roe", decision="approved", reviewed_on=now.date(),
        next_review_on=now.date() + 100 * DAY, recorded_by=user, recorded_at=now,
    )  # fmt: skip
    Resource.objects.update(is_active=True)


def many(count: int) -> None:
    """So many of each, like the newest that is there: visits first, for others must be of different ones."""
    for listed in sorted(
        lists(), key=lambda one: one.opts.label_lower not in ("booking.patient", "booking.appointment")
    ):
        model = listed.model
        wanted = min(count, FEW.get(listed.opts.label_lower, count))
        found = model._base_manager.order_by("-pk")
        assert found, f"make a row of {listed.opts.label} in one_of_each()"
        have = found.count()
        model._base_manager.bulk_create(like(found[0], number) for number in range(have, wanted))


def like(row: models.Model, number: int) -> models.Model:
    """Another such row, different in all that may be there only once."""
    new = copy.copy(row)
    new._state = copy.copy(row._state)
    new.pk = None
    for field in set(_unique(row._meta)):
        setattr(new, field.attname, _other(field, getattr(row, field.attname), number))
    return new


def _unique(options: Any) -> Iterator[Any]:
    yield from (field for field in options.concrete_fields if field.unique and not field.primary_key)
    for constraint in options.total_unique_constraints or ():
        yield from map(options.get_field, constraint.fields)
    for constraint in options.constraints:
        if isinstance(constraint, ExclusionConstraint):
            yield options.get_field("period")
        elif isinstance(constraint, models.UniqueConstraint):
            yield from map(options.get_field, constraint.fields)
    for names in options.unique_together:
        yield from map(options.get_field, names)


def _other(field: Any, value: Any, number: int) -> Any:
    if value is None:
        return None
    if field.is_relation:
        found = field.related_model._base_manager.order_by("pk").values_list("pk", flat=True)
        return found[number % len(found)]
    match value:
        case uuid.UUID():
            return uuid.uuid4()
        case datetime() | date():
            return value + number * DAY
        case DateTimeTZRange():
            return DateTimeTZRange(value.lower + number * DAY, value.upper + number * DAY)
        case int():
            return number + 1
        case str() if not field.choices:
            return f"{number}-{value}"[: field.max_length]
    return value
