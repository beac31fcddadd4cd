"""Turns that only fitting has: a price asked in between, an offered time or address picked, a changed mind, results.

Each stage yields nothing when the turn is about something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.commits import AGREE
from call_center.agent.fitting_hearing import FITTING_FLOWS
from call_center.agent.flows import FLOWS
from call_center.agent.flows.booking import PROVING
from call_center.agent.flows.fitting import class_known, diameter_of, price_fields, price_known
from call_center.agent.flows.speech import ask, more, operator_offer, say
from call_center.agent.flows.stations import listed
from call_center.agent.flows.times import SLOTS, offered
from call_center.agent.offline.executor import needed_ask, run
from call_center.agent.offline.options import GO_ON, follow_up
from call_center.agent.phrases import join_or, line
from call_center.agent.view import ToolRecord
from call_center.core.ports import Question

FITTING_TOOLS: Final = frozenset({"book_fitting", "cancel_fitting"})
_COMMITTED: Final = {"book_fitting": "booked", "cancel_fitting": "booking_cancelled"}
_BUYS: Final = re.compile(
    r"(?:купи|куплю|замов|заказ|придба|візьм|взят|потрібн|нужн|підбер|подбер)\w*\s+(?:\w+\s+){0,4}?(?:шин(?!омон)|гум|резин|зим|колес|комплект)",
    re.IGNORECASE,
)
_TOPICS: Final = (
    (re.compile(r"\bчас|годин|врем", re.IGNORECASE), ("time", "time_window", "slot")),
    (re.compile(r"\bдень\b|\bдня\b|\bдат|числ", re.IGNORECASE), ("date", "slot", "soonest")),
    (re.compile(r"адрес|станці|місце|район", re.IGNORECASE), ("station", "place", "slot")),
    (re.compile(r"міст[оа]|город", re.IGNORECASE), ("city", "station", "place", "slot")),
    (re.compile(r"послуг|услуг", re.IGNORECASE), ("service",)),
    (re.compile(r"ім['’ʼ]?я|имя|прізвищ|фамил", re.IGNORECASE), ("name",)),
    (re.compile(r"телефон|номер", re.IGNORECASE), ("phone",)),
    (re.compile(r"діаметр|радіус|диаметр|радиус", re.IGNORECASE), ("diameter",)),
    (re.compile(r"авто|машин", re.IGNORECASE), ("make", "model", "vehicle_class")),
)
_LATER: Final = re.compile(r"пізніш|позже|попозже|пізно", re.IGNORECASE)
_EARLIER: Final = re.compile(r"раніш|раньше|пораньше", re.IGNORECASE)
_FIRST: Final = re.compile(
    r"(?:спершу|спочатку|сначала|сперва|вернемо\w*|верн[её]м\w*|поверн\w+)\b.*(?:запис|шиномонт|перевз|переоб)",
    re.IGNORECASE,
)
"""Back to the fitting that was interrupted."""
_OTHERS: Final = re.compile(r"інш|друг(?:ие|ой|ую)|ще є|еще|ещё", re.IGNORECASE)


def buys_tyres(turn: Turn) -> bool:
    """Whether tyres are wanted in the same breath: they come first."""
    return bool(turn.said & {"select", "availability"}) or _BUYS.search(turn.text) is not None


def fitting(turn: Turn) -> Iterator[Output]:
    """A turn inside one of the fitting flows, or one that asks for fitting in the middle of an order."""
    view = turn.view
    if view.flow == "order" and "fitting" in turn.said and "fitting" not in view.paused and view.chosen:
        yield from _remember(turn)
        return
    if (
        view.flow not in FITTING_FLOWS
        and view.paused
        and view.paused[-1] in FITTING_FLOWS
        and _FIRST.search(turn.text)
    ):
        yield Note("flow", {"name": view.paused[-1]})
        yield from run(turn, FLOWS[str(view.flow)])
        return
    if view.flow not in FITTING_FLOWS or turn.said & {"order_status", "callback", "operator"}:
        return
    if _switches(turn):
        return
    for stage in (_off, _book_it, _closed_day, _agreeing, _price, _picked, _stuck):
        answered = False
        for output in stage(turn):
            answered = True
            yield output
        if answered:
            return
    if view.expected.slot in ("caller_number", AGREE, "fix", "to_operator", "phone") or not turn.new:
        return
    yield from run(turn, FLOWS[str(view.flow)])


def _switches(turn: Turn) -> bool:
    """Whether another subject begins: tyres, or another of the fitting flows."""
    flow, said = turn.view.flow, turn.said
    if turn.new & {"season", "brand", "budget"} and buys_tyres(turn):
        return True
    held = any(b.get("status") == "confirmed" for b in turn.view.bookings.values())
    if flow == "fitting":
        return held and bool(said & {"fitting_move", "fitting_cancel"})
    if flow == "fitting_price":
        return bool(said & {"fitting_move", "fitting_cancel"}) or (
            "fitting" in said and "fitting_price" not in said
        )
    return bool(said & {"fitting_move", "fitting_cancel"}) and str(flow) not in said


def _remember(turn: Turn) -> Iterator[Output]:
    yield Note("flow", {"name": "fitting"})
    yield Note("flow", {"name": "order"})
    if turn.view.expected.slot != AGREE:
        yield say(turn, "fitting_later")
    yield from run(turn, FLOWS["order"])


def _off(turn: Turn) -> Iterator[Output]:
    said, text, flow = turn.said, turn.text, turn.view.flow
    called_off = bool(said & {"cancel", "fitting_cancel"}) or re.search(r"\bпередума\w+", text) is not None
    if turn.new - {"booking_date", "place"} or not called_off or turn.view.expected.slot == "to_operator":
        return
    asked = turn.view.expected.slot
    if flow == "fitting_cancel" and ("передума" not in text.lower() or asked != AGREE):
        return
    if flow == "fitting_move" and asked in ("open", "more"):
        return
    yield Note("cleared", {"slots": ["slot", "time", "date", "time_window", "soonest", "booking"]})
    yield Note("flow", {"name": None})
    yield more(turn, "booking_off" if flow in ("fitting", "fitting_price") else "booking_kept")


def _yes_no(turn: Turn) -> str | None:
    answer: str | None = turn.heard.value("yes_no") or {"1": "yes", "2": "no"}.get(turn.keys)
    if answer is None and turn.said & {"not_needed", "think", "refuse", "thanks"}:
        answer = "no"
    return answer


def _book_it(turn: Turn) -> Iterator[Output]:
    if turn.view.expected.slot != "book_it":
        return
    answer = _yes_no(turn)
    when = turn.new & {"date", "time", "station", "days", "soonest"}
    if answer == "no" and not when:
        yield Note("flow", {"name": None})
        picked = follow_up(turn) if turn.heard.has("choose_option") else None
        if picked is None:
            yield more(turn)
        else:  # "ні, давайте середній": the tyres that were offered before go on
            yield from (output for output in picked if output is not GO_ON)
    elif answer == "yes" or when or ("fitting" in turn.said and "fitting_price" not in turn.said):
        yield Note("flow", {"name": None})
        yield Note("flow", {"name": "fitting"})
        yield from run(turn, FLOWS["fitting"])


def _closed_day(turn: Turn) -> Iterator[Output]:
    """A yes to the nearest free time that was named instead of the wished one."""
    asked, record = turn.view.asked, turn.view.latest(SLOTS)
    if asked is None or asked.key not in ("day_closed", "day_full") or record is None or turn.new:
        return
    times = (record.result or {}).get("times") or []
    if _yes_no(turn) == "yes" and times:
        yield from _wish(turn, {"date": times[0]["date"], "time": times[0]["time"]})
    elif _yes_no(turn) == "no":
        yield ask(turn, "ask_fit_date", "date", Question.OPEN)


def _wish(turn: Turn, slots: dict[str, str]) -> Iterator[Output]:
    for slot, value in slots.items():
        yield Note("filled", {"slot": slot, "value": value})
    yield from run(turn, FLOWS[str(turn.view.flow)])


def _agreeing(turn: Turn) -> Iterator[Output]:
    """What is to be changed in the read-back, when it is named without its new value."""
    if turn.view.expected.slot not in (AGREE, "fix") or turn.new:
        return
    named = [slot for pattern, slots in _TOPICS if pattern.search(turn.text) for slot in slots]
    if named:
        if "phone" in named:
            yield Note("filled", {"slot": "other_phone", "value": True})
        yield Note("cleared", {"slots": list(dict.fromkeys(named))})
        yield from run(turn, FLOWS[str(turn.view.flow)])
    elif turn.view.expected.slot == AGREE and _yes_no(turn) == "no" and turn.view.flow == "fitting":
        yield ask(turn, "fix_fitting", "fix", Question.OPEN)
    elif turn.view.expected.slot == AGREE and _yes_no(turn) == "no" and turn.view.flow == "fitting_cancel":
        yield Note("flow", {"name": None})
        yield more(turn, "booking_kept")


def _price(turn: Turn) -> Iterator[Output]:
    """What it costs, asked in the middle: told when it is known, then the open question again."""
    if (
        turn.view.flow != "fitting"
        or not turn.said & {"price", "fitting_price"}
        or turn.new - {"service", "place"}
    ):
        return
    declared = needed_ask(turn, turn.view.expected.slot)
    if declared is None:
        return
    question = line(declared.line, turn.view.lines[declared.line], **declared.fields(turn))
    known = diameter_of(turn.view) is not None and class_known(turn.view) is not None and price_known(turn)
    fields = {"question": question}
    if known:
        fields |= {k: v for k, v in price_fields(turn).items() if k != "car"}
    yield ask(turn, "price_aside" if known else "price_aside_later", declared.slot, declared.question, fields)


def _picked(turn: Turn) -> Iterator[Output]:
    """An offered address or time by its place in the list, a key, "пізніше", "будь-який"."""
    slot = turn.view.expected.slot
    if slot == "station" and not turn.new - {"place"}:
        index = 0 if "any" in turn.said else _index(turn)
        stations = listed(turn)
        if index is not None and index < len(stations):
            yield Note("cleared", {"slots": ["place"]})
            yield from _wish(turn, {"station": stations[index]["handle"]})
        elif _OTHERS.search(turn.text) or "dont_know" in turn.said:
            yield Note("cleared", {"slots": ["place"]})
            if "dont_know" not in turn.said:
                yield Note("failed", {"slot": "station"})
            fields = {"streets": join_or([f"[[{s['handle']}.street]]" for s in listed(turn)])}
            yield ask(turn, "ask_station", "station", Question.CHOICE, fields)
    if slot != "time" or turn.new - {"place"}:
        return
    shown = offered(turn)
    index = _index(turn)
    if "any" in turn.said or (_yes_no(turn) == "yes" and len(shown) == 1):
        index = 0
    if index is not None and index < len(shown):
        yield from _wish(turn, {"time": shown[index]["time"]})
    elif shown and (_LATER.search(turn.text) or _EARLIER.search(turn.text)):
        edge = _minutes(shown[-1]["time"]) if _LATER.search(turn.text) else _minutes(shown[0]["time"])
        span = [edge + 1, 1440] if _LATER.search(turn.text) else [0, edge]
        yield Note("cleared", {"slots": ["time"]})
        yield Note("filled", {"slot": "time_window", "value": span})
        yield from run(turn, FLOWS[str(turn.view.flow)])


def _minutes(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def _index(turn: Turn) -> int | None:
    if turn.keys[-1:].isdigit() and turn.keys[-1:] != "0":
        return int(turn.keys[-1]) - 1
    choice = turn.heard.intent("choose_option")
    if choice is not None and isinstance(choice.value, int):
        return choice.value - 1
    words = (("перш", 0), ("перв", 0), ("друг", 1), ("втор", 1), ("трет", 2), ("остан", -1), ("послед", -1))
    return next((n for stem, n in words if re.search(rf"\b{stem}", turn.text.lower())), None)


def _stuck(turn: Turn) -> Iterator[Output]:
    """Not known by the caller: which service, which diameter, when."""
    slot = turn.view.expected.slot
    if turn.new or not ("dont_know" in turn.said or "any" in turn.said):
        return
    if slot == "date":
        yield Note("filled", {"slot": "soonest", "value": True})
        yield from run(turn, FLOWS[str(turn.view.flow)])
    elif slot == "diameter":
        yield operator_offer(turn, "cannot_consult")
    elif slot in ("model", "vehicle_class"):
        yield ask(turn, "ask_class", "vehicle_class", Question.CHOICE)


def fitting_result(turn: Turn, record: ToolRecord) -> Iterator[Output]:
    """What follows from a booking, a move or a cancellation."""
    if record.ok:
        yield from tell_booking(turn, record)
    elif record.error == "slot_taken":
        yield Note("cleared", {"slots": ["time", "slot"]})
        yield say(turn, "slot_gone")
        yield from run(turn, FLOWS[str(turn.view.flow)])
    else:
        yield operator_offer(turn, "store_down")


def tell_booking(turn: Turn, record: ToolRecord) -> Iterator[Output]:
    """The booking stands, has moved or is off: said once, then the next one starts anew."""
    handle = str(record.result["booking"]["handle"])
    booking = turn.view.bookings[handle]
    moved = record.args.get("action") == "reschedule"
    key = "moved" if moved else _COMMITTED[record.tool]
    yield Note("told", {"intent": record.intent})
    yield Note("cleared", {"slots": ["date", "time", "time_window", "slot", "soonest", "days", "place", "booking", "same_time", *(
        PROVING - {"name", "model"})]})  # fmt: skip
    fields = {} if key == "booking_cancelled" else {"b": handle, "st": str(booking["station"])}
    yield more(turn, key, **fields)
    yield Note("flow", {"name": None})


def fitting_settled(turn: Turn) -> Iterator[Output]:
    """A booking that was half sent in an earlier turn has come through."""
    record = turn.view.last_answer
    late = record is not None and record.turn == turn.view.turn and record.tool in FITTING_TOOLS
    if late and record is not None and record.ok and record.intent not in turn.view.told:
        yield from tell_booking(turn, record)


def after_order(turn: Turn, handle: str) -> Iterator[Output]:
    """The order stands and fitting was asked for before: on to it, with nothing asked twice."""
    yield Note("ordered")
    yield say(turn, "order_then_fitting", d=handle)
    yield Note("flow", {"name": "fitting"})
    yield from run(turn, FLOWS["fitting"])
