"""Which of a few known names was said, by sound alone: for answers whose choices are known. Pure.

A recogniser garbles short names and runs them together with their neighbours. Runs of up to three words that are not
all everyday ones are compared with every form of every name on sound keys; a name must be like enough and clearly the
likeliest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from rapidfuzz import process
from rapidfuzz.fuzz import ratio

from call_center.understanding.names import everyday
from call_center.understanding.phonetics import sound
from call_center.understanding.words import Token

LEAST: Final = 70.0  # per cent of likeness
CLEAR_BY: Final = 5.0
_SHORTEST_KEY: Final = 4  # sounds; the shorter ones are like too many
_LONGEST: Final = 8  # words
_RUN: Final = 3
_GLUED: Final = (re.compile(r"^[мн]ист?[аиу]?(?=...)"), re.compile(r"^[уфа](?=...)"))
"""Sounds of "місто" and of "у" or "в" at the front of what was run together with them."""


def keys(names: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Sound keys of every form of every name, each with its name."""
    return {
        sound("".join(form.lower().replace("-", " ").split())): name
        for name, forms in names.items()
        for form in forms
    }


def likeliest(
    words: Sequence[Token], forms: Mapping[str, str], *, least: float = LEAST, clear_by: float = CLEAR_BY
) -> tuple[str, int, int] | None:
    """The name among `forms` (from `keys`) and its first and last token; None when none is clearly meant."""
    places = [i for i, word in enumerate(words) if word.kind == "word"]
    if not places or len(places) > _LONGEST:
        return None
    choices = list(forms)
    best: dict[str, tuple[float, int, int]] = {}
    for first, last in _runs(words, places):
        joined = sound("".join(words[i].low for i in range(first, last + 1)))
        for key in {joined, *(glued.sub("", joined) for glued in _GLUED)}:
            if len(key) < _SHORTEST_KEY:
                continue
            for form, score, _ in process.extract(key, choices, scorer=ratio, score_cutoff=least, limit=6):
                name = forms[form]
                best[name] = max((score, first, last), best.get(name, (0.0, 0, 0)))
    ranked = sorted(best.items(), key=lambda item: -item[1][0])
    if not ranked or (len(ranked) > 1 and ranked[0][1][0] - ranked[1][1][0] < clear_by):
        return None
    name, (_, first, last) = ranked[0]
    return name, first, last


def _runs(words: Sequence[Token], places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last token of neighbouring words that are not all everyday ones."""
    for at in range(len(places)):
        for end in range(at, min(at + _RUN, len(places))):
            run = places[at : end + 1]
            folded = (words[i].fold.replace("'", "") for i in run)
            if run[-1] - run[0] == end - at and not all(word in everyday() for word in folded):
                yield run[0], run[-1]
