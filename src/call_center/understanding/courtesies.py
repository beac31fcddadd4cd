"""Farewells and thanks that the recogniser mangled ("допобачення", "якую"), heard by likeness of sound.

A window of one to three words is compared with a closed list of courtesies on sound keys. Everyday words are never
heard as something else; a single word counts as thanks only where thanks are likely: alone, or beside a farewell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rapidfuzz.fuzz import ratio

from call_center.understanding.names import everyday
from call_center.understanding.phonetics import sound
from call_center.understanding.words import Token

_ALIKE: Final = 88.0  # per cent of the letters of a long courtesy
_ALIKE_THANKS: Final = 82.0  # thanks are short and stand where nothing else makes sense
_WINDOW: Final = 3
_LONE: Final = 2  # words beside thanks at most

_COURTESIES: Final = {
    "goodbye": ("до побачення", "до свидания", "всього доброго", "на все добре", "гарного дня", "я ще подумаю"),
    "thanks": ("дякую", "спасибо"),
}  # fmt: skip
_KEYS: Final = tuple(
    (name, sound(phrase.replace(" ", ""))) for name, phrases in _COURTESIES.items() for phrase in phrases
)


def courtesies(words: Sequence[Token]) -> list[tuple[str, int, int]]:
    """Courtesies by likeness: (intent, first, last) with positions in `words`; at most one an intent."""
    found: dict[str, tuple[float, int, int]] = {}
    for first in range(len(words)):
        for last in range(first, min(first + _WINDOW, len(words))):
            for name, score in _heard(words[first : last + 1]):
                if score > found.get(name, (0.0, 0, 0))[0]:
                    found[name] = (score, first, last)
    thanks, farewell = found.get("thanks"), found.get("goodbye")
    if thanks and not _thanks_likely(words, thanks, farewell):
        del found["thanks"]
    return [(name, first, last) for name, (_, first, last) in sorted(found.items())]


def _heard(window: Sequence[Token]) -> list[tuple[str, float]]:
    """Intents whose words sound like the window, with the likeness in per cent."""
    if all(_plain(token) for token in window):
        return []
    key = sound("".join(token.low for token in window))
    heard = []
    for name, wanted in _KEYS:
        short = name == "thanks"
        if abs(len(key) - len(wanted)) > 2 + (len(wanted) > 8) or (short and len(window) > 1):
            continue
        score = ratio(key, wanted)
        if score >= (_ALIKE_THANKS if short else _ALIKE):
            heard.append((name, score))
    return heard


def _plain(token: Token) -> bool:
    return token.kind != "word" or len(token.low) <= 2 or token.fold.replace("'", "") in everyday()


def _thanks_likely(
    words: Sequence[Token], thanks: tuple[float, int, int], farewell: tuple[float, int, int] | None
) -> bool:
    if len(words) <= _LONE:
        return thanks[1] == len(words) - 1
    return farewell is not None and abs(farewell[1] - thanks[1]) <= _WINDOW
