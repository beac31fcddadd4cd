"""Numerals that the recogniser wrote almost right: one letter off, or one from eleven to nineteen by its sound.

Pure and bounded: a word is compared with numerals of its own length and first letter, or with the nine teens.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from call_center.understanding.lexicon import NUMERALS
from call_center.understanding.phonetics import sound

Numeral = tuple[int, int, bool]

_NEAR: dict[tuple[str, int], list[str]] = {}  # long numerals by first letter and length +-1
for _word in NUMERALS:
    for _length in range(len(_word) - 1, len(_word) + 2):
        if _length >= 7:
            _NEAR.setdefault((_word[0], _length), []).append(_word)
_NUMERAL_HINTS = ("дц", "нац", "тся", "дся", "дес", "дис", "сот", "дев", "тися", "тися", "исят", "стo")


_TEEN_END = re.compile(r"на[тц]+и?[аи]+[тц]?к?и?$")
_TEEN_SLIPS = 2  # letters of the sound key


def near_numeral(plain: str) -> Numeral | None:
    """The numeral that a folded word of seven letters or more stands for, None when it is another word."""
    if len(plain) < 7 or not any(hint in plain for hint in _NUMERAL_HINTS):
        return None
    near = process.extractOne(
        plain, _NEAR.get((plain[0], len(plain)), ()), scorer=OSA.distance, score_cutoff=1
    )
    if near and not plain.startswith("днадц"):  # that may be the end of any of them
        return NUMERALS[near[0]]
    return _near_teen(plain)


@lru_cache(maxsize=1)
def _teens() -> dict[str, Numeral]:
    """Sound keys of 11-19 as they are counted."""
    return {sound(word): found for word, found in NUMERALS.items() if 10 < found[0] < 20 and not found[2]}


def _near_teen(plain: str) -> Numeral | None:
    """A number from eleven to nineteen by its sound: "зімнадцять", "принадцять". Only a clear winner."""
    key = sound(plain)
    if _TEEN_END.search(key) is None:
        return None
    ranked = sorted((OSA.distance(key, known), found) for known, found in _teens().items())
    distance, best = ranked[0]
    rivals = [other for other, found in ranked if found[0] != best[0]]
    return best if distance <= _TEEN_SLIPS and min(rivals) > distance else None
