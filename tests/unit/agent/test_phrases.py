"""The wording: short, one question, renderable, sayable."""

from __future__ import annotations

import re
import string

import pytest

from call_center.agent.phrases import LINES, SESSION_PHRASES, fixed_lines, line, split_sentences
from call_center.agent.phrases.render import count, join_or, money
from call_center.tts.spoken.normaliser import spoken

pytestmark = pytest.mark.unit
TEXTS = [(key, text) for key, variants in LINES.items() for text in variants]
RUSSIANISMS = re.compile(
    r"\b(?:слідуюч\w+|получ\w+|на протязі|приймати участь|вірно|любий розмір|самий кращий|спасибі|відноситься|"
    r"являється|міроприємств\w+|наступний варіант|підскаж\w+|давайте я|на рахунок|співпада\w+)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize(("key", "text"), TEXTS)
def test_line_is_short_and_asks_once(key: str, text: str) -> None:
    """At most three sentences of a farewell, else two, 35 words and one question."""
    sentences = split_sentences(text)
    assert len(sentences) <= (3 if "goodbye" in key else 2)
    assert len(text.split()) <= 35
    assert text.count("?") <= 1
    assert not RUSSIANISMS.search(text)


@pytest.mark.parametrize("text", [*fixed_lines("Олена", "Шинний двір"), *SESSION_PHRASES.all()])
def test_fixed_line_can_be_spoken(text: str) -> None:
    """No digit and no Latin letter reaches the synthesiser."""
    assert not re.search(r"[0-9A-Za-z{}\[\]]", spoken(text))


def test_repeats_differ() -> None:
    """The second time a question sounds different."""
    assert line("ask_season", 0) != line("ask_season", 1)
    assert line("ask_season", 2) == line("ask_season", 0)


def test_fields_of_variants_agree() -> None:
    """Every variant of a key can be filled with the same fields."""
    fields = {
        key: [{f for _, f, _, _ in string.Formatter().parse(t) if f} for t in v] for key, v in LINES.items()
    }
    assert {key for key, found in fields.items() if any(f != found[0] for f in found)} <= {"guard_scope"}


def test_renderers_agree_with_numbers() -> None:
    """Ukrainian agreement of counted nouns, grouped thousands, lists with «чи»."""
    assert [count(n, "шина") for n in (1, 2, 5, 11, 21, 22, 112)] == [
        "1 шина", "2 шини", "5 шин", "11 шин", "21 шина", "22 шини", "112 шин",
    ]  # fmt: skip
    assert money(13440) == "13 440 грн"
    assert join_or(["15", "16", "17"]) == "15, 16 чи 17"


def test_silence_prompts_know_what_was_asked() -> None:
    """First by slot, second general, third a goodbye."""
    prompts = [SESSION_PHRASES.silence(n, "tyre_size") for n in (1, 2, 3)]
    assert "боковині" in prompts[0]
    assert len(set(prompts)) == 3
