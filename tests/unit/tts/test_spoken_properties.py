"""What holds for every text whatsoever."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_center.tts.spoken.normaliser import ALPHABET, spoken

pytestmark = pytest.mark.unit

SHOP = st.text(alphabet="0123456789 .,-–/:+№#RrXxСсгрнмшинаоудовзьії'\"%°₴$AVHQI()@&*", max_size=60)
UKRAINIAN = st.text(alphabet="абвгґдеєжзиіїйклмнопрстуфхцчшщьюя ", max_size=60)
TEXTS = (
    "Ваше замовлення № 2611003 на 12 800 грн буде у відділенні № 5 Нової пошти 25.11.2026 о 15:30",
    "Michelin Alpin 6 205/55 R16 91H XL, 3 850 грн за шину, доставка 2-3 дні",
    "Коли вам зручно приїхати?",
)


@settings(deadline=None, max_examples=500)
@given(st.one_of(st.text(max_size=80), SHOP))
def test_only_ukrainian_letters_and_punctuation_come_out(text: str) -> None:
    """No digit, no Latin letter, no sign reaches the synthesiser, and nothing raises."""
    assert ALPHABET.issuperset(spoken(text))


@settings(deadline=None)
@given(UKRAINIAN)
def test_plain_words_are_untouched(text: str) -> None:
    """Words in lower-case Ukrainian stay as they are, but for doubled spaces (unit and weekday abbreviations aside)."""
    words = [word for word in text.split() if len(word) > 3]
    assert spoken(" ".join(words)) == " ".join(words)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 10**15))
def test_a_number_is_never_lost(number: int) -> None:
    """Any whole number becomes at least one word."""
    assert spoken(str(number))


@pytest.mark.parametrize("text", TEXTS)
def test_spoken_form_is_stable(text: str) -> None:
    """The spoken form of a spoken form is itself: it may be normalised twice."""
    assert spoken(spoken(text)) == spoken(text)


@pytest.mark.parametrize("text", TEXTS)
def test_a_sentence_takes_a_few_milliseconds(text: str) -> None:
    """CPU time of a long sentence stays at a few ms (best of five: the machine is shared)."""
    spoken(text)
    best = min(_seconds(text) for _ in range(5))
    assert best < 0.006


@pytest.mark.parametrize("piece", ["1 ", "A-", "a@", "1.", "вул. ", "з 1 до ", "'", "0"])
def test_long_repetition_stays_linear(piece: str) -> None:
    """No pattern explodes on four thousand characters of the same."""
    assert _seconds(piece * (4000 // len(piece))) < 4.0


def _seconds(text: str) -> float:
    start = time.thread_time()
    spoken(text)
    return time.thread_time() - start
