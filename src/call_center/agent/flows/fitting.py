"""The fitting flows: book a start time, ask a price, move or cancel a booking.

City -> station (district, landmark, street) -> service -> day -> time among what is free -> diameter and car -> name and
phone -> price -> read-back -> yes. What an order in the same call settled (size, car, name, phone, city) is not asked
again. A booking is changed only when a named fact proves it the caller's.
"""

from __future__ import annotations

from typing import Any

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.fitting_facts import CLASSES, SERVICES
from call_center.agent.flows.base import Agree, Ask, Do, Fields, Flow, Tell
from call_center.agent.flows.booking import IDENTIFY, booking_of
from call_center.agent.flows.speech import ask
from call_center.agent.flows.stations import STATION, station_of
from call_center.agent.flows.times import TIME, slot_of
from call_center.agent.phrases import join_list
from call_center.agent.view import DialogueView
from call_center.core.ports import Question
from call_center.understanding.fitting import class_of

PRICE = "get_fitting_price"


def diameter_of(view: DialogueView) -> int | None:
    """Inches: as said, or of the tyre size said later, or of the chosen tyre."""
    said, size = view.slots.get("diameter"), view.slots.get("tyre_size")
    if said is not None and (size is None or said.turn >= size.turn):
        return int(said.value)
    chosen = next((o["size"] for h, o in view.options.items() if h == view.chosen), None)
    ordered = next((i["size"] for o in reversed(view.orders.values()) for i in o.get("items", ())), None)
    text = str(size.value if size is not None else chosen or ordered or "").rstrip("C")
    return int(text[-2:]) if text[-2:].isdigit() else None


def class_known(view: DialogueView) -> str | None:
    """passenger, suv or van: as said, or that of the car named."""
    said, model = view.slots.get("vehicle_class"), view.slots.get("model")
    known = class_of(str(view.value("make")), str(model.value)) if model is not None else None
    if said is not None and (known is None or model is None or said.turn >= model.turn):
        return str(said.value)
    return known


def _odd_diameter(turn: Turn) -> bool:
    found = diameter_of(turn.view)
    return found is not None and not 13 <= found <= 22


def _drop_diameter(turn: Turn) -> list[Output]:
    return [
        Note("cleared", {"slots": ["diameter"]}),
        ask(turn, "rephrase_fit_diameter", "diameter", Question.DIGITS),
    ]


def price_args(turn: Turn) -> dict[str, Any]:
    """Diameter and class."""
    return {"diameter": diameter_of(turn.view), "vehicle_class": class_known(turn.view)}


def price_known(turn: Turn) -> bool:
    """Whether the price of this diameter and class was told by the shop."""
    found = turn.view.latest(PRICE)
    return found is not None and bool(found.ok) and found.args == price_args(turn)


def price_fields(turn: Turn) -> Fields:
    """Wording of a price: the service and the kind of car."""
    service = str(turn.view.value("service") or "full_service")
    name = SERVICES[service]
    return {
        "service": name[:1].upper() + name[1:],
        "code": service,
        "car": CLASSES[str(class_known(turn.view))],
    }


def _tell_price(turn: Turn) -> list[Output]:
    found = turn.view.latest(PRICE)
    told = Note("told", {"intent": found.intent if found else 0})
    key = "price_all" if turn.view.value("service") is None else "price_one"
    if "колесо" in turn.text.lower() or "одного колеса" in turn.text.lower():
        key = "price_wheel"
    fields = price_fields(turn)
    used = {k: v for k, v in fields.items() if key != "price_all" or k == "car"}
    return [told, ask(turn, key, "book_it", Question.YES_NO, used)]


def _no_service(turn: Turn) -> bool:
    station, service = turn.view.stations.get(str(station_of(turn.view)), {}), turn.view.value("service")
    offered = station.get("services")
    return service is not None and bool(offered) and service not in (offered or ())


def _other_service(turn: Turn) -> list[Output]:
    offered = turn.view.stations[str(station_of(turn.view))].get("services") or ()
    names = join_list([SERVICES[s] for s in offered if s in SERVICES])
    cleared = Note("cleared", {"slots": ["service"]})
    return [cleared, ask(turn, "no_service_here", "service", Question.CHOICE, {"services": names})]


def _offers_caller(turn: Turn) -> bool:
    view = turn.view
    return view.value("phone") is None and bool(view.caller) and not view.value("other_phone")


def _book_args(turn: Turn) -> dict[str, Any]:
    view = turn.view
    args: dict[str, Any] = {"slot": slot_of(view), **price_args(turn)}
    if view.value("make") and view.value("model"):
        args["vehicle"] = f"{view.value('make')} {view.value('model')}"[:60]
    return args


def _change_args(turn: Turn) -> dict[str, Any]:
    if turn.view.flow == "fitting_cancel":
        return {"booking": booking_of(turn.view), "action": "cancel"}
    return {"booking": booking_of(turn.view), "action": "reschedule", "slot": slot_of(turn.view)}


_CAR = (
    Tell(_odd_diameter, _drop_diameter),
    Ask(
        "diameter", "ask_fit_diameter", "rephrase_fit_diameter", "choices_fit_diameter",
        lambda t: diameter_of(t.view) is None, Question.DIGITS,
    ),
    Ask(
        "model", "ask_fit_car", "ask_class", "ask_class",
        lambda t: class_known(t.view) is None and not t.view.value("make"), Question.OPEN,
    ),
    Ask(
        "vehicle_class", "ask_class", "ask_class", "ask_class",
        lambda t: class_known(t.view) is None, Question.CHOICE,
    ),
)  # fmt: skip
_GET_PRICE = Do(PRICE, lambda t: not price_known(t), price_args)
FITTING = Flow(
    "fitting",
    "book a tyre fitting",
    "запис на шиномонтаж",
    frozenset({"fitting"}),
    (
        *STATION,
        Ask(
            "service", "ask_service", "ask_service", "choices_service",
            lambda t: t.view.value("service") is None, Question.CHOICE,
        ),
        Tell(_no_service, _other_service),
        *TIME,
        *_CAR,
        Ask("name", "ask_fit_name", "rephrase_name", "choices_name", lambda t: not t.view.value("name")),
        Ask(
            "caller_number", "ask_fit_number", "ask_fit_number", "choices_caller_number",
            _offers_caller, Question.YES_NO,
        ),
        Ask(
            "phone", "ask_fit_phone", "rephrase_phone", "choices_phone",
            lambda t: t.view.value("phone") is None, Question.DIGITS,
        ),
        _GET_PRICE,
        Agree("book_fitting", lambda t: slot_of(t.view) is not None, _book_args),
    ),
)  # fmt: skip
FITTING_PRICE = Flow(
    "fitting_price",
    "price of a tyre fitting",
    "ціна шиномонтажу",
    frozenset({"fitting_price"}),
    (*_CAR, _GET_PRICE, Tell(lambda t: t.view.flow == "fitting_price", _tell_price)),
)
FITTING_MOVE = Flow(
    "fitting_move",
    "move a fitting booking",
    "перенести запис на шиномонтаж",
    frozenset({"fitting_move"}),
    (
        *IDENTIFY,
        *STATION,
        *TIME,
        Agree("cancel_fitting", lambda t: slot_of(t.view) is not None, _change_args),
    ),
)
FITTING_CANCEL = Flow(
    "fitting_cancel",
    "cancel a fitting booking",
    "скасувати запис на шиномонтаж",
    frozenset({"fitting_cancel"}),
    (*IDENTIFY, Agree("cancel_fitting", lambda t: booking_of(t.view) is not None, _change_args)),
)
