"""Cardinals, ordinals and counted nouns against a second, hand-written declension."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.tts.spoken.grammar import Case, Gender
from call_center.tts.spoken.nouns import NOUNS, counted
from call_center.tts.spoken.numerals import LIMIT, cardinal, combining, group, ordinal

pytestmark = pytest.mark.unit


def _load_oracle() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "declension_oracle", Path(__file__).with_name("declension_oracle.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


oracle = _load_oracle()
CASES = {"nom": Case.NOM, "gen": Case.GEN, "ins": Case.INS}


@given(st.integers(1, 999_999), st.sampled_from(sorted(CASES)), st.sampled_from("mfn"))
def test_cardinal_declines_every_part(number: int, case: str, gender: str) -> None:
    """Every part of a compound stands in the case asked for, ones and twos in the gender."""
    assert cardinal(number, CASES[case], Gender(gender)) == oracle.words(number, case, gender)


@given(st.integers(1, 999_999), st.sampled_from(sorted(oracle.NOUNS)), st.sampled_from(sorted(CASES)))
def test_counted_noun_agrees(number: int, lemma: str, case: str) -> None:
    """The noun takes the form that its number and case ask for, the number the noun's gender."""
    assert counted(number, lemma, CASES[case]) == oracle.phrase(number, lemma, case)


@pytest.mark.parametrize(
    ("number", "case", "gender", "expected"),
    [
        (1, Case.NOM, Gender.M, "перший"),
        (2, Case.GEN, Gender.N, "другого"),
        (3, Case.LOC, Gender.F, "третій"),
        (3, Case.GEN, Gender.N, "третього"),
        (7, Case.ACC, Gender.F, "сьому"),
        (8, Case.INS, Gender.F, "восьмою"),
        (13, Case.LOC, Gender.F, "тринадцятій"),
        (21, Case.NOM, Gender.N, "двадцять перше"),
        (40, Case.GEN, Gender.M, "сорокового"),
        (90, Case.NOM, Gender.PL, "дев'яності"),
        (100, Case.NOM, Gender.M, "сотий"),
        (300, Case.NOM, Gender.F, "трьохсота"),
        (1000, Case.NOM, Gender.M, "тисячний"),
        (2000, Case.GEN, Gender.M, "двотисячного"),
        (2026, Case.GEN, Gender.M, "дві тисячі двадцять шостого"),
        (1999, Case.LOC, Gender.M, "тисяча дев'ятсот дев'яносто дев'ятому"),
        (25_000, Case.NOM, Gender.M, "двадцятип'ятитисячний"),
    ],
)
def test_ordinal_declines_its_last_part_only(number: int, case: Case, gender: Gender, expected: str) -> None:
    """Of a compound ordinal only the last word declines."""
    assert ordinal(number, case, gender) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1_000_000, "мільйон"),
        (2_000_001, "два мільйони один"),
        (5_000_000_000, "п'ять мільярдів"),
        (0, "нуль"),
        (-5, "мінус п'ять"),
    ],
)
def test_cardinal_reaches_billions(number: int, expected: str) -> None:
    """Scales agree with their count; zero and negative numbers are words too."""
    assert cardinal(number) == expected


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (Case.DAT, "двомстам п'ятдесяти трьом"),
        (Case.LOC, "двохстах п'ятдесяти трьох"),
        (Case.ACC, "двісті п'ятдесят три"),
    ],
)
def test_hundreds_decline_in_the_other_cases(case: Case, expected: str) -> None:
    """Dative, locative and accusative differ from the cases the oracle lists."""
    assert cardinal(253, case) == expected


def test_too_large_number_is_refused() -> None:
    """What cannot be read as one number is an error, not nonsense."""
    with pytest.raises(ValueError, match="read its digits"):
        cardinal(LIMIT)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(2, "дво"), (17, "сімнадцяти"), (40, "сорока"), (100, "сто"), (24, "двадцятичотирьох")],
)
def test_combining_form_opens_a_compound(number: int, expected: str) -> None:
    """The first part of words such as `сімнадцятидюймовий`."""
    assert combining(number) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("007", "нуль нуль сім"), ("050", "нуль п'ятдесят"), ("00", "нуль нуль")]
)
def test_group_keeps_leading_zeros(text: str, expected: str) -> None:
    """A dictated group loses no digit."""
    assert group(text) == expected


def test_every_noun_has_twelve_forms() -> None:
    """No paradigm left a form empty or with a mark of the table in it."""
    forms = [form for noun in NOUNS.values() for form in (*noun.singular, *noun.plural)]
    assert all(form.isalpha() or "'" in form for form in forms)
