"""Whether the caller named a fact of a booking: the name on it, its date, the plate or the car. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from rapidfuzz import fuzz

from call_center.agent.tools.names import rough
from call_center.agent.view import DialogueView

SAME_NAME: Final = 80.0  # likeness of two words by sound
_WORD = re.compile(r"[a-zа-яіїєґё'’ʼ]{2,}", re.IGNORECASE)


def proves(view: DialogueView, booking: dict[str, Any], facts: Sequence[str]) -> bool:
    """Whether one of the named facts is that of the booking."""
    return any(_CHECKS[fact](view, booking) for fact in facts)


def known_facts(view: DialogueView) -> list[str]:
    """Which facts of a booking the caller has named in this call."""
    found = [] if _name(view) is None else ["name"]
    found += ["date"] if view.value("booking_date") else []
    found += ["plate"] if view.value("plate") else []
    return [*found, "vehicle"] if view.value("model") else found


def _name(view: DialogueView) -> Any:
    return view.value("booking_name") or view.value("name")


def same_name(said: str, held: str) -> bool:
    """Whether every word said is one of the name, and not only its first word."""
    words = [rough(w) for w in _WORD.findall(said)]
    name = [rough(w) for w in _WORD.findall(held)]
    places = []
    for word in words:
        scores = [fuzz.ratio(word, other) for other in name]
        if not scores or max(scores) < SAME_NAME:
            return False
        places.append(scores.index(max(scores)))
    return bool(set(places) - {0}) or (bool(places) and len(name) == 1)


def _plates(view: DialogueView, booking: dict[str, Any]) -> bool:
    digits = re.sub(r"\D", "", str(booking.get("plate") or ""))
    return bool(digits) and digits == str(view.value("plate"))


def _vehicle(view: DialogueView, booking: dict[str, Any]) -> bool:
    held = str(booking.get("vehicle_info") or "").casefold()
    model = str(view.value("model") or "").casefold()
    return bool(model) and held == f"{view.value('make')} {model}".casefold()


_CHECKS: Final = {
    "name": lambda view, b: (
        bool(_name(view)) and same_name(str(_name(view)), str(b.get("customer_name") or ""))
    ),
    "date": lambda view, b: view.value("booking_date") == b["date"],
    "plate": _plates,
    "vehicle": _vehicle,
}
