"""Which tyres a caller hears: at most three, budget, middle and premium, cheapest of each, enough in stock. Pure.

Prefers what most callers mean when they do not say: passenger, without studs, not RunFlat, the newest year of one
model. A brand that was asked for is spread by price instead of by segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from call_center.agent.tools.shop import Tyre

MAX_OPTIONS: Final = 3
MAX_OF_ONE_BRAND: Final = 2  # with model names a third option would not fit into 35 words
_SEGMENTS: Final = ("budget", "mid", "premium")


def pick(tyres: Sequence[Tyre], quantity: int, *, order: str = "spread") -> list[Tyre]:
    """The tyres to offer, cheapest first. `order`: spread, cheapest or dearest."""
    enough = [t for t in tyres if t.stock >= quantity] or [t for t in tyres if t.stock > 0]
    distinct = _newest_of_each(_usual(enough))
    if not distinct:
        return []
    if order in ("cheapest", "dearest"):
        chosen = distinct[:MAX_OF_ONE_BRAND] if order == "cheapest" else distinct[-MAX_OF_ONE_BRAND:]
    elif len({t.brand for t in distinct}) == 1:
        chosen = _spread(distinct, MAX_OF_ONE_BRAND)
    else:
        chosen = _by_segment(distinct)
    return sorted(chosen, key=lambda t: (t.price, t.id))


def _usual(tyres: Sequence[Tyre]) -> list[Tyre]:
    """Leave out what has to be asked for by name, unless nothing else is there."""
    for odd in ("commercial", "run_flat", "studded"):
        plain = [t for t in tyres if not getattr(t, odd)]
        tyres = plain or tyres
    return list(tyres)


def _newest_of_each(tyres: Sequence[Tyre]) -> list[Tyre]:
    best: dict[tuple[str, str], Tyre] = {}
    for tyre in tyres:
        held = best.get((tyre.brand, tyre.model))
        if held is None or ((tyre.year or 0), -tyre.price) > ((held.year or 0), -held.price):
            best[tyre.brand, tyre.model] = tyre
    return sorted(best.values(), key=lambda t: (t.price, t.id))


def _by_segment(tyres: Sequence[Tyre]) -> list[Tyre]:
    chosen: list[Tyre] = []
    for segment in _SEGMENTS:
        fresh = [t for t in tyres if t.segment == segment and t.brand not in {c.brand for c in chosen}]
        chosen += fresh[:1]
    for tyre in tyres:
        if len(chosen) >= MAX_OPTIONS:
            break
        if tyre not in chosen and tyre.brand not in {c.brand for c in chosen}:
            chosen.append(tyre)
    return chosen


def _spread(tyres: Sequence[Tyre], most: int) -> list[Tyre]:
    if len(tyres) <= most:
        return list(tyres)
    return [tyres[0], *tyres[-1:]][:most]
