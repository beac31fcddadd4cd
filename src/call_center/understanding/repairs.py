"""Numbers taken back in the middle of dictation: "п'ятдесят два, ой ні, двадцять п'ять" leaves twenty-five. Pure.

Only a word of correction between two numbers does this, and only where the second plainly stands for the first: as many
digits, or the same beginning said again. Anything else stays as it was said, and the slot decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from call_center.understanding.numerals import Atom, Group, groups
from call_center.understanding.words import Token, fold

_MARKS: Final = frozenset(
    fold(w)
    for w in [
        "ні",
        "нє",
        "нет",
        "не",
        "ой",
        "тобто",
        "вірніше",
        "точніше",
        "вернее",
        "точнее",
        "пардон",
        "перепрошую",
        "вибачте",
        "вибачаюсь",
        "извините",
        "звиняйте",
        "простите",
        "помилилась",
        "помилився",
        "ошибся",
        "ошиблась",
        "пробачте",
    ]
)
_SURE: Final = _MARKS - {fold("не"), fold("ой")}
_BETWEEN: Final = (
    _MARKS
    | frozenset(
        fold(w)
        for w in [
            "а",
            "то",
            "я",
            "що",
            "шо",
            "не",
            "так",
            "то",
            "там",
            ",",
            "штуки",
            "штук",
            "шини",
            "шин",
            "колеса",
            "коліс",
        ]
    )
    | {",", ".", "-", "…", "—"}
)
_GAP: Final = 5  # words and signs between the two numbers


def repaired(items: Sequence[Atom], words: Sequence[Token]) -> tuple[list[Atom], frozenset[int]]:
    """The atoms without what the caller took back, and the places of the words that mean nothing now."""
    kept = list(items)
    idle: set[int] = set()
    for place in range(len(items) - 1, 0, -1):
        if not _takes_back(words, items[place - 1], items[place]):
            continue
        before, after = [a for a in kept if a.last < items[place].first], items[place:]
        said, again = groups(before, words), groups(after, words)
        if said and again:
            gone = _replaced(before, said, again)
            kept = [a for a in kept if a not in gone]
            if gone:
                idle.update(range(gone[0].first, items[place].first))
    return kept, frozenset(idle)


def _takes_back(words: Sequence[Token], before: Atom, after: Atom) -> bool:
    between = [words[i].fold.replace("'", "") for i in range(before.last + 1, after.first)]
    short = 0 < len(between) <= _GAP and all(w in _BETWEEN for w in between)
    return short and (any(w in _SURE for w in between) or between[-2:] == ["ои", "не"])


def _replaced(before: Sequence[Atom], said: Sequence[Group], again: Sequence[Group]) -> Sequence[Atom]:
    last, first = said[-1], again[0]
    if len(last.digits) == len(first.digits) and last.ordinal == first.ordinal:
        return before[last.start : last.end]
    return ()
