"""Where: a city and a place in the caller's words become one station, or the question which of few. Pure."""

from __future__ import annotations

from typing import Any

from call_center.agent.brain import CallTool, Note, Output, Turn
from call_center.agent.flows.base import Ask, Do, Fields, Tell
from call_center.agent.flows.speech import ask
from call_center.agent.phrases import join_or
from call_center.agent.phrases.places import in_city
from call_center.agent.view import DialogueView
from call_center.core.ports import Question

STATIONS = "get_fitting_stations"
BY_EAR = 3


def station_of(view: DialogueView) -> str | None:
    """The handle of the station, None while it is not settled."""
    handle = view.value("station")
    return str(handle) if handle in view.stations else None


def _args(turn: Turn) -> dict[str, Any]:
    view = turn.view
    place = view.value("place")
    if place is None and view.value("same_place"):
        point = view.points.get(str(view.value("point")), {})
        place = str(point.get("address") or "")[:120] or None
    found = {"city": view.value("city"), "place": place}
    return {name: value for name, value in found.items() if value}


def _newer_place(view: DialogueView) -> bool:
    place, station = view.slots.get("place"), view.slots.get("station")
    return place is not None and (station is None or place.turn > station.turn)


def _open(turn: Turn) -> bool:
    return station_of(turn.view) is None or _newer_place(turn.view)


def _found(turn: Turn) -> dict[str, Any] | None:
    """The answer for what is known now."""
    record = turn.view.latest(STATIONS)
    if record is None or not record.ok or record.args != _args(turn):
        return None
    return dict(record.result)


def _needs(turn: Turn) -> bool:
    return _open(turn) and bool(_args(turn)) and _found(turn) is None


def _one(turn: Turn) -> bool:
    found = _found(turn)
    return _open(turn) and found is not None and len(found["stations"]) == 1


def _take(turn: Turn) -> list[Output]:
    station = (_found(turn) or {"stations": [{}]})["stations"][0]
    return [
        Note("filled", {"slot": "city", "value": station["city"]}),
        Note("cleared", {"slots": ["place", "same_place"]}),
        Note("filled", {"slot": "station", "value": station["handle"]}),
    ]


def _no_match(turn: Turn) -> bool:
    """Words that name no station: a correction that was none, or an answer that was not understood."""
    found = _found(turn)
    return _newer_place(turn.view) and found is not None and not found["matched"]


def _forget(turn: Turn) -> list[Output]:
    view = turn.view
    cleared = Note("cleared", {"slots": ["place", "same_place"]})
    if view.expected.slot != "station" or station_of(view) is not None:
        return [cleared]
    failed = Note("failed", {"slot": "station", "repair": True})
    if view.failures["station"] >= 2:
        return [cleared, failed, CallTool("transfer_to_operator", {"reason": "cannot_help"})]
    stations = listed(turn, view.failures["station"])
    return [failed, cleared, ask(turn, "station_unknown", "station", Question.CHOICE, _streets(stations))]


def listed(turn: Turn, page: int | None = None) -> list[dict[str, Any]]:
    """At most three stations to name: the next ones after each failure."""
    record = turn.view.latest(STATIONS)
    stations = list(record.result["stations"]) if record is not None and record.ok else []
    start = BY_EAR * (turn.view.failures["station"] if page is None else page)
    return stations[start : start + BY_EAR] or stations[:BY_EAR]


def _streets(stations: list[dict[str, Any]]) -> Fields:
    return {"streets": join_or([f"[[{s['handle']}.street]]" for s in stations])}


def _cities(turn: Turn) -> list[str]:
    found = _found(turn)
    return list(found["cities"]) if found is not None and not turn.view.value("city") else []


def _nowhere(turn: Turn) -> bool:
    found = _found(turn)
    return (
        station_of(turn.view) is None and found is not None and bool(found["city"]) and not found["stations"]
    )


def _elsewhere(turn: Turn) -> list[Output]:
    place = in_city(str(turn.view.value("city")))
    cleared = Note("cleared", {"slots": ["city"]})
    return [cleared, ask(turn, "no_fit_city", "city", Question.OPEN, {"city": place[:1].upper() + place[1:]})]


def _few(turn: Turn) -> bool:
    found = _found(turn)
    return found is not None and (bool(found["matched"]) or len(found["stations"]) <= BY_EAR)


def _city_field(turn: Turn) -> Fields:
    place = in_city(str(turn.view.value("city")))
    return {"city": place[:1].upper() + place[1:]}


def _unsettled(turn: Turn) -> bool:
    return station_of(turn.view) is None


STATION = (
    Do(STATIONS, _needs, _args),
    Tell(_no_match, _forget),
    Tell(_one, _take),
    Tell(_nowhere, _elsewhere),
    Ask(
        "city", "ask_which_city", "ask_which_city", "ask_which_city",
        lambda t: _unsettled(t) and 1 < len(_cities(t)) <= BY_EAR, Question.CHOICE,
        lambda t: {"cities": join_or(_cities(t))},
    ),
    Ask(
        "city", "ask_fit_city", "rephrase_city", "choices_city",
        lambda t: _unsettled(t) and not t.view.value("city"),
    ),
    Ask(
        "station", "ask_station", "ask_station", "ask_station",
        lambda t: _open(t) and _few(t), Question.CHOICE, lambda t: _streets(listed(t)),
    ),
    Ask(
        "station", "ask_district", "ask_station", "ask_station", _unsettled, Question.OPEN,
        lambda t: {**_city_field(t), **_streets(listed(t))},
    ),
)  # fmt: skip
"""The steps that settle the station."""
