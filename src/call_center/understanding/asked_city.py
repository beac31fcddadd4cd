"""The city of an answer to "which city?", by its sound alone, when no name was heard in it. Pure.

Short names come out garbled ("Окрів", "Містолучк"): what is left of the answer without "місто" and prepositions is
compared with every city. Only where a city was asked, and always read back before anything binds.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.fuzz import ratio

from call_center.understanding.claims import Scene
from call_center.understanding.meaning import Filled
from call_center.understanding.phonetics import sound

_LEAST: Final = 64.0  # per cent of likeness
_CLEAR_BY: Final = 7.0
_SHORTEST_FORM: Final = 5  # letters; anything is like a short nickname
_LONGEST: Final = 4  # words
_LEAD: Final = re.compile(r"^(?:доставт?е?|доставити|до|м[иі]сто|м[иі]ста|м[иі]ст[иі]|в|у|ні|це)[\s,.-]*")


def asked_city(scene: Scene) -> list[tuple[Filled, int, int]]:
    """The city with its first and last token; empty when none is clearly the likeliest."""
    words = [i for i, word in enumerate(scene.words) if word.kind == "word"]
    if not words or len(words) > _LONGEST:
        return []
    text = " ".join(scene.words[i].low for i in words)
    bare = _bare(text)
    keys = {"".join(sound(w) for w in said.split()) for said in (text, bare, _unglued(bare)) if said}
    scores: dict[str, float] = {}
    forms = _forms(tuple(scene.catalogue.cities.items()))
    for key in keys:
        for form, score, _ in process.extract(key, list(forms), scorer=ratio, score_cutoff=_LEAST, limit=6):
            scores[forms[form]] = max(score, scores.get(forms[form], 0.0))
    ranked = sorted(scores.items(), key=lambda s: -s[1])
    if not ranked or (len(ranked) > 1 and ranked[0][1] - ranked[1][1] < _CLEAR_BY):
        return []
    first, last = words[0], words[-1]
    return [(Filled("city", ranked[0][0], 0.6, scene.span(first, last)), first, last)]


def _bare(text: str) -> str:
    before = None
    while before != text:
        before, text = text, _LEAD.sub("", text)
    return text


def _unglued(text: str) -> str:
    """Without a preposition that was run together with the name."""
    return text[1:] if text[:1] in "вуо" and len(text) > 4 else text


@lru_cache(maxsize=2)
def _forms(cities: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, str]:
    return {
        "".join(sound(w) for w in form.lower().replace("-", " ").split()): city
        for city, forms in cities
        for form in (city, *forms)
        if form.lower() == city.lower() or len(form) >= _SHORTEST_FORM
    }
