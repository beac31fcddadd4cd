"""The normaliser on collected phrases, and on mutations of them checked by the hand-written declension."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.tts.spoken.normaliser import spoken

pytestmark = pytest.mark.unit

PHRASES = Path(__file__).parents[2] / "data" / "phrases"
_SPEC = importlib.util.spec_from_file_location(
    "declension_oracle_2", Path(__file__).with_name("declension_oracle.py")
)
assert _SPEC is not None
assert _SPEC.loader is not None
oracle = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(oracle)

SHOP_NOUNS = st.sampled_from(sorted(oracle.NOUNS))
GENITIVE = st.sampled_from(["до", "без", "для", "після", "від", "близько", "протягом", "не менше"])
HOURS_LOC = [
    "нульовій",
    "першій",
    "другій",
    "третій",
    "четвертій",
    "п'ятій",
    "шостій",
    "сьомій",
    "восьмій",
    "дев'ятій",
    "десятій",
    "одинадцятій",
    "дванадцятій",
    "тринадцятій",
    "чотирнадцятій",
    "п'ятнадцятій",
    "шістнадцятій",
    "сімнадцятій",
    "вісімнадцятій",
    "дев'ятнадцятій",
    "двадцятій",
    "двадцять першій",
    "двадцять другій",
    "двадцять третій",
]
DAYS_GEN = [
    "першого",
    "другого",
    "третього",
    "четвертого",
    "п'ятого",
    "шостого",
    "сьомого",
    "восьмого",
    "дев'ятого",
    "десятого",
    "одинадцятого",
    "дванадцятого",
    "тринадцятого",
    "чотирнадцятого",
    "п'ятнадцятого",
    "шістнадцятого",
    "сімнадцятого",
    "вісімнадцятого",
    "дев'ятнадцятого",
    "двадцятого",
] + [
    f"двадцять {day}"
    for day in ["першого", "другого", "третього", "четвертого", "п'ятого", "шостого", "сьомого", "восьмого"]
]
MONTHS = [
    "січня",
    "лютого",
    "березня",
    "квітня",
    "травня",
    "червня",
    "липня",
    "серпня",
    "вересня",
    "жовтня",
    "листопада",
    "грудня",
]


def bare(text: str) -> str:
    """Words alone: case, punctuation and doubled spaces do not matter."""
    return re.sub(r"\s+", " ", re.sub(r"[^\w' -]", " ", text.lower())).strip()


def load(name: str) -> list[dict[str, Any]]:
    """A phrase file of tests/data."""
    items: list[dict[str, Any]] = json.loads((PHRASES / name).read_text(encoding="utf-8"))
    return items


@pytest.mark.parametrize(
    "item", [*load("tn.json"), *load("spoken_shop.json")], ids=lambda item: str(item["text"])
)
def test_collected_phrase(item: dict[str, Any]) -> None:
    """Every collected phrase comes out as one of its accepted readings."""
    assert bare(spoken(item["text"])) in [bare(answer) for answer in item["accept"]]


@given(st.integers(1, 999_999), st.sampled_from(["{} грн", "{} ₴", "{} гривень."]), st.booleans())
def test_any_price(number: int, shape: str, grouped: bool) -> None:
    """Prices of any size, grouped or not, agree with the currency."""
    if shape == "{} гривень." and oracle.noun(number, "гривня") != "гривень":
        shape = "{} грн"
    digits = f"{number:,}".replace(",", " ") if grouped else str(number)
    assert bare(spoken(shape.format(digits))) == oracle.phrase(number, "гривня")


@given(st.integers(1, 99_999), st.integers(1, 99_999))
def test_any_price_range(low: int, high: int) -> None:
    """`від ... до ...` puts both ends in the genitive."""
    expected = f"від {oracle.words(low, 'gen', 'f')} до {oracle.phrase(high, 'гривня', 'gen')}"
    assert bare(spoken(f"від {low} до {high} грн")) == expected


@given(st.integers(1, 1_899), SHOP_NOUNS)
def test_any_quantity(number: int, lemma: str) -> None:
    """A number before a noun of the shop takes the noun's gender."""
    assert spoken(f"{number} {oracle.noun(number, lemma)}") == oracle.phrase(number, lemma)


