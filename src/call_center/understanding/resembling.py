"""What a garbled request sounds like: "порет зволять" is "передзвонять". For turns in which no rule found anything. Pure.

The words that carry a request are long and few; runs of up to three words are compared with them on sound keys, as
names are (`by_ear`). Only where a request is awaited: a street or a surname resembles anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from call_center.understanding.by_ear import keys, likeliest
from call_center.understanding.claims import Claim, Scene
from call_center.understanding.meaning import Filled, Intent

AWAITED: Final = frozenset({"open", "yes_no", "option", "season", "tyre_size"})
LEAST: Final = 76.0  # per cent of likeness
CLEAR_BY: Final = 5.0
_CONFIDENCE: Final = 0.6

_REQUESTS: Final = {
    "callback": ("передзвоніть", "передзвоніть мені", "передзвонять", "передзвонити", "нехай передзвонять", "перезвоните"),
    "operator": ("оператора", "оператором", "з оператором", "менеджера", "покличте людину"),
    "fitting": ("шиномонтаж", "на шиномонтаж", "шиномонтажу", "перевзутися", "перевзування", "записатися на шиномонтаж"),
    "order_status": ("де моє замовлення", "статус замовлення", "моє замовлення", "замовлення приїде"),
    "order": ("замовити шини", "хочу замовити", "оформити замовлення", "хочу купити"),
    "select_tyres": ("підберіть шини", "підібрати шини", "потрібні шини", "зимові шини", "літні шини", "зимову гуму", "зимову резину"),
    "cancel": ("скасуйте", "скасувати", "не треба скасуйте", "відмініть"),
    "repeat": ("повторіть", "не розчула", "не розчув", "не почула"),
    "cheaper": ("дешевше", "дешевші"),
    "refuse": ("не треба",),
}  # fmt: skip
_NUMBERED: Final = frozenset({"select_tyres", "order"})  # what a size or a count may stand beside
_SEASONS: Final = {
    "winter": ("зимові", "зимова", "зимову", "зимові шини", "зимову гуму", "зимова гума"),
    "summer": ("літні", "літня", "літню", "літні шини", "літню гуму", "літня гума"),
    "all_season": ("всесезонні", "всесезонні шини", "всесезонка", "всесезонку"),
}
_LEAST_SEASON: Final = {"season": 82.0, "open": 84.0, "tyre_size": 84.0}
_LONG: Final = 6  # sounds
_NTH: Final = [
    "перше",
    "друге",
    "третє",
    "четверте",
    "п'яте",
    "шосте",
    "сьоме",
    "восьме",
    "дев'яте",
    "десяте",
]
_LEAST_ORDINAL: Final = 74.0


def resembled(scene: Scene) -> Intent | None:
    """The request that the utterance sounds like; None when it is like none, or like several."""
    if scene.expected not in AWAITED:
        return None
    found = likeliest(scene.words, _forms(), least=LEAST, clear_by=CLEAR_BY)
    if found is None or (scene.atoms and found[0] not in _NUMBERED):
        return None
    return Intent(found[0], _CONFIDENCE, scene.span(found[1], found[2]))


def season_resembled(scene: Scene, filled: Sequence[Filled]) -> list[Filled]:
    """The season that words without another meaning sound like: "займові", "від нішини"."""
    if any(f.slot == "season" for f in filled):
        return []
    least = _LEAST_SEASON.get(scene.expected)
    forms = _season_forms(asked=scene.expected == "season")
    found = likeliest(scene.words, forms, least=least, clear_by=CLEAR_BY) if least else None
    if found is None:
        return []
    first, last = scene.span(found[1], found[2])
    taken = any(f.span[0] < last and first < f.span[1] for f in filled)
    return [] if taken else [Filled("season", found[0], _CONFIDENCE, (first, last))]


def branch_resembled(scene: Scene) -> list[Claim]:
    """The number of a branch that an answer without a number sounds like: "чотвірте"."""
    if scene.atoms:
        return []
    found = likeliest(scene.words, _ordinals(), least=_LEAST_ORDINAL, clear_by=CLEAR_BY)
    if found is None:
        return []
    number, first, last = found
    filled = Filled("branch", int(number), _CONFIDENCE, scene.span(first, last))
    return [Claim(first, last, (), (filled,))]


@lru_cache(maxsize=1)
def _ordinals() -> dict[str, str]:
    return keys({str(n): (word,) for n, word in enumerate(_NTH, 1)})


@lru_cache(maxsize=2)
def _season_forms(*, asked: bool) -> dict[str, str]:
    """Unasked, a short word alone is like too many."""
    return {form: name for form, name in keys(_SEASONS).items() if asked or len(form) >= _LONG}


@lru_cache(maxsize=1)
def _forms() -> dict[str, str]:
    return keys(_REQUESTS)
