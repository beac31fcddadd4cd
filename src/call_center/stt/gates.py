"""Gates against hallucination: Whisper writes something for any sound, these decide whether it was said. Pure.

Measured on 56 clean and 55 noisy telephone utterances and 90 generated sounds of 16 kinds (doc/technical/
recognition.md). Each gate has a name; the first that closes is reported in `Hypothesis.rejected`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio

MIN_LOUD_MS = 100
"""The core asks only after 150 ms of voice by its detector; a far "так" is loud for less than that."""
MAX_TONAL = 0.85
"""Share of pure-tone windows: speech reaches 0.63, ringing and fax tones start at 0.94."""
DOUBTFUL = 0.3
"""No-speech probability from which a second look (300 ms) is taken. In the first decode, with silence before the sound,
5 % of clean utterances are above, every other sound is (0.39 at least); cut close, clean speech stays below 0.16 and
other sounds start at 0.48. The usual fixed gate at 0.6 would lose both ways."""
PROBE = 0.6
"""Mean no-speech probability after two conversational prompts: noisy speech at most 0.53, other sounds from 0.67."""
MIN_LOGPROB = -1.6
MIN_LOGPROB_WORD = -3.0
"""For a single word: its mean is over two or three tokens and says little (a right "так" in noise had -1.8)."""
MAX_CHARS_PER_S = 32.0
MIN_CHARS_PER_S = 0.7
SLOW_FROM_S = 3.0

LEAST_ALIKE = 35.0
"""Per cent of letters that a reading with a prompt must share with the plain one; below it is the prompt that speaks."""

_WORD = re.compile(r"\w+", re.UNICODE)
_CREDITS = re.compile(
    r"\b(субтитр|перегляд|просмотр|підпис(уйт|ка|ок|ати|уєм)|підпишіт|подпис(ывайт|ат|к)|відео|видео"
    r"|телеканал|редактор|корректор|продовження\s+(слід|буде)|продолжение\s+следует|thank|watching)",
    re.IGNORECASE,
)
"""What broadcasts say over music and silence, and tyre callers do not: credits in the training data."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one decode left behind. `speech_s` is the trimmed sound; `probe` is None when it was not taken."""

    text: str
    logprob: float
    no_speech: float
    speech_s: float
    prompt: str = ""
    probe: float | None = None


def words(text: str) -> list[str]:
    """Lower-case words and numbers of a text."""
    return _WORD.findall(text.lower())


_DIGITS = re.compile(r"\d+")
_NUMERAL = re.compile(
    r"\b(двіст|двест|трист|чотирист|п'?ятсот|сто\b|сорок|двадцят|тридцят|\w+десят|\w+надцят|нуль)",
    re.IGNORECASE,
)


def is_dictation(text: str) -> bool:
    """Whether a text holds dictated numbers, such as a size or a phone; a year alone is none."""
    groups = [group for group in _DIGITS.findall(text) if len(group) != 4]
    return bool(groups) or len(_NUMERAL.findall(text)) >= 2


def is_same_speech(first: str, second: str) -> bool:
    """Whether a reading with a prompt only spells the plain one differently; a leaking prompt makes it longer."""
    longer = len(words(second)) > len(words(first)) + 3
    return not longer and ratio("".join(words(first)), "".join(words(second))) >= LEAST_ALIKE


def is_doubtful(no_speech: float) -> bool:
    """Whether a no-speech probability leaves doubt that the second look could settle."""
    return no_speech > DOUBTFUL


def judge(evidence: Evidence) -> str | None:
    """The name of the gate that rejects this text, or None."""
    said = words(evidence.text)
    if not said:
        return "empty"
    if evidence.probe is not None and evidence.probe > PROBE:
        return "no_speech"
    if is_repetition(said):
        return "repetition"
    if is_echo(said, evidence.prompt, evidence.no_speech):
        return "prompt_echo"
    if evidence.logprob < (MIN_LOGPROB if len(said) > 1 else MIN_LOGPROB_WORD):
        return "low_logprob"
    if _absurd_rate(said, evidence.speech_s):
        return "rate"
    if len(said) <= 8 and _CREDITS.search(evidence.text):
        return "credits"
    return None


_VOWELS = frozenset("аеєиіїоуюя")


def is_repetition(said: list[str]) -> bool:
    """Whether the text is stuck: one unit over and over. Dictated digits may repeat more often than words."""
    letters = "".join(said)
    if any(len({*said[at : at + 3]}) == 1 and said[at] in _VOWELS for at in range(len(said) - 2)):
        return True  # a tone spelt out: "би-и-и-и"
    if re.search(r"([^\W\d])\1{5,}", letters):
        return True
    for size in (1, 2, 3, 4, 5, 6):
        longest, unit = _longest_run(said, size)
        digits = all(word.isdigit() for word in unit)
        allowed = (9 if digits else 5) if size == 1 else (4 if digits else 2)
        if longest > allowed:
            return True
    return False


def _longest_run(said: list[str], size: int) -> tuple[int, list[str]]:
    """Most consecutive copies of any unit of `size` words, and that unit."""
    best, best_unit = 0, said[:0]
    for start in range(len(said) - size + 1):
        unit = said[start : start + size]
        count, at = 1, start + size
        while said[at : at + size] == unit:
            count, at = count + 1, at + size
        if count > best:
            best, best_unit = count, unit
    return best, best_unit


def is_echo(said: list[str], prompt: str, no_speech: float) -> bool:
    """Whether the text only reads the prompt back: four of its words in its order, or three with some doubt.

    One or two are an ordinary answer: the prompt lists what is likely to be said.
    """
    if len(said) < 3 or (len(said) == 3 and no_speech < 0.05):
        return False
    asked = iter(words(prompt))
    return all(word in asked for word in said)  # consumes the iterator: in order, gaps allowed


def _absurd_rate(said: list[str], speech_s: float) -> bool:
    characters = sum(len(word) for word in said)
    if characters > MAX_CHARS_PER_S * max(speech_s, 0.3):
        return True
    return speech_s > SLOW_FROM_S and characters < MIN_CHARS_PER_S * speech_s