@given(st.integers(2, 999), SHOP_NOUNS, GENITIVE)
def test_any_quantity_after_a_genitive_preposition(number: int, lemma: str, preposition: str) -> None:
    """What governs the genitive puts number and noun in it (`до 21 години` is a clock time, hence not here)."""
    if lemma == "година":
        lemma = "хвилина"
    text = f"{preposition} {number} {oracle.noun(number, lemma, 'gen')}"
    assert spoken(text) == f"{preposition} {oracle.phrase(number, lemma, 'gen')}"


@given(st.integers(1, 999), SHOP_NOUNS)
def test_any_quantity_in_the_instrumental(number: int, lemma: str) -> None:
    """`з` with a noun in the instrumental asks for it in the number."""
    assert (
        spoken(f"з {number} {oracle.noun(number, lemma, 'ins')}")
        == f"з {oracle.phrase(number, lemma, 'ins')}"
    )


@given(st.integers(0, 23), st.integers(0, 59))
def test_any_clock_time(hour: int, minute: int) -> None:
    """`о HH:MM` is a feminine ordinal in the locative and the minutes; `об` before a vowel."""
    minutes = (
        "" if minute == 0 else f" нуль {oracle.words(minute)}" if minute < 10 else f" {oracle.words(minute)}"
    )
    preposition = "об" if HOURS_LOC[hour].startswith("о") else "о"
    assert spoken(f"о {hour}:{minute:02}") == f"{preposition} {HOURS_LOC[hour]}{minutes}"


@given(st.integers(1, 28), st.integers(1, 12), st.integers(2001, 2019))
def test_any_date(day: int, month: int, year: int) -> None:
    """A date in digits is read as day, month and year in the genitive."""
    ending = DAYS_GEN[year - 2001]
    expected = f"{DAYS_GEN[day - 1]} {MONTHS[month - 1]} дві тисячі {ending} року"
    assert spoken(f"{day:02}.{month:02}.{year}") == expected


@given(
    st.integers(27, 71).map(lambda half: half * 5),
    st.integers(5, 17).map(lambda half: half * 5),
    st.integers(12, 24),
    st.sampled_from(
        ["{}/{}R{}", "{}/{} R{}", "{}/{} R {}", "{}/{}ZR{}", "{}/{}/{}", "{}-{}-{}", "{}/{} р{}"]
    ),
)
def test_any_tyre_size(width: int, profile: int, rim: int, shape: str) -> None:
    """A size is width `на` profile, then the rim, however it is written."""
    expected = f"{oracle.words(width)} на {oracle.words(profile)} радіус {oracle.words(rim)}"
    assert bare(spoken(shape.format(width, profile, rim))) == expected


@given(st.integers(0, 9999))
def test_any_phone_number_keeps_its_digits(last: int) -> None:
    """No digit of a phone is lost: the groups say each leading zero."""
    tail = f"{last:04}"
    groups = []
    for part in (tail[:2], tail[2:]):
        zeros = len(part) - len(part.lstrip("0"))
        rest = [oracle.words(int(part))] if int(part) else []
        groups.append(" ".join(["нуль"] * zeros + rest))
    expected = f"плюс триста вісімдесят дев'яносто дев'ять нуль нуль нуль {groups[0]} {groups[1]}"
    assert bare(spoken(f"+38099000{tail}")) == expected


@given(st.integers(1, 9), st.integers(1, 9))
def test_any_price_with_kopiykas(hryvnias: int, kopiykas: int) -> None:
    """Two decimals of a price are kopiykas."""
    coins = {1: "копійка"} | dict.fromkeys((2, 3, 4), "копійки")
    expected = f"{oracle.phrase(hryvnias, 'гривня')} {oracle.words(kopiykas, 'nom', 'f')} {coins.get(kopiykas, 'копійок')}"
    assert spoken(f"{hryvnias},0{kopiykas} грн") == expected
