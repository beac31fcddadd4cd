"""Matches a tyre's Latin model name against what a recogniser wrote in Cyrillic. Pure.

Both sides are brought to one rough Latin spelling ("крисальп", "Krisalp" -> "krisalp"); short model codes (HP3, TS)
are left out, since callers seldom say them.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from rapidfuzz import fuzz

CLOSE = 78.0
"""Similarity (0-100) from which two words are one; 60 false pairs of catalogue words stay below it."""

_LATIN: Final = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "є": "e", "ё": "e", "э": "e", "ж": "j",
    "з": "z", "и": "i", "і": "i", "ї": "i", "й": "i", "ы": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o",
    "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "s", "ч": "ch", "ш": "sh", "щ": "sh",
    "ь": "", "ъ": "", "'": "", "’": "", "ʼ": "", "ю": "u", "я": "a",
})  # fmt: skip
_SOUNDS: Final = (
    ("sch", "sh"), ("ph", "f"), ("ck", "k"), ("ce", "se"), ("ci", "si"), ("cy", "si"), ("ch", "h"), ("c", "k"),
    ("qu", "kv"), ("q", "k"), ("x", "ks"), ("y", "i"), ("w", "v"), ("h", "h"),
)  # fmt: skip
_WORD = re.compile(r"[a-zа-яіїєґё'’ʼ]{3,}", re.IGNORECASE)


def rough(word: str) -> str:
    """One rough spelling of a word of either alphabet."""
    out = word.lower().translate(_LATIN)
    for latin, sound in _SOUNDS:
        out = out.replace(latin, sound)
    return re.sub(r"(.)\1+", r"\1", out)


def likeness(said: str, name: str) -> float:
    """How surely `said` names `name`: the mean of the best matches of its words, 0 when none is close."""
    spoken = [rough(w) for w in _WORD.findall(said)]
    wanted = [rough(w) for w in re.findall(r"[A-Za-zА-Яа-яІіЇїЄєҐґ]{3,}", name)]
    pairs = [a + b for a, b in pairwise(spoken)]
    best = [max((fuzz.ratio(w, s) for s in [*spoken, *pairs]), default=0.0) for w in wanted]
    close = [score for score in best if score >= CLOSE]
    return sum(close) / len(best) if best and close else 0.0


def best_named(said: str, names: dict[str, str]) -> tuple[str, ...]:
    """The keys of `names` that fit `said` best (several when equal), empty when none fits."""
    scores = {key: likeness(said, name) for key, name in names.items()}
    top = max(scores.values(), default=0.0)
    return tuple(key for key, score in scores.items() if score >= top - 1.0) if top else ()
