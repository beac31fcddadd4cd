"""Two flows over the catalogue: choosing tyres (also as the start of an order) and asking for price and stock.

Both need a size and a season before the search; a car gives its OEM sizes, and when there are several the caller is
asked to look at the sidewall. Two "don't know" later the first OEM size is shown, said to be an assumption.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.flows.base import Ask, Do, Fields, Flow, Step, Tell
from call_center.agent.flows.offers import tell_options, tell_stock
from call_center.agent.ledger import spaced
from call_center.agent.phrases import join_or
from call_center.agent.tools.catalogue import USUAL_QUANTITY
from call_center.agent.view import DialogueView
from call_center.core.ports import Question
from call_center.understanding.vocabulary import parse_size

ABOUT = 1.15  # "близько трьох тисяч" reaches 15 % higher
SIZES_BY_EAR = 2  # three spoken sizes take eight seconds; of more only the diameters are named


def _no_size(turn: Turn) -> bool:
    return not turn.view.value("tyre_size")


def _car(turn: Turn) -> bool:
    return bool(turn.view.value("make") and turn.view.value("model"))


def oem_sizes(turn: Turn) -> list[str] | None:
    """Sizes found for the car as it is known now; None when it was not looked up."""
    view = turn.view
    found = view.latest("get_vehicle_tire_sizes")
    if found is None or not found.ok or found.args != _car_args(turn):
        return None
    return list(found.result["sizes"])


def _car_args(turn: Turn) -> dict[str, Any]:
    view = turn.view
    return {"make": view.value("make"), "model": view.value("model"), "year": view.value("year")}


def _needs_year(turn: Turn) -> bool:
    return _no_size(turn) and _car(turn) and not turn.view.value("year")


def _needs_lookup(turn: Turn) -> bool:
    return _no_size(turn) and _car(turn) and bool(turn.view.value("year")) and oem_sizes(turn) is None


def _narrowed(turn: Turn) -> list[str]:
    sizes = oem_sizes(turn) or []
    diameter = turn.view.value("diameter")
    fitting = [s for s in sizes if diameter and s.rstrip("C").endswith(f"R{diameter}")]
    return fitting or sizes


def _one_size(turn: Turn) -> bool:
    return _no_size(turn) and len(_narrowed(turn)) == 1


def _take_size(turn: Turn) -> list[Output]:
    size = _narrowed(turn)[0].replace(" ", "")
    return [Note("filled", {"slot": "tyre_size", "value": size, "origin": "tool"})]


def _assume_size(turn: Turn) -> bool:
    return _no_size(turn) and len(_narrowed(turn)) > 1 and turn.view.failures["tyre_size"] >= 2


def _take_assumed(turn: Turn) -> list[Output]:
    size = _narrowed(turn)[0].replace(" ", "")
    return [Note("filled", {"slot": "tyre_size", "value": size, "origin": "code"})]


def _choose_size(turn: Turn) -> bool:
    return _no_size(turn) and len(_narrowed(turn)) > 1


def _size_fields(turn: Turn) -> Fields:
    sizes = [spaced(s) for s in _narrowed(turn)]
    diameters = sorted({s.rstrip("C").rsplit("R", 1)[1] for s in sizes})
    return {"sizes": join_or(sizes), "diameters": join_or(diameters)}


def sizes_by_ear(turn: Turn) -> list[str]:
    """The sizes that were named to the caller one by one, in that order."""
    sizes = _narrowed(turn)
    return sizes if _choose_size(turn) and len(sizes) <= SIZES_BY_EAR else []


def _unknown_car(turn: Turn) -> bool:
    return _no_size(turn) and oem_sizes(turn) == []


def search_args(turn: Turn) -> dict[str, Any]:
    """The arguments of `search_tires` from what is known."""
    view = turn.view
    args: dict[str, Any] = {"size": spaced(str(view.value("tyre_size"))), "season": view.value("season")}
    args |= _budget(view.value("budget"))
    for slot in ("brand", "studded", "run_flat", "commercial"):
        if view.value(slot) is not None:
            args[slot] = view.value(slot)
    if args.get("brand") and view.value("tyre_model"):
        args["model"] = view.value("tyre_model")
    quantity = view.value("quantity")
    if isinstance(quantity, int) and quantity > USUAL_QUANTITY:
        args["quantity"] = quantity
    return args


_WISHED = frozenset(
    {
        "tyre_size",
        "heard_size",
        "make",
        "model",
        "brand",
        "season",
        "budget",
        "studded",
        "diameter",
        "width",
        "profile",
    }
)


def _budget(budget: Any) -> dict[str, int]:
    if not isinstance(budget, dict):
        return {}
    top = budget.get("max_price") or budget.get("max")
    around = budget.get("about_price") or budget.get("about")
    least = budget.get("min_price") or budget.get("min")
    found = {"max_price": top or (around * ABOUT if around else None), "min_price": least}
    return {name: round(value) for name, value in found.items() if value}


def _can_search(turn: Turn) -> bool:
    return not _no_size(turn) and bool(turn.view.value("season"))


def _nothing_offered(turn: Turn) -> bool:
    """Whether there is anything to search: cheaper or other ones that were offered on a wish are not searched over."""
    found = turn.view.latest("search_tires")
    args = search_args(turn) if _can_search(turn) else {}
    varied = found is not None and bool(found.ok) and "exact" in found.args and "quantity" not in args
    same = varied and found is not None and all(found.args.get(n) == args.get(n) for n in ("size", "season"))
    return _can_search(turn) and not (same and turn.view.offered and not turn.new & _WISHED)


def _untold(turn: Turn) -> bool:
    found = turn.view.latest("search_tires")
    return found is not None and bool(found.ok) and found.intent not in turn.view.told


def _unoffered(turn: Turn) -> bool:
    """Whether what was found is to be told, for the first time or for another order."""
    found = turn.view.latest("search_tires")
    held = found is not None and bool(found.ok) and bool(found.result["options"])
    return _untold(turn) or (held and not turn.view.offered)


def _single(turn: Turn) -> str | None:
    """The option that the price question is about, when the search found exactly that."""
    found = turn.view.latest("search_tires")
    if found is None or not found.ok or found.result["relaxed"] or not found.result["options"]:
        return None
    if len(found.result["options"]) > 1 and not turn.view.value("city"):
        return None  # a question about a city is answered for the cheapest of them
    return str(found.result["options"][0]["handle"])


def _check_args(turn: Turn) -> dict[str, Any]:
    args: dict[str, Any] = {"option": _single(turn)}
    for slot in ("quantity", "city"):
        if turn.view.value(slot) is not None:
            args[slot] = turn.view.value(slot)
    return args


def _untold_stock(turn: Turn) -> bool:
    found = turn.view.latest("check_availability")
    return found is not None and bool(found.ok) and found.intent not in turn.view.told


_ASK_WHICH_CAR = Ask(
    "model",
    "car_or",
    "car_or",
    "choices_model",
    lambda t: _no_size(t) and not t.view.value("model") and bool(t.view.ambiguous),
    Question.CHOICE,
    lambda t: {"cars": join_or(t.view.ambiguous)},
)
_ASK_REST = Ask(
    "tyre_size",
    "ask_rest",
    "rephrase_size",
    "choices_size",
    lambda t: _no_size(t) and bool(t.view.value("diameter")) and not t.view.value("make"),
    Question.DIGITS,
)
_ASK_NEED = Ask(
    "tyre_size",
    "ask_need",
    "rephrase_need",
    "choices_need",
    lambda t: _no_size(t) and not t.view.value("make") and not t.view.value("model"),
    Question.DIGITS,
)
_ASK_MODEL = Ask(
    "model",
    "ask_model",
    "rephrase_model",
    "choices_model",
    lambda t: _no_size(t) and bool(t.view.value("make")) and not t.view.value("model"),
)
_ASK_YEAR = Ask("year", "ask_year", "rephrase_year", "choices_year", _needs_year, Question.DIGITS)


def _by_number(turn: Turn, slot: str) -> bool:
    """On a poor line a size that was not understood is asked number by number."""
    view = turn.view
    heard_badly = view.poor_line and view.failures["tyre_size"] > 0
    begun = view.value("width") is not None and not _car(
        turn
    )  # dictated in pieces: the next one is asked for
    return _no_size(turn) and (heard_badly or begun) and view.value(slot) is None


def _piece(slot: str) -> Ask:
    def needed(turn: Turn) -> bool:
        return _by_number(turn, slot)

    return Ask(slot, f"ask_{slot}", f"ask_{slot}", "choices_digits", needed, Question.DIGITS)


def heard_sizes(view: DialogueView) -> list[str]:
    """Sizes that a garbled one sounded like, likeliest first, less those that parts said since then rule out."""
    if view.value("tyre_size"):
        return []
    said = [view.value(part) for part in ("width", "profile", "diameter")]
    heard = [(size, parse_size(size)) for size in view.value("heard_size") or ()]
    return [
        text
        for text, size in heard
        if size is not None and all(part in (None, own) for part, own in zip(said, size, strict=False))
    ]


_IS_IT = Ask(
    "size_is",
    "ask_heard_size",
    "ask_heard_size",
    "choices_heard_size",
    lambda t: bool(heard_sizes(t.view)),
    Question.DIGITS,  # it may as well be said or keyed in again
    lambda t: {"size": spaced(heard_sizes(t.view)[0])},
)
_PIECES = (_piece("width"), _piece("profile"), _piece("diameter"))
_LOOK_UP = Do("get_vehicle_tire_sizes", _needs_lookup, _car_args)
_ASK_UNKNOWN = Ask("tyre_size", "unknown_car", "rephrase_size", "choices_size", _unknown_car, Question.DIGITS)
_ONE = Tell(_one_size, _take_size)
_ASSUME = Tell(_assume_size, _take_assumed)
_ASK_SIDEWALL = Ask(
    "tyre_size",
    "ask_sidewall",
    "rephrase_sidewall",
    "choices_sizes",
    lambda t: _choose_size(t) and len(_narrowed(t)) <= SIZES_BY_EAR,
    Question.DIGITS,
    _size_fields,
)
_ASK_SIDEWALL_OF_MANY = Ask(
    "tyre_size",
    "ask_sidewall_of_many",
    "ask_sidewall_of_many",
    "choices_sidewall",
    _choose_size,
    Question.DIGITS,
    _size_fields,
)
_ASK_SEASON = Ask(
    "season",
    "ask_season",
    "rephrase_season",
    "choices_season",
    lambda t: not t.view.value("season"),
    Question.CHOICE,
)
_SEARCH = Do("search_tires", _nothing_offered, search_args)
_KNOW_SIZE = (
    _IS_IT,
    *_PIECES,
    _ASK_WHICH_CAR,
    _ASK_REST,
    _ASK_NEED,
    _ASK_MODEL,
    _ASK_YEAR,
    _LOOK_UP,
    _ASK_UNKNOWN,
    _ONE,
    _ASSUME,
    _ASK_SIDEWALL,
    _ASK_SIDEWALL_OF_MANY,
    _ASK_SEASON,
)

SELECT_TYRES = Flow(
    "select_tyres",
    "choose tyres",
    "підбір шин",
    frozenset({"select"}),
    (*_KNOW_SIZE, _SEARCH, Tell(_unoffered, tell_options)),
    slots=_WISHED,
)
AVAILABILITY = Flow(
    "availability",
    "price and stock of a tyre",
    "ціна та наявність шин",
    frozenset({"availability", "price"}),
    (
        *_KNOW_SIZE,
        _SEARCH,
        Do("check_availability", lambda t: _single(t) is not None, _check_args),
        Tell(_untold_stock, tell_stock),
        Tell(_untold, tell_options),
    ),
)


def _while_choosing(step: Step) -> Step:
    """The same step, needed only while no tyre is chosen."""

    def needed(turn: Turn) -> bool:
        return turn.view.chosen is None and step.needed(turn)

    return replace(step, needed=needed)


CHOOSE: tuple[Step, ...] = tuple(
    _while_choosing(step) for step in (*_KNOW_SIZE, _SEARCH, Tell(_unoffered, tell_options))
)
"""Choosing a tyre as the first part of another flow."""
