"""What a model says about the caller is believed only with evidence, and its tool arguments only when they are known. Pure.

`verified` turns a `set_slots` call into notes: the evidence must stand in the caller's words of this call or in a tool
result of this call, and understanding must read just that value out of it; the value kept is understanding's, not the
model's. `unknown_arguments` names arguments of a shop tool that neither the caller nor the shop has said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from call_center.agent.brain import Note
from call_center.agent.claude.prompt import Change
from call_center.agent.flows import FLOWS
from call_center.agent.flows.fitting import class_known, diameter_of
from call_center.agent.view import DialogueView
from call_center.understanding import Catalogue, understand
from call_center.understanding.fitting import class_in, service_in

_DIALOGUE: Final = frozenset({"flow", "option", "point", "station", "slot"})
_FREE: Final = frozenset({"address", "place"})
_OF_CALLER: Final = {
    "season": "season", "make": "make", "model": "model", "year": "year", "city": "city", "address": "address",
    "branch": "branch", "order_number": "order_number", "payment": "payment", "method": "delivery", "point": "point",
}  # fmt: skip
_MONEY: Final = frozenset({"max_price", "min_price"})
_WIDER: Final = 1.15  # as the flow reads "about"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Notes to apply and what was refused, in words for the model."""

    notes: tuple[Note, ...]
    refused: tuple[str, ...]


def verified(view: DialogueView, changes: Iterable[Change], catalogue: Catalogue, today: date) -> Verdict:
    """Check every change by itself."""
    notes: list[Note] = []
    refused: list[str] = []
    for change in changes:
        if not _stands(view, change.evidence):
            refused.append(
                f"{change.slot}: the evidence stands neither in the caller's words nor in a result"
            )
            continue
        made = _note(view, change, catalogue, today)
        if isinstance(made, str):
            refused.append(f"{change.slot}: {made}")
        else:
            notes += made
    return Verdict(tuple(notes), tuple(refused))


def _stands(view: DialogueView, evidence: str) -> bool:
    wanted = _plain(evidence)
    if not wanted:
        return False
    if any(wanted in _plain(text) for text in view.said):
        return True
    results = (r.result for r in view.records.values() if r.ok)
    return any(wanted in _plain(json.dumps(r, ensure_ascii=False, default=str)) for r in results)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w/'’ʼ]+", " ", text.casefold()).split())


def _note(view: DialogueView, change: Change, catalogue: Catalogue, today: date) -> list[Note] | str:
    slot, value = change.slot, change.value
    if slot in _DIALOGUE:
        return _dialogue(view, slot, value)
    if not value:
        return [Note("cleared", {"slots": [slot]})]
    heard = _read(change, catalogue, today)
    if heard is None and slot in _FREE:
        heard = change.evidence.strip()
    if heard is None:
        return "these words do not say it"
    if _same(heard) != _same(value) and slot not in _FREE:
        return f"these words say {heard}"
    return [Note("filled", {"slot": slot, "value": heard, "origin": "caller"})]


def _read(change: Change, catalogue: Catalogue, today: date) -> Any:
    if change.slot == "service":
        return service_in(change.evidence, asked=True)
    if change.slot == "vehicle_class":
        return class_in(change.evidence)
    wanted = "date" if change.slot == "booking_date" else change.slot
    return understand(change.evidence, wanted, catalogue=catalogue, today=today).value(wanted)


def _same(value: Any) -> str:
    return re.sub(r"\s+", "", str(value)).casefold()


def _dialogue(view: DialogueView, slot: str, value: str) -> list[Note] | str:
    if slot == "flow":
        if value and value not in FLOWS:
            return f"no flow {value!r}"
        return [Note("flow", {"name": value or None})]
    if slot == "option":
        if value and value not in view.options:
            return f"no option {value!r}"
        return [Note("chosen", {"handle": value or None})]
    if slot == "slot":
        free = view.times.get(value)
        if free is None or free.get("gone"):
            return f"no free time {value!r}"
        return [Note("filled", {"slot": name, "value": free[name]}) for name in ("date", "time")]
    if value not in (view.points if slot == "point" else view.stations):
        return f"no {slot} {value!r}"
    return [Note("filled", {"slot": slot, "value": value})]


def unknown_arguments(view: DialogueView, tool: str, args: dict[str, Any]) -> list[str]:
    """Arguments that nobody said; empty when the call may go on to policy."""
    found = [
        f"{name}={args[name]!r}: not what the state has for {slot}"
        for name, slot in _OF_CALLER.items()
        if args.get(name) is not None and not _known(view, tool, name, slot, args[name])
    ]
    found += [
        f"{name}={args[name]!r}"
        for name in _MONEY
        if args.get(name) is not None and not _bound(view, args[name])
    ]
    if args.get("size") is not None and _same(args["size"]) not in _sizes(view):
        found.append(f"size={args['size']!r}: neither said nor found for the car")
    brands = {_same(view.value("brand"))} | {_same(o["brand"]) for o in view.options.values()}
    if args.get("brand") is not None and _same(args["brand"]) not in brands:
        found.append(f"brand={args['brand']!r}: not said")
    if args.get("option") is not None and args["option"] not in view.options:
        found.append(f"option={args['option']!r}: never offered")
    found += _of_fitting(view, args)
    if tool == "create_order_draft":
        wanted = {*view.cart, (view.chosen, view.value("quantity"))}
        found += [
            f"item {i}" for i in args.get("items", ()) if (i.get("option"), i.get("quantity")) not in wanted
        ]
    elif args.get("quantity") is not None and args["quantity"] != view.value("quantity"):
        found.append(f"quantity={args['quantity']!r}: not what the state has")
    return found


def _of_fitting(view: DialogueView, args: dict[str, Any]) -> list[str]:
    """What was said of the car, the day and the place, or follows from it."""
    booked = {str(b["date"]) for b in view.bookings.values()}
    days = {str(view.value("date")), *booked, *map(str, view.value("days") or ())}
    known: dict[str, set[Any]] = {
        "date": days, "diameter": {diameter_of(view)}, "vehicle_class": {class_known(view)},
    }  # fmt: skip
    return [
        f"{name}={args[name]!r}: not said"
        for name, values in known.items()
        if args.get(name) is not None and args[name] not in values
    ]


def _known(view: DialogueView, tool: str, name: str, slot: str, value: Any) -> bool:
    if name == "model" and tool == "search_tires":
        slot = "tyre_model"
    return _same(view.value(slot)) == _same(value)


def _sizes(view: DialogueView) -> set[str]:
    found = {_same(view.value("tyre_size"))}
    for record in view.records.values():
        if record.ok and isinstance(record.result, dict):
            found |= {_same(size) for size in record.result.get("sizes", ())}
    return found


def _bound(view: DialogueView, amount: Any) -> bool:
    budget = view.value("budget")
    named = [v for v in (budget or {}).values() if v] if isinstance(budget, dict) else []
    named += [round(v * _WIDER) for v in named]
    prices = [round(o["price"]) for o in view.options.values()]
    return amount in {*named, *(p - 1 for p in prices), *(p + 1 for p in prices), *prices}
