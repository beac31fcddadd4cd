"""Several facts in one breath, in the order in which people happen to say them."""

from __future__ import annotations

from datetime import date

import pytest
from tests.unit.understanding.spoken import cardinal

from call_center.understanding import Utterance, load_catalogue, understand
from call_center.understanding.vocabulary import size_text

pytestmark = pytest.mark.unit

CATALOGUE = load_catalogue()
TODAY = date(2026, 11, 23)
SIZES = sorted(s for s in CATALOGUE.sizes if not s[3] and s[0] % 10 == 5 and s[1] % 5 == 0)[::7]


def hear(text: str, expected: str = "open") -> Utterance:
    """Understand with the test's catalogue and day."""
    return understand(text, expected, catalogue=CATALOGUE, today=TODAY)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("expected", ["open", "tyre_size"])
def test_a_size_may_be_said_rim_first(size: tuple[int, int, int, bool], expected: str) -> None:
    """A size may be said rim first."""
    width, profile, rim = (cardinal(n) for n in size[:3])
    heard = hear(f"мені зимові на {rim}, {width} {profile}, бюджет до трьох тисяч", expected)
    assert heard.value("tyre_size") == size_text(size)
    assert heard.value("budget") == {"max_price": 3000}


@pytest.mark.parametrize("pieces", [1, 2, 4, 6])
def test_a_bare_number_after_a_size_is_the_quantity(pieces: int) -> None:
    """A bare number after a size is the quantity."""
    heard = hear(f"літні двісті п'ять на п'ятдесят п'ять на шістнадцять, {cardinal(pieces)}")
    assert heard.value("tyre_size") == "205/55R16"
    assert heard.value("quantity") == pieces


@pytest.mark.parametrize("verb", ["беру", "візьму", "возьму", "треба", "хочу", "давайте"])
def test_a_number_after_a_verb_of_taking_is_the_quantity(verb: str) -> None:
    """A number after a verb of taking is the quantity."""
    assert hear(f"{verb} чотири", "option").value("quantity") == 4


def test_a_small_number_among_offered_options_may_be_an_option() -> None:
    """A small number among offered options may be an option."""
    assert hear("беру два", "option").value("quantity") is None


@pytest.mark.parametrize("words", ["перший", "другу", "ні, третій"])
def test_an_ordinal_counts_nothing(words: str) -> None:
    """An ordinal counts nothing."""
    assert hear(words, "quantity").value("quantity") is None


@pytest.mark.parametrize(
    ("words", "season"),
    [
        ("щоб і взимку і влітку їздити", "all_season"),
        ("и зимой и летом чтоб", "all_season"),
        ("їжджу тільки взимку", "winter"),
        ("зимові", "winter"),
    ],
)
def test_to_drive_in_both_seasons_is_all_season(words: str, season: str) -> None:
    """To drive in both seasons is all season."""
    assert hear(words, "season").value("season") == season


@pytest.mark.parametrize("words", ["я не хочу говорити з роботом", "не хочу с роботом разговаривать"])
def test_who_wants_no_robot_wants_a_person(words: str) -> None:
    """Who wants no robot wants a person."""
    assert hear(words).has("operator")


@pytest.mark.parametrize(
    "words", ["хочу дізнатися про замовлення чоловіка", "замовлення хочу перевірити", "узнать про заказ"]
)
def test_asking_about_an_order_is_no_order(words: str) -> None:
    """Asking about an order is no order."""
    heard = hear(words)
    assert heard.has("order_status")
    assert not heard.has("order")
