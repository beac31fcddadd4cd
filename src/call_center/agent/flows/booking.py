"""Which booking is to be changed: looked up on the caller's number and proven by one more fact. Pure.

Nothing of a booking is said before it is proven, not even its day; without a number an operator looks.
"""

from __future__ import annotations

from typing import Any

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.fitting_facts import on_day
from call_center.agent.flows.base import Ask, Do, Tell
from call_center.agent.flows.speech import ask, operator_offer
from call_center.agent.phrases import join_list
from call_center.agent.tools.proofs import known_facts
from call_center.agent.view import DialogueView, ToolRecord
from call_center.core.ports import Question

BOOKINGS = "get_customer_bookings"
PROVING = frozenset({"booking_name", "booking_date", "plate", "name", "model"})


def booking_of(view: DialogueView) -> str | None:
    """The handle of the booking being changed, None while it is not settled."""
    handle = str(view.value("booking"))
    return handle if view.bookings.get(handle, {}).get("status") == "confirmed" else None


def _candidates(view: DialogueView) -> list[str]:
    held = {h: b for h, b in view.bookings.items() if b["status"] == "confirmed"}
    day = view.value("booking_date")
    return [h for h, b in held.items() if day in (None, b["date"])]


def _unsettled(turn: Turn) -> bool:
    return booking_of(turn.view) is None


def _one(turn: Turn) -> bool:
    return _unsettled(turn) and len(_candidates(turn.view)) == 1


def _take(turn: Turn) -> list[Output]:
    handle = _candidates(turn.view)[0]
    taken: list[Output] = [Note("filled", {"slot": "booking", "value": handle})]
    booking = turn.view.bookings[handle]
    if turn.view.flow == "fitting_move":
        station = turn.view.stations[booking["station"]]
        taken.append(Note("filled", {"slot": "city", "value": station["city"]}))
        taken.append(Note("filled", {"slot": "station", "value": booking["station"]}))
    return taken


def _hidden(turn: Turn) -> bool:
    return _unsettled(turn) and not turn.view.caller


def _untold(turn: Turn) -> ToolRecord | None:
    found = turn.view.latest(BOOKINGS)
    return found if found is not None and found.ok and found.intent not in turn.view.told else None


def _tell(turn: Turn) -> list[Output]:
    found = _untold(turn)
    if found is None:
        return []
    told: Output = Note("told", {"intent": found.intent})
    if not found.result["count"]:
        return [told, operator_offer(turn, "no_bookings")]
    if len(_candidates(turn.view)) > 1:
        days = [on_day(turn.view.bookings[h]["date"]).split(",")[0] for h in _candidates(turn.view)[:3]]
        return [told, ask(turn, "which_booking", "booking_date", Question.OPEN, {"days": join_list(days)})]
    if not found.args.get("facts"):
        return [told, ask(turn, "ask_booking_name", "booking_name", Question.OPEN)]
    dropped = Note("cleared", {"slots": ["booking_name", "booking_date", "plate"]})
    return [told, dropped, ask(turn, "booking_mismatch", "booking_name", Question.OPEN)]


def _needs(turn: Turn) -> bool:
    found = turn.view.latest(BOOKINGS)
    if not _unsettled(turn) or (found is not None and found.turn == turn.view.turn and found.ok):
        return False
    return found is None or not found.ok or bool(turn.new & PROVING)


def _args(turn: Turn) -> dict[str, Any]:
    return {"facts": known_facts(turn.view)}


IDENTIFY = (
    Tell(_one, _take),
    Tell(_hidden, lambda t: [operator_offer(t, "booking_hidden")]),
    Tell(lambda t: _unsettled(t) and _untold(t) is not None, _tell),
    Do(BOOKINGS, _needs, _args, again=True),
    Ask("booking_name", "ask_booking_name", "ask_booking_name", "ask_booking_name", _unsettled),
)
"""The steps that settle the booking."""
