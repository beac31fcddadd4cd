"""How well callers are understood: key slots recovered from telephone speech, with a margin, and nothing thrown away.

The speech is synthetic and the scorer simple, so the figures flatter; what they guard is that they do not fall.
"""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from rapidfuzz import fuzz
from tests.integration.stt.speech import Utterance

from call_center.stt.prompts import step_prompts
from call_center.stt.whisper import Transcript, Whisper

pytestmark = pytest.mark.integration

NAMES = {
    "toyota": "тойота", "volkswagen": "фольксваген", "skoda": "шкода", "renault": "рено", "hyundai": "хюндай",
    "camry": "камрі", "golf": "гольф", "octavia": "октавія", "duster": "дастер", "tucson": "туксон",
    "michelin": "мішлен", "continental": "континенталь", "nokian": "нокіан", "bridgestone": "бріджстоун",
    "rosava": "росава", "goodyear": "гудієр",
    "lviv": "львів", "kryvyi rih": "кривого рогу", "dnipro": "дніпро", "kyiv": "київ",
    "ivano-frankivsk": "івано-франківськ",
}  # fmt: skip
STEMS = {
    "winter": "зимов", "summer": "літн|лідн", "allseason": "всесезон|все сезон|у сезон", "yes": "так|правильн",
    "no": r"\bні|не тре",
}  # fmt: skip
BRANDS = [
    "Мішлен",
    "Нокіан",
    "Континенталь",
    "Бріджстоун",
    "Росава",
    "Гудієр",
    "Ханкук",
    "Преміорі",
    "Піреллі",
]
MAKES = ["Тойота", "Фольксваген", "Шкода", "Рено", "Хюндай", "Кіа", "Мазда", "Форд", "Ніссан"]
MODELS = ["Камрі", "Гольф", "Октавія", "Дастер", "Туксон", "Спортейдж", "Логан", "Фокус", "Кашкай"]
CITIES = [
    "Київ",
    "Львів",
    "Дніпро",
    "Одеса",
    "Харків",
    "Кривий Ріг",
    "Івано-Франківськ",
    "Полтава",
    "Вінниця",
]
PROMPTS = step_prompts(brands=BRANDS, makes=MAKES, models=MODELS, cities=CITIES)
COUNTS = {2: r"дв[іаох]", 4: "чотир"}


def recovered(slot: str, value: Any, text: str) -> bool:
    """Whether a transcript holds a slot's value, spelt in any usual way."""
    low = text.lower()
    numbers = re.findall(r"\d+", low)
    match slot:
        case "size":
            return re.findall(r"\d+", value) == [n for n in numbers if int(n) >= 10][:3]
        case "digits":
            return str(value) in "".join(numbers)
        case "qty":
            return str(value) in numbers or bool(re.search(COUNTS[value], low))
        case "year" | "rim" | "branch" | "house":
            return str(value) in numbers
        case "season" | "yesno":
            return bool(re.search(STEMS[value], low))
    wanted = value if isinstance(value, list) else [value]
    return all(fuzz.partial_ratio(NAMES[each], low) >= 70 for each in wanted)


def asked(utterance: Utterance) -> str:
    """The prompt of the step in which this utterance would be said."""
    step = {"brand": "brand", "make": "make", "city": "city", "yesno": "yes_no"}
    return next((PROMPTS[step[slot]] for slot in utterance.slots if slot in step), "")


@pytest.fixture(scope="module")
def prompted(whisper: Whisper, utterances: list[Utterance]) -> list[tuple[Utterance, Transcript]]:
    """Every utterance recognised with the prompt of its step."""
    return [(each, whisper.transcribe(each.pcm, 8_000, asked(each))) for each in utterances]


@pytest.fixture(scope="module")
def bare(whisper: Whisper, utterances: list[Utterance]) -> list[tuple[Utterance, Transcript]]:
    """Every utterance recognised without a prompt."""
    return [(each, whisper.transcribe(each.pcm, 8_000)) for each in utterances]


def share(results: list[tuple[Utterance, Transcript]], slots: set[str] | None = None) -> float:
    """Part of the wanted slots that came out right."""
    marks = [
        recovered(slot, value, transcript.text)
        for utterance, transcript in results
        for slot, value in utterance.slots.items()
        if slots is None or slot in slots
    ]
    return sum(marks) / len(marks)


def test_scorer_finds_every_slot_in_the_true_text(utterances: list[Utterance]) -> None:
    """Slots that are not numbers are found in what was really said, so a miss is the recogniser's."""
    spelt = {"size", "digits", "year", "rim", "branch", "house"}
    for each in utterances:
        for slot, value in each.slots.items():
            if slot not in spelt:
                assert recovered(slot, value, each.text), (each.name, slot)


def test_no_speech_of_a_caller_is_rejected(
    bare: list[tuple[Utterance, Transcript]], prompted: list[tuple[Utterance, Transcript]]
) -> None:
    """The gates close for none of the utterances, prompted or not."""
    assert [(u.name, t.rejected) for u, t in [*bare, *prompted] if t.rejected] == []


def test_two_slots_in_three_are_right_off_a_telephone_line(
    prompted: list[tuple[Utterance, Transcript]],
) -> None:
    """Over all slots with step prompts: measured 0.78, guarded at 0.68."""
    assert share(prompted) >= 0.68


def test_prompts_help_names_cities_and_yes_no(
    bare: list[tuple[Utterance, Transcript]], prompted: list[tuple[Utterance, Transcript]]
) -> None:
    """Where a prompt is given it must not make things worse, and get most right."""
    closed = {"brand", "make", "model", "city", "yesno"}
    assert share(prompted, closed) >= share(bare, closed)
    assert share(prompted, closed) >= 0.78  # measured 0.87


def test_lone_yes_and_no_are_understood(prompted: list[tuple[Utterance, Transcript]]) -> None:
    """The shortest answers bind the most, and a recogniser spells them worst."""
    assert share(prompted, {"yesno"}) >= 0.8  # measured 1.0


def test_a_turn_is_decoded_while_the_pause_still_lasts(whisper: Whisper, utterances: list[Utterance]) -> None:
    """Median CPU time of utterances of 2-5 s stays under 0.7 s (0.32 s measured)."""
    times = []
    for each in [each for each in utterances if 2 <= len(each.pcm) / 16_000 <= 5][:9]:
        began = time.process_time()
        whisper.transcribe(each.pcm, 8_000)
        times.append(time.process_time() - began)
    assert sorted(times)[len(times) // 2] < 0.7
