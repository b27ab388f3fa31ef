import pytest

from content import asking
from content.synonyms import SYNONYMS

OURS = SYNONYMS["en"]


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("  side \t effects\r\n", "side effects"),
        ("a\x00b\u202ec", "a b c"),
        ("x" * 5000, "x" * asking.LONGEST),
        ("word " * 5000, ("word " * 20).strip()),
        ("\ud800", ""),
        ("¿Qué es?", "¿Qué es?"),
    ],
)
def test_what_is_typed_becomes_one_bounded_line(typed: str, clean: str) -> None:
    assert asking.clean(typed) == clean


@pytest.mark.parametrize("asked", ['"side effects"', "driving OR bus", "ketamine -esketamine"])
def test_the_signs_of_a_search_engine_are_known(asked: str) -> None:
    assert asking.has_operators(asked)


@pytest.mark.parametrize("asked", ["side-effects", "for or against", "5 - 6", "OREGON"])
def test_words_are_not_taken_for_signs(asked: str) -> None:
    assert not asking.has_operators(asked)


@pytest.mark.parametrize(
    "asked",
    ["suicidal", "I want to die", "kill myself", "self harm", "Don’t want to live", "ending my life",
     "took an overdose", "can't breathe", "chest pain"],
)  # fmt: skip
def test_words_of_a_crisis_are_heard(asked: str) -> None:
    assert asking.speaks_of_a_crisis(asked)


@pytest.mark.parametrize("asked", ["side effects", "deadline", "dye", "living with depression", "cut off"])
def test_other_words_raise_no_alarm(asked: str) -> None:
    assert not asking.speaks_of_a_crisis(asked)


def test_the_longest_phrase_counts() -> None:
    synonyms = {"high blood pressure": ("blood pressure",), "high": ("dissociation",), "shot": ("spray",)}
    assert [set(term) for term in asking.terms(["high", "blood", "pressure", "shot", "x"], synonyms)] == [
        {"high blood pressure", "blood pressure"},
        {"shot", "spray"},
        {"x"},
    ]
    assert [set(term) for term in asking.terms(["high", "blood"], synonyms)] == [{"high", "dissociation"}, {"blood"}]


def test_words_for_the_same_thing_are_one_term() -> None:
    synonyms = {"where": ("office",), "located": ("office",)}
    (term,) = asking.terms(["where", "located", "where"], synonyms)
    assert sorted(term) == ["located", "office", "where"]


def test_no_more_terms_than_a_query_should_have() -> None:
    assert len(asking.terms([f"w{n}" for n in range(50)], {})) == asking.MOST_TERMS
    assert len(asking.corrected(["w"] * 50, [], {})) == asking.MOST_TERMS


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ketmine", "ketamine"), ("esketamin", "esketamine"), ("depresion", "depression"), ("insurence", "insurance"),
     ("psyciatrist", "psychiatrist"), ("anxity", "anxiety"), ("spravado", "spravato"), ("hypertention", "hypertension"),
     ("pregnent", "pregnant"), ("sideeffects", "sideeffects"), ("xyzzy", "xyzzy"), ("fda", "fda"), ("988", "988")],
)  # fmt: skip
def test_a_misspelled_word_becomes_the_closest_of_ours(typed: str, meant: str) -> None:
    vocabulary = {"ketamine", "esketamine", "depression", "anxiety", "spravato", "side", "effects", "effect"}
    assert asking.corrected([typed], vocabulary, OURS) == [meant]


def test_every_synonym_is_written_as_it_would_be_read() -> None:
    """A key with a capital letter, a comma or a dash that is not one of a word would never be found."""
    assert [key for key in OURS if " ".join(asking.words(key)) != key] == []
    assert [key for key in OURS if len(key.split()) > 3] == []
