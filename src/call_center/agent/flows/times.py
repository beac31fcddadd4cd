"""When: a day between tomorrow and 21 days ahead, and a start time that the shop shows as free. Pure.

A day or time that cannot be had is said, with the nearest that can; nothing is shifted silently.
"""

from __future__ import annotations

from typing import Any

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.fitting_facts import on_day
from call_center.agent.flows.base import Ask, Do, Fields, Tell
from call_center.agent.flows.booking import booking_of
from call_center.agent.flows.speech import ask, operator_offer
from call_center.agent.flows.stations import station_of
from call_center.agent.phrases import join_list, join_or
from call_center.agent.policy import window
from call_center.agent.view import DialogueView, ToolRecord
from call_center.core.ports import Question

SLOTS = "get_fitting_slots"
BY_EAR = 3


def service_wanted(view: DialogueView) -> str:
    """The service of the booking that is moved, else what was asked for."""
    booking = view.bookings.get(str(booking_of(view)), {}) if view.flow == "fitting_move" else {}
    return str(booking.get("service") or view.value("service") or "full_service")


def day_of(view: DialogueView) -> str | None:
    """The wished day; a move that names only a time stays on the booking's day."""
    if view.value("date"):
        return str(view.value("date"))
    booking = view.bookings.get(str(booking_of(view)), {}) if view.flow == "fitting_move" else {}
    wished = view.slots.get("time") or view.slots.get("time_window")
    return str(booking["date"]) if booking and wished is not None and not view.value("days") else None


def _args(turn: Turn) -> dict[str, Any]:
    found: dict[str, Any] = {"station": station_of(turn.view), "service": service_wanted(turn.view)}
    return {**found, "date": day_of(turn.view)} if day_of(turn.view) else found


def _record(turn: Turn) -> ToolRecord | None:
    """The newest free times of this station, service and day, unless one of them was taken since."""
    view = turn.view
    found = view.latest(SLOTS)
    gone = max((r.answered for r in view.records.values() if r.error == "slot_taken"), default=0)
    if found is None or not found.ok or found.args != _args(turn) or found.answered < gone:
        return None
    return found


def _free(turn: Turn) -> list[dict[str, Any]]:
    record = _record(turn)
    return [t for t in record.result["times"] if record.result["day"]] if record is not None else []


def slot_of(view: DialogueView) -> str | None:
    """The handle of the free time that is wished, None while there is none."""
    handle = str(view.value("slot"))
    slot = view.times.get(handle)
    if slot is None or slot.get("gone"):
        return None
    time, span = _wish(view)
    day = day_of(view) or slot["date"]
    fits = slot["time"] == time if time else span is None or _within(slot["time"], span)
    same = (
        slot["station"] == station_of(view)
        and slot["date"] == day
        and slot["service"] == service_wanted(view)
    )
    return handle if same and fits else None


def _wish(view: DialogueView) -> tuple[str | None, list[int] | None]:
    """The exact time or the range of hours, whichever was said later."""
    time, span = view.slots.get("time"), view.slots.get("time_window")
    if time is None and span is None and view.value("same_time") and view.flow == "fitting_move":
        return str(view.bookings.get(str(booking_of(view)), {}).get("time")), None
    if time is not None and (span is None or time.turn >= span.turn):
        return str(time.value), None
    return None, list(span.value) if span is not None else None


def minutes(time: str) -> int:
    """`15:30` as minutes after midnight."""
    return int(time[:2]) * 60 + int(time[3:])


def _within(time: str, span: list[int]) -> bool:
    return span[0] <= minutes(time) < span[1]


def offered(turn: Turn) -> list[dict[str, Any]]:
    """At most three free times to name: nearest to the wished one, within the wished hours, else spread."""
    free = _free(turn)
    time, span = _wish(turn.view)
    if time:
        nearest = sorted(free, key=lambda t: abs(minutes(t["time"]) - minutes(time)))[:2]
        return sorted(nearest, key=lambda t: str(t["time"]))
    inside = [t for t in free if span and _within(t["time"], span)]
    pool = inside or free
    if len(pool) <= BY_EAR:
        return pool
    return [pool[0], pool[len(pool) // 2], pool[-1]]


def _times(turn: Turn) -> Fields:
    shown = offered(turn)
    handle = shown[0]["handle"] if shown else "s0"
    return {"times": join_list([f"[[{t['handle']}.clock]]" for t in shown]), "s": handle}


def _day_out(turn: Turn) -> bool:
    day, (first, last) = day_of(turn.view), window(turn.now.timestamp())
    return day is not None and not first.isoformat() <= day <= last.isoformat()


def _ask_other_day(turn: Turn) -> list[Output]:
    cleared = Note("cleared", {"slots": ["date", "soonest"]})
    return [cleared, ask(turn, "bad_day", "date", Question.OPEN)]


def _needs_day(turn: Turn) -> bool:
    return day_of(turn.view) is None and not turn.view.value("soonest")


def _nothing(turn: Turn) -> bool:
    record = _record(turn)
    return record is not None and not record.result["day"]


def _tell_nothing(turn: Turn) -> list[Output]:
    record = _record(turn)
    if record is None or not record.result["times"] or day_of(turn.view) is None:
        return [operator_offer(turn, "no_days")]
    key = "day_full" if record.result["reason"] == "full" else "day_closed"
    spoken = ask(turn, key, "date", Question.OPEN, {"s": record.result["times"][0]["handle"]})
    return [spoken, Note("cleared", {"slots": ["soonest"]})]


def _can_pick(turn: Turn) -> bool:
    return slot_of(turn.view) is None and _pick(turn) is not None


def _pick(turn: Turn) -> str | None:
    time, span = _wish(turn.view)
    fits = [t for t in _free(turn) if t["time"] == time]
    inside = [t for t in _free(turn) if span and _within(t["time"], span)]
    one = fits or (inside if len(inside) == 1 and "time_window" not in turn.new else [])
    return str(one[0]["handle"]) if one else None


def _take(turn: Turn) -> list[Output]:
    return [Note("filled", {"slot": "slot", "value": _pick(turn)})]


def _unpicked(turn: Turn) -> bool:
    return slot_of(turn.view) is None and bool(_free(turn))


def _taken(turn: Turn) -> bool:
    return _unpicked(turn) and _wish(turn.view)[0] is not None


def _hours_full(turn: Turn) -> bool:
    span = _wish(turn.view)[1]
    return _unpicked(turn) and span is not None and not any(_within(t["time"], span) for t in _free(turn))


def _days(turn: Turn) -> Fields:
    days = list(turn.view.value("days") or ())[:BY_EAR]
    return {"days": join_or([on_day(day).split(",")[0] for day in days])}


TIME = (
    Tell(_day_out, _ask_other_day),
    Ask(
        "date", "ask_one_day", "ask_fit_date", "choices_fit_date",
        lambda t: _needs_day(t) and len(t.view.value("days") or ()) in (2, 3), Question.OPEN, _days,
    ),
    Ask("date", "ask_fit_date", "ask_fit_date", "choices_fit_date", _needs_day),
    Do(SLOTS, lambda t: _record(t) is None, _args, again=True),
    Tell(_nothing, _tell_nothing),
    Tell(_can_pick, _take),
    Ask("time", "time_taken", "rephrase_time", "choices_time", _taken, Question.OPEN, _times),
    Ask("time", "time_none", "rephrase_time", "choices_time", _hours_full, Question.OPEN, _times),
    Ask("time", "ask_time", "rephrase_time", "choices_time", _unpicked, Question.OPEN, _times),
)  # fmt: skip
"""The steps that settle day and time."""
