"""Typed values to speech."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.tts.spoken import renderers
from call_center.tts.spoken.grammar import Case
from call_center.tts.spoken.letters import PRONUNCIATION
from call_center.tts.spoken.normaliser import ALPHABET

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("amount", "case", "expected"),
    [
        (3200, Case.NOM, "три тисячі двісті гривень"),
        (1, Case.ACC, "одну гривню"),
        (5000, Case.GEN, "п'яти тисяч гривень"),
        (Decimal("12.05"), Case.NOM, "дванадцять гривень п'ять копійок"),
        (22, Case.INS, "двадцятьма двома гривнями"),
    ],
)
def test_money_agrees_in_every_case(amount: int | Decimal, case: Case, expected: str) -> None:
    """Hryvnias and kopiykas decline with their numbers."""
    assert renderers.money(amount, case) == expected


@pytest.mark.parametrize(
    ("number", "lemma", "case", "expected"),
    [
        (2, "шина", Case.NOM, "дві шини"),
        (5, "колесо", Case.NOM, "п'ять коліс"),
        (1, "магазин", Case.LOC, "одному магазині"),
        (3, "магазин", Case.LOC, "трьох магазинах"),
        (4, "день", Case.GEN, "чотирьох днів"),
        (21, "хвилина", Case.ACC, "двадцять одну хвилину"),
    ],
)
def test_count_agrees(number: int, lemma: str, case: Case, expected: str) -> None:
    """Number and noun agree in gender, number and case."""
    assert renderers.count(number, lemma, case) == expected


def test_count_of_an_unknown_noun_says_where_to_add_it() -> None:
    """An unknown noun is an error of the programmer, named."""
    with pytest.raises(KeyError, match="nouns"):
        renderers.count(2, "слон")


def test_size_is_read_as_drivers_do() -> None:
    """Width `на` profile, then the rim."""
    assert renderers.size("205/55 R16") == "двісті п'ять на п'ятдесят п'ять, радіус шістнадцять"


def test_a_wrong_size_is_refused() -> None:
    """What is no size is not read as one."""
    with pytest.raises(ValueError, match="205/55 R16"):
        renderers.size("205")


@pytest.mark.parametrize(
    ("hours", "minutes", "case", "expected"),
    [
        (14, 30, Case.LOC, "о пів на третю"),
        (12, 30, Case.LOC, "о пів на першу"),
        (11, 0, Case.LOC, "об одинадцятій"),
        (9, 0, Case.LOC, "о дев'ятій"),
        (15, 45, Case.LOC, "о п'ятнадцятій сорок п'ять"),
        (18, 0, Case.GEN, "вісімнадцятої"),
        (10, 5, Case.ACC, "десяту нуль п'ять"),
    ],
)
def test_clock_is_colloquial(hours: int, minutes: int, case: Case, expected: str) -> None:
    """Half hours are `пів на` the next hour; whole hours have no minutes."""
    assert renderers.clock(hours, minutes, case) == expected


def test_impossible_time_is_refused() -> None:
    """25:00 is a bug upstream, not a time."""
    with pytest.raises(ValueError, match="no time of day"):
        renderers.clock(25, 0)


def test_date_with_weekday_declines_both() -> None:
    """The weekday's name stands in the case of the date."""
    day = dt.date(2026, 11, 25)
    assert renderers.date(day, Case.GEN, weekday=True) == "середи, двадцять п'ятого листопада"


def test_on_date_names_the_weekday() -> None:
    """When something happens: `у` and the weekday, then the date."""
    assert renderers.on_date(dt.date(2026, 11, 25)) == "у середу, двадцять п'ятого листопада"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "+380990001234",
            "плюс триста вісімдесят, дев'яносто дев'ять, нуль нуль нуль, дванадцять, тридцять чотири",
        ),
        ("0990001234", "нуль дев'яносто дев'ять, нуль нуль нуль, дванадцять, тридцять чотири"),
    ],
)
def test_phone_is_read_in_groups(text: str, expected: str) -> None:
    """Groups as people dictate them, every leading zero said."""
    assert renderers.phone(text) == expected


def test_order_number_is_read_in_groups_of_three() -> None:
    """Seven digits are too many for one number."""
    assert renderers.order_number("2611003") == "два, шістсот одинадцять, нуль нуль три"


def test_ranges_stand_in_the_genitive() -> None:
    """`від` and `до` govern the genitive."""
    assert renderers.quantity_range(2, 4, "шина") == "від двох до чотирьох шин"


def test_car_uses_the_known_pronunciation() -> None:
    """Makes and models of the catalogue are said as they are said in Ukraine."""
    assert renderers.car("Skoda", "Octavia") == "Шкода Октавія"


def test_address_reads_fraction_and_letter() -> None:
    """House numbers keep their fraction."""
    assert renderers.address("Сирецька", "12/4") == "вулиця Сирецька, дванадцять дріб чотири"


def test_load_index_reads_number_and_letter() -> None:
    """Load first, speed letter after."""
    assert renderers.load_index("109/107T") == "сто дев'ять сто сім ті"


@given(
    st.text(
        alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -+", min_size=1, max_size=30
    )
)
def test_any_model_name_is_pronounceable(name: str) -> None:
    """No Latin letter and no digit is left in a name."""
    assert ALPHABET.issuperset(renderers.model(name))


def test_every_known_pronunciation_can_be_spoken() -> None:
    """The table of names holds nothing but what the synthesiser reads."""
    assert all(ALPHABET.issuperset(spoken_name) for spoken_name in PRONUNCIATION.values())
