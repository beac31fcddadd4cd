"""Shop texts of an independent judge, written before the code was seen: the rate that was reached must be kept."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from call_center.tts.spoken.normaliser import spoken
from call_center.tts.spoken.nouns import NOUNS
from call_center.tts.spoken.quantities import UNITS

pytestmark = pytest.mark.unit

PHRASES = Path(__file__).parents[2] / "data" / "phrases" / "judge_spoken.json"
AT_LEAST = 0.998


def bare(text: str) -> str:
    """Lower case without punctuation."""
    return " ".join(re.sub(r"[^\w' ]+", " ", text.lower()).split())


def test_judged_texts_keep_their_rate() -> None:
    """Prices, counts, sizes, times, dates, addresses, units and Latin names come out as the judge accepts them."""
    items: list[dict[str, Any]] = json.loads(PHRASES.read_text(encoding="utf-8"))
    wrong = [i["text"] for i in items if bare(spoken(i["text"])) not in [bare(a) for a in i["accept"]]]
    assert len(wrong) <= (1 - AT_LEAST) * len(items), wrong


def test_every_unit_has_its_noun() -> None:
    """No sign of a unit ends in a missing noun."""
    assert {lemma for lemma, _ in UNITS.values()} <= set(NOUNS)


@pytest.mark.parametrize("sign", sorted(UNITS))
def test_every_unit_can_be_read_after_a_number(sign: str) -> None:
    """A number with any unit is read without a digit left."""
    assert not re.search(r"[\dA-Za-z]", spoken(f"22 {sign} та 1,5 {sign}"))


NASTY = (
    "", " ", "🙂🙂🙂", "\x00\x07 4 шини", "а" * 5_000, "9" * 500 + " грн", "123456789012345678901234567890", "Мiшлен 4", "Micheliн",
    "205/55R1б", "٣٤٥ грн", "①²³", "1e309 грн", "4..5,,6 грн", "////", "1/0", "о 25:61", "32.13.2026", "R999", "999/99R99",
    "<b>4 шини</b>", "**4** шт.", "https://example.ua/t?id=5&x=1", "${HOME} %s", "\u202e4", "ÄÖÜ ß é", "ыъэё 4", "日本 4", "+380",
    "4шини2диски3грн", "5х5х5х5", "10^6", "грн", "%", "№", "a", "Z", "o 9:00", "1,2,3,4,5", "мільйон " * 500,
)  # fmt: skip


@pytest.mark.parametrize("text", NASTY)
def test_nasty_input_leaves_nothing_unreadable(text: str) -> None:
    """Whatever comes in, letters, spaces and plain punctuation come out."""
    assert not re.search(r"[^а-яіїєґА-ЯІЇЄҐ' .,!?;:\-–—…]", spoken(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>3 шини</b>", "три шини"),
        ("цiна", "ціна"),
        ("o 14:00", "о чотирнадцятій"),
        ("о 9:00, 13:20 або 17:00", "о дев'ятій, тринадцятій двадцять або сімнадцятій"),
    ],
)
def test_marks_and_look_alikes_of_written_text_are_read_as_meant(text: str, expected: str) -> None:
    """Mark-up is dropped, Latin look-alikes are Cyrillic, a preposition governs a row of clock times."""
    assert spoken(text) == expected
