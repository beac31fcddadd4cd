"""Each gate against what it must stop and what it must let through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.stt import gates
from call_center.stt.gates import Evidence, judge

pytestmark = pytest.mark.unit

WORDS = st.text("абвгдежзиклмнопрстуіїє", min_size=2, max_size=9)
BRANDS = "Альфа, Бета, Гама, Дельта, Епсилон, Дзета."


def said(
    text: str,
    *,
    logprob: float = -0.4,
    no_speech: float = 0.05,
    speech_s: float = 3.0,
    prompt: str = "",
    probe: float | None = None,
) -> str | None:
    """Judge ordinary evidence with one thing changed."""
    return judge(Evidence(text, logprob, no_speech, speech_s, prompt, probe))


@pytest.mark.parametrize(
    "text",
    ["Потрібні дві шини на дачу", "так", "0 5 0 0 0 0 0 1 2 3", "44 44 4", "так-так-так", "ні, ні, ні"],
)
def test_ordinary_answers_pass(text: str) -> None:
    """Short answers, dictated zeros and an emphatic repetition are speech."""
    assert said(text) is None


@pytest.mark.parametrize("text", ["", "...", " — ", "!?"])
def test_text_without_a_word_is_empty(text: str) -> None:
    """Punctuation is no transcript."""
    assert said(text) == "empty"


def test_second_look_decides_about_doubtful_sound() -> None:
    """A doubtful window asks for the probe, and the probe alone closes the gate."""
    assert gates.is_doubtful(0.5)
    assert said("так", no_speech=0.5, probe=0.9) == "no_speech"
    assert said("так", no_speech=0.5, probe=0.3) is None


def test_clear_speech_needs_no_second_look() -> None:
    """Clean telephone speech (no-speech up to 0.16) pays for no probe."""
    assert not gates.is_doubtful(0.16)


@given(st.lists(WORDS, min_size=1, max_size=4, unique=True), st.integers(6, 12))
def test_stuck_decoder_is_repetition(unit: list[str], times: int) -> None:
    """Any unit of words six times in a row or more is no speech."""
    assert said(" ".join(unit * times), speech_s=30) == "repetition"


@given(st.lists(WORDS, min_size=2, max_size=12, unique=True))
def test_distinct_words_are_no_repetition(words: list[str]) -> None:
    """A sentence in which no word comes twice never counts as stuck."""
    assert not gates.is_repetition(words)


@pytest.mark.parametrize("text", ["Аааааааа", "І-і-і-і-і-і-і", "Ооооооо!", "Ви-и-и-и!"])
def test_one_letter_for_ever_is_repetition(text: str) -> None:
    """Tones come out as one vowel."""
    assert said(text) == "repetition"


@pytest.mark.parametrize("text", [BRANDS, "альфа бета гама дельта", "Бета, Дельта, Епсилон, Дзета"])
def test_reading_the_prompt_back_is_echo(text: str) -> None:
    """Four words of the prompt in its order are the prompt, not the caller."""
    assert said(text, prompt=BRANDS, speech_s=4) == "prompt_echo"


@pytest.mark.parametrize("text", ["Бета", "Бета або Альфа", "Гама, Дельта", "давайте Дельта і Гама"])
def test_naming_what_the_prompt_lists_is_an_answer(text: str) -> None:
    """The prompt holds the likely answers, so one or two of them pass."""
    assert said(text, prompt=BRANDS) is None


def test_unlikely_text_is_rejected() -> None:
    """A mean log-probability below -1.6 is a guess."""
    assert said("щось таке", logprob=-1.7) == "low_logprob"
    assert said("щось", logprob=-3.1) == "low_logprob"


def test_lone_word_is_not_judged_by_its_tokens() -> None:
    """A quiet "так" is left to the confidence, which makes the agent ask again."""
    assert said("так", logprob=-2.0) is None


def test_more_text_than_a_mouth_can_say_is_rejected() -> None:
    """Sixty letters in half a second were not spoken."""
    text = "одна дуже довга вигадана відповідь на зовсім короткий звук у трубці"
    assert said(text, speech_s=0.5) == "rate"


def test_one_syllable_for_a_long_sound_is_rejected() -> None:
    """Six seconds of sound are not one syllable."""
    assert said("Ти", speech_s=6.0) == "rate"


@pytest.mark.parametrize("text", ["Субтитрувальниця Галина", "Дякуємо за перегляд!", "Підписуйтеся на канал"])
def test_broadcast_credits_are_rejected(text: str) -> None:
    """Credits of films and channels belong to the training data."""
    assert said(text) == "credits"
