"""Calls that broke off: whoever rings again from the same number within ten minutes is asked whether to go on.

Only the caller's own words are kept, never a price: the tyre that had been chosen is searched for again by its name.
Kept in the memory of the process, at most `MOST` numbers; hidden numbers are not kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from call_center.agent.view import DialogueView

SECONDS: Final = 600.0
MOST: Final = 5_000
_FLOWS: Final = frozenset({"order", "select_tyres", "availability"})
_SLOTS: Final = frozenset({
    "tyre_size", "season", "make", "model", "year", "diameter", "brand", "tyre_model", "studded", "run_flat",
    "commercial", "budget", "quantity", "delivery", "city", "branch", "address", "street", "name", "phone",
    "other_phone", "payment",
})  # fmt: skip
BROKEN_OFF: Final = frozenset({"caller_hangup", "line_lost", "silence", "error"})


@dataclass(frozen=True, slots=True)
class _Kept:
    at: float
    earlier: dict[str, Any]


class Unfinished:
    """One table for a process; calls run on one loop, so nothing is locked. Times are Unix seconds."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def keep(self, view: DialogueView, reason: str, now: float) -> None:
        """Remember a call that ended for `reason`, when there is something to go on with; else forget its number."""
        if view.caller is None:
            return
        self._kept.pop(view.caller, None)
        earlier = snapshot(view)
        if earlier is None or reason not in BROKEN_OFF:
            return
        if len(self._kept) >= MOST:
            self._kept.pop(next(iter(self._kept)))
        self._kept[view.caller] = _Kept(now, earlier)

    def take(self, caller: str | None, now: float) -> dict[str, Any] | None:
        """What `caller` broke off less than ten minutes ago, once."""
        kept = self._kept.pop(caller, None) if caller is not None else None
        return kept.earlier if kept is not None and 0 <= now - kept.at < SECONDS else None


def snapshot(view: DialogueView) -> dict[str, Any] | None:
    """The flow and the caller's slots of a call that was about tyres and did not come to its end; else None."""
    if view.flow not in _FLOWS or view.transferred or view.expected.slot == "more":
        return None
    slots = {name: view.value(name) for name in sorted(_SLOTS) if view.value(name) is not None}
    chosen = view.options.get(view.chosen or "")
    if chosen is not None:
        slots |= {"brand": chosen["brand"], "tyre_model": chosen["model"]}
    if not slots.keys() & {"tyre_size", "make", "brand"}:
        return None
    return {"flow": "order" if chosen is not None else view.flow, "slots": slots}
