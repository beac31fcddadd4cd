"""Sizes that a recogniser wrote as numbers that are none, and garbled requests: heard by sound, asked about, never taken."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.understanding.spoken import cardinal

from call_center.understanding import Utterance, load_catalogue, understand
from call_center.understanding.vocabulary import parse_size, size_text

pytestmark = pytest.mark.unit

CATALOGUE = load_catalogue()
PLAIN = sorted(s for s in CATALOGUE.sizes if not s[3])


def hear(text: str, expected: str = "tyre_size") -> Utterance:
    """Understand with the test's catalogue and day."""
    return understand(text, expected, catalogue=CATALOGUE, today=date(2026, 11, 23))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("175,613", "175/60R13"),  # what Whisper wrote for a telephone voice that said the size on the right
        ("Чи є бітні 175-155-14?", "175/65R14"),
        ("235,518", "235/50R18"),
        ("211 на 40 радиус 17.", "215/40R17"),
        ("Потрібні зимовішини 235,617.", "235/60R17"),
        ("216-65 радиус 16", "215/65R16"),
    ],
)
@pytest.mark.parametrize("expected", ["open", "tyre_size"])
def test_numbers_that_are_no_size_sound_like_one(text: str, meant: str, expected: str) -> None:
    """The size that was said is among the two that are asked about, and none is taken."""
    heard = hear(text, expected)
    assert heard.value("tyre_size") is None
    assert meant in heard.value("heard_size")


@given(st.sampled_from(PLAIN), st.sampled_from(["{} {} {}", "{} на {} {}", "{} на {} радіус {}"]))
@settings(max_examples=60, deadline=None)
def test_a_size_that_was_understood_is_not_asked_about(size: tuple[int, int, int, bool], way: str) -> None:
    """Every size said as callers say it is a value."""
    heard = hear(way.format(*(cardinal(n) for n in size[:3])))
    assert heard.value("tyre_size") == size_text(size)
    assert heard.get("heard_size") is None


@given(st.text(alphabet="0123456789 ,.-на", max_size=40), st.sampled_from(["open", "tyre_size"]))
@settings(max_examples=150, deadline=None)
def test_what_is_asked_about_exists(text: str, expected: str) -> None:
    """At most two sizes, all of the catalogue, and never beside a size that was understood."""
    heard = hear(text, expected)
    sizes = heard.value("heard_size") or []
    assert len(sizes) <= 2
    assert all(parse_size(size) in CATALOGUE.sizes for size in sizes)
    assert not (sizes and heard.value("tyre_size"))


@pytest.mark.parametrize(
    "text",
    [
        "двісті п'ятдесят п'ять на п'ятдесят п'ять радіус шістнадцять",  # clear, and nobody makes it
        "мій номер нуль дев'яносто дев'ять нуль нуль нуль нуль один дванадцять",
        "десять тисяч шин",
        "у мене тойота дві тисячі п'ятнадцятого року, треба чотири",
        "до трьох тисяч п'ятисот гривень",
        "245 на 50 на 11",  # width and profile are clear: only the rim is asked
    ],
)
def test_clear_numbers_are_not_turned_into_another_size(text: str) -> None:
    """What is clear but no size is asked again in the usual way."""
    assert hear(text, "open").get("heard_size") is None


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Нехай мані порет зволять.", "callback"),
        ("Пореззвоніть минулі.", "callback"),
        ("Дайти опиратора", "operator"),
        ("Де моє зам овленя", "order_status"),
        ("Меродсчула, Покторить", "repeat"),
    ],
)
def test_garbled_request_is_heard_by_sound(text: str, intent: str) -> None:
    """Where a request is awaited; where a name is asked, the same words are none."""
    assert hear(text, "open").has(intent)
    assert not hear(text, "name").has(intent)


@pytest.mark.parametrize(
    "text",
    ["Олена Шевчук", "тролейбус переповнений", "на вулиці дощ і сніг", "тарабарщина", "чотири по три двісті"],
)
def test_other_words_are_no_request(text: str) -> None:
    """What is like no request stays what it was."""
    assert not any(i.confidence == 0.6 for i in hear(text, "open").intents)


@pytest.mark.parametrize(
    ("text", "season"),
    [("Чи є, займові 250?", "winter"), ("Потрібні від нішины", "summer"), ("Займові", "winter")],
)
def test_garbled_season_is_heard_by_sound(text: str, season: str) -> None:
    """A season is heard when no word says another."""
    assert hear(text, "open").value("season") == season


@pytest.mark.parametrize("text", ["гума сава", "хонда сі ар ві", "мишлен", "за три дні", "я зі Львова"])
def test_words_with_a_meaning_are_no_season(text: str) -> None:
    """Brands, cars, days and cities are not mistaken for a season, even where one was asked."""
    assert hear(text, "season").value("season") is None


@pytest.mark.parametrize(
    "text",
    ["Чи є, займові 250-55, 16?", "Хочу замовити зимовішини 250-55-55-16.", "Потрібні відніші на 25,55,16."],
)
def test_of_sizes_that_sound_alike_the_common_one_comes_first(text: str) -> None:
    """All three are what Whisper wrote for the size that most cars have."""
    assert hear(text, "open").value("heard_size")[0] == "205/55R16"


@pytest.mark.parametrize(
    ("text", "number"),
    [("Чотвірте.", 4), ("Чотверти.", 4), ("Десате", 10), ("відділення біля вокзалу", None)],
)
def test_garbled_branch_is_heard_by_sound(text: str, number: int | None) -> None:
    """An answer to "which branch?" without a number; it is read back before anything binds."""
    assert hear(text, "branch").value("branch") == number


def test_a_branch_heard_by_sound_explains_its_own_words() -> None:
    """And no others: what else was said is still there."""
    assert hear("Чотвірте.", "branch").only("branch") is False  # too unsure for the fast path
    assert hear("Чотвірте.", "branch").unexplained == 0
    assert hear("Бабуся чотвірте.", "branch").unexplained == 1
