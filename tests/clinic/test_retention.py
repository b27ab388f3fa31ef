"""The policy has a rule for everything that is stored."""

import pytest
from django.apps import apps
from django.db import connection

from clinic.retention import FIELDS, RECORD, RULES, TABLES, YEAR, rule_of

MODELS = [
    model for model in apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_field_stands_under_a_rule(model: type) -> None:
    label = model._meta.label  # type: ignore[attr-defined]
    fields = [field.name for field in model._meta.local_fields]  # type: ignore[attr-defined]

    assert [name for name in fields if rule_of(label, name) not in RULES] == [], "say in clinic/retention.py how long"


def test_no_rule_speaks_of_what_is_not_stored() -> None:
    stored = {model._meta.label: {field.name for field in model._meta.local_fields} for model in MODELS}

    assert [f"{label}.{name}" for label, fields in FIELDS.items() for name in fields if name not in stored[label]] == []


@pytest.mark.django_db
def test_every_table_is_a_models_or_stands_under_a_rule_by_itself() -> None:
    models = {model._meta.db_table for model in MODELS}

    assert set(connection.introspection.table_names()) - models == set(TABLES)
    assert set(TABLES.values()) <= set(RULES)


def test_a_field_that_nobody_has_thought_of_has_no_rule() -> None:
    assert rule_of("booking.Patient", "shoe_size") is None
    assert rule_of("booking.Diary", "id") is None


def test_what_was_kept_of_a_patient_goes_with_the_patient() -> None:
    assert rule_of("records.PatientChange", "email") is RECORD
    assert rule_of("records.PatientChange", "pgh_context") is RECORD


def test_each_rule_says_how_long_how_and_why() -> None:
    assert all(str(rule.what) and str(rule.kept) and str(rule.erased) and str(rule.why) for rule in RULES)
    assert RECORD.span == 10 * YEAR
    assert RECORD.to_confirm
