"""A brand among the offered ones, garbled by the recogniser: "візьму ханкудр" after an offer of Hankook. Pure.

The choices are few and known, so a word that is only like one of them names it; whoever says "візьму" and a name never
gets another tyre that stands there.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

from call_center.agent.view import DialogueView
from call_center.understanding import Catalogue, Filled, Utterance
from call_center.understanding.by_ear import keys, likeliest
from call_center.understanding.words import tokens

ASKED: Final = frozenset({"option", "order_it", "agree", "fix", "more"})
MOST_WORDS: Final = 5
_CLEAR_BY: Final = 12.0  # per cent; brands of one offer are few
_CONFIDENCE: Final = 0.8


def offered_named(heard: Utterance, view: DialogueView, catalogue: Catalogue) -> Utterance:
    """The utterance with the offered brand that its unknown words sound like; unchanged when anything names a tyre."""
    sure = [f for f in heard.filled if f.slot != "yes_no" and f.value is not None and not _by_likeness(f)]
    brands = tuple(dict.fromkeys(str(view.options[h]["brand"]) for h in view.offered if h in view.options))
    if (
        view.expected.slot not in ASKED
        or not 0 < heard.unexplained <= heard.words <= MOST_WORDS
        or heard.has("choose_option")
        or sure
        or len(brands) < 2
        or "?" in heard.text
    ):
        return heard
    words = tokens(heard.text)
    found = likeliest(
        words, _forms(tuple((b, catalogue.brands.get(b, ())) for b in brands)), clear_by=_CLEAR_BY
    )
    if found is None:
        return heard
    brand, first, last = found
    named = Filled("brand", brand, _CONFIDENCE, (words[first].start, words[last].end))
    return replace(heard, filled=(*(f for f in heard.filled if not _by_likeness(f)), named))


def _by_likeness(found: Filled) -> bool:
    """Whether a car was only heard by likeness: among offered tyres "ханку" is no Kangoo."""
    return found.slot in ("make", "model") and found.confidence < 1.0


@lru_cache(maxsize=64)
def _forms(brands: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, str]:
    return keys({brand: (brand, *aliases) for brand, aliases in brands})
