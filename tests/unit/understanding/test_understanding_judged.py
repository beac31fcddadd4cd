"""Phrases of an independent judge, written before the code was seen: the rate that was reached must be kept."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from call_center.commands.text_understand import matched, parsed
from call_center.core.ports import Question
from call_center.understanding import judge, load_catalogue, understand

pytestmark = pytest.mark.unit

PHRASES = Path(__file__).parents[2] / "data" / "phrases"
CATALOGUE = load_catalogue()
TODAY = date(2026, 11, 22)
PARSED_AT_LEAST = 0.997
MATCHED_AT_LEAST = 0.994


def load(name: str) -> list[dict[str, Any]]:
    """A phrase file of tests/data."""
    items: list[dict[str, Any]] = json.loads((PHRASES / name).read_text("utf-8"))
    return items


def parsed_right(item: dict[str, Any]) -> bool:
    """Whether digit groups and value are among what the judge accepts; a key that is absent is not judged."""
    found = parsed(item["text"], None if item["slot"] == "open" else item["slot"], CATALOGUE, TODAY)
    value = found["value"]
    parts = value.items() if isinstance(value, dict) else ()
    return (
        ("numbers" not in item or found["numbers"] in item["numbers"])
        and ("value" not in item or value == item["value"])
        and ("one_of" not in item or value in item["one_of"])
        and ("part" not in item or set(item["part"].items()) <= set(parts))
        and ("any_of_value" not in item or item["any_of_value"] in dict(parts).values())
    )


def test_judged_numbers_and_slots_keep_their_rate() -> None:
    """Numbers, sizes, phones, dates, times, money and closed answers in Ukrainian, Russian and surzhyk are understood."""
    items = load("judge_parse.json")
    wrong = [(i["slot"], i["text"]) for i in items if not parsed_right(i)]
    assert len(wrong) <= (1 - PARSED_AT_LEAST) * len(items), wrong


def test_judged_names_keep_their_rate() -> None:
    """Brands, cars and cities are found in misspelt and inflected words, and not in everyday sentences."""
    items = load("judge_match.json")
    wrong = [
        i["said"]
        for i in items
        if any(
            matched(i["said"], CATALOGUE)[key] != i[key]
            for key in ("brand", "make", "model", "city")
            if key in i
        )
    ]
    assert len(wrong) <= (1 - MATCHED_AT_LEAST) * len(items), wrong


def test_judged_negatives_name_nothing() -> None:
    """Not one everyday sentence of the judge yields a brand, a car or a city."""
    items = [i for i in load("judge_match.json") if i["kind"] == "negative"]
    heard = [
        i["said"]
        for i in items
        if any(matched(i["said"], CATALOGUE)[k] for k in ("brand", "make", "model", "city") if k in i)
    ]
    assert len(items) >= 150
    assert heard == []


@pytest.mark.parametrize(
    ("text", "slot"),
    [("2015 року.", "year"), ("дві тисячі восьмого року", "year"), ("радіус п'ятнадцять.", "tyre_size")],
)
def test_a_finished_year_or_radius_ends_the_turn(text: str, slot: str) -> None:
    """A year with its word and a diameter after its keyword are whole answers."""
    readiness = judge(text, slot, Question.OPEN)
    assert readiness.complete
    assert not readiness.dangling


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("якого року", "year"),
        ("радіус", "tyre_size"),
        ("сто дев'яносто п'ять", "tyre_size"),
        ("мені на", "open"),
    ],
)
def test_an_unfinished_answer_keeps_the_turn_open(text: str, slot: str) -> None:
    """The word alone, half a size and a preposition wait for more."""
    assert judge(text, slot, Question.OPEN).dangling


def wanted(text: str) -> set[str]:
    """The intents of `text`."""
    return {i.name for i in understand(text, catalogue=CATALOGUE, today=TODAY).intents}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("скільки їх є у полтаві", "availability"),
        ("а скільки штук є в одесі", "availability"),
        ("ну допобачиня", "goodbye"),
        ("досвиданья", "goodbye"),
        ("ікую допобачення", "goodbye"),
        ("дікую", "thanks"),
        ("тякую", "thanks"),
        ("спасіба до пабачення", "thanks"),
    ],
)
def test_mangled_courtesies_and_counts_are_understood(text: str, intent: str) -> None:
    """How many there are in a city is a question of stock; farewells and thanks survive a poor line."""
    assert intent in wanted(text)


@pytest.mark.parametrize(
    "text", ["пробачення", "дуже широку", "це спосіб", "на побачення йду", "всякую гуму"]
)
def test_everyday_words_are_no_courtesy(text: str) -> None:
    """Words that merely resemble a farewell or thanks end no call."""
    assert not wanted(text) & {"goodbye", "thanks"}


@pytest.mark.parametrize(
    "text", ["ради у 17", "радіу 17", "ради ус сімнадцять", "радус сімнадцять", "радіос сімнадцять"]
)
def test_a_mangled_radius_is_a_diameter(text: str) -> None:
    """The keyword of the diameter is heard through what a line makes of it."""
    assert understand(text, catalogue=CATALOGUE, today=TODAY).value("diameter") == 17


def test_a_model_far_from_its_name_is_heard_beside_its_make_only() -> None:
    """Among the few models of a make the likeliest is taken or offered; without the make nothing is guessed."""
    beside = understand("маю шкоду октовлію", catalogue=CATALOGUE, today=TODAY).get("model")
    assert beside is not None
    assert beside.value == "Octavia" or beside.candidates == ("Skoda Octavia",)
    assert understand("грає октава вище", catalogue=CATALOGUE, today=TODAY).get("model") is None


@pytest.mark.parametrize(
    ("text", "make", "model"),
    [
        ("на опельастру", "Opel", "Astra"),
        ("вольксвагенпасат", "Volkswagen", "Passat"),
        ("субаруф орестер", "Subaru", "Forester"),
        ("маю міцубі сілансер", "Mitsubishi", "Lancer"),
    ],
)
def test_a_car_in_joined_or_torn_words_is_heard(text: str, make: str, model: str) -> None:
    """Words run together or torn apart by the recogniser still name the car."""
    found = matched(text, CATALOGUE)
    assert (found["make"], found["model"]) == (make, model)


NASTY = (
    "", " ", "\t", "🙂🙂🙂", "\x00\x01\x07 4 шини", "\u200b4\u200bшини\ufeff", "а" * 5_000, "чотири " * 1_000, "9" * 500,
    "123456789012345678901234567890", "Мiшлен", "Micheliн", "٣٤٥ грн", "①②③", "1e309 грн", "4..5,,6", "////", "1/0", "99:99",
    "32.13.2026", "999/99R99", "${HOME} {x} %s", "' OR 1=1 --", "\u202eшини", "日本", "+380", "\u0301" * 20, "нуль " * 2_000,
)  # fmt: skip


@pytest.mark.parametrize("slot", ["open", "tyre_size", "phone", "date", "time", "budget", "quantity", "year"])
def test_nasty_input_is_answered_and_means_no_car(slot: str) -> None:
    """Empty, endless, foreign and control characters never raise, and digits alone name no car."""
    for text in NASTY:
        heard = understand(text, slot, catalogue=CATALOGUE, today=TODAY)
        assert heard.get("model") is None or "шлен" in text
        judge(text, slot, Question.OPEN)
