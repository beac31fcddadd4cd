"""A rim that fits none of the car's sizes, heard as the one of theirs that it clearly sounds like. Pure.

"сімнадцять" comes out of a telephone as 18; of R16 and R17 it can only be one. The size is named with the offer, so the
caller hears what was taken and objects when it is not so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from rapidfuzz.fuzz import ratio

from call_center.agent.view import DialogueView
from call_center.understanding import Filled
from call_center.understanding.phonetics import sound
from call_center.understanding.spoken_numbers import spoken

_LEAST: Final = 82.0  # per cent of likeness
_CLEAR_BY: Final = 8.0
_SURE: Final = 0.74  # confidence of the recogniser from which a number is what it says


def rim_of_car(view: DialogueView, rim: Filled) -> Filled:
    """The rim as it is to be taken; unchanged when it fits, or when it sounds like none or like several."""
    found = view.latest("get_vehicle_tire_sizes")
    again = view.value("diameter") is not None  # who says it twice means it
    if (
        view.expected.slot != "tyre_size"
        or again
        or view.confidence >= _SURE
        or found is None
        or not found.ok
    ):
        return rim
    rims = sorted({int(str(size).rstrip("C").rpartition("R")[2]) for size in found.result["sizes"]})
    if not rims or rim.value in rims:
        return rim
    heard = sound(spoken(int(rim.value)))
    ranked = sorted(((ratio(heard, sound(spoken(other))), other) for other in rims), reverse=True)
    best = ranked[0][0]
    clear = len(ranked) == 1 or best - ranked[1][0] >= _CLEAR_BY
    return replace(rim, value=ranked[0][1]) if clear and best >= _LEAST else rim
