import pytest
from django.db import OperationalError

from clinic import practice
from clinic.models import Practice


@pytest.mark.django_db
def test_without_a_row_only_what_is_on_record_is_known() -> None:
    found = practice.current()

    assert (found.clinician, found.street, found.phone_display) == (
        "Soroya Bacchus, MD",
        "6801 Park Terrace, Suite 530B",
        "",
    )
    assert found.reply_working_days is None


@pytest.mark.django_db
def test_an_edit_is_seen_when_the_second_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    practice.current()
    Practice.objects.create(pk=1, phone="+13105550100")

    assert practice.current().phone_display == ""
    monkeypatch.setattr(practice, "_read_at", float("-inf"))
    assert practice.current().phone_display == "(310) 555-0100"


@pytest.mark.django_db
def test_a_database_fault_leaves_what_was_last_known(monkeypatch: pytest.MonkeyPatch) -> None:
    Practice.objects.create(pk=1, phone="+13105550100")
    practice.current()
    monkeypatch.setattr(practice, "_read_at", float("-inf"))

    def away() -> Practice:
        raise OperationalError

    monkeypatch.setattr(Practice, "load", away)
    assert practice.current().phone_display == "(310) 555-0100"


@pytest.mark.django_db
def test_there_is_one_row_only() -> None:
    Practice.objects.create(pk=1)

    with pytest.raises(Exception, match="practice_one_row"):
        Practice.objects.create(pk=2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "lacking"),
    [
        ("phone", "", True),
        ("parking_text", "Behind the house.", False),
        ("reply_working_days", None, True),
        ("reply_working_days", 0, False),
        ("free_language_help", False, True),
        ("nasal_products", "unknown", True),
        ("nasal_products", "both", False),
    ],
)
def test_a_fact_is_lacking_until_it_is_stated(field: str, value: object, lacking: bool) -> None:
    Practice.objects.create(pk=1, **{field: value})
    assert Practice.load().lacks(field) is lacking
