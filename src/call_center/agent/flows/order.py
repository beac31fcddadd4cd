"""The order flow: option, quantity, delivery, recipient, payment, read-back, yes, confirmation.

Slots come in any order and may change at any time, also during the read-back: every step asks what is true now. The
draft is made when items and phone are settled; other items or another phone make a new one (the dispatcher takes the
old one back), another place only changes its delivery.
"""

from __future__ import annotations

from typing import Any

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.flows.base import Agree, Ask, Do, Fields, Flow, Tell
from call_center.agent.flows.catalogue import CHOOSE
from call_center.agent.flows.speech import ask, items, more
from call_center.agent.phrases import count, join_list, join_or, line
from call_center.agent.phrases.places import in_city
from call_center.agent.policy import Limits
from call_center.agent.tools.names import best_named
from call_center.agent.tools.stations import as_street
from call_center.agent.view import DialogueView
from call_center.core.ports import Question

POINTS = "get_pickup_points"
BY_EAR = 3  # addresses in one sentence
WAYS = ("cod", "card_on_delivery", "online")


def wanted_items(view: DialogueView) -> list[tuple[str, int]]:
    """Options and pieces as they stand; empty while the one being talked about is not settled."""
    quantity = view.value("quantity")
    if view.chosen is None or not isinstance(quantity, int):
        return []
    pieces: dict[str, int] = {}
    for handle, number in (*view.cart, (view.chosen, quantity)):
        pieces[handle] = pieces.get(handle, 0) + number
    return list(pieces.items())


def draft_of(view: DialogueView) -> dict[str, Any] | None:
    """The open draft when it is for these items and this phone."""
    order = view.orders.get(view.draft or "")
    if order is None or order["phone"] != view.value("phone"):
        return None
    made = [(str(handle), int(number)) for handle, number in order["options"]]
    return order if made == wanted_items(view) else None


def placed(view: DialogueView) -> dict[str, Any] | None:
    """The open draft when its delivery is the one wanted now."""
    order = draft_of(view)
    if order is None or order.get("total") is None:
        return None
    place = order.get("place") or {}
    same = place.get("method") == view.value("delivery") and place.get("city") == view.value("city")
    if view.value("delivery") == "courier":
        return order if same and place.get("address") == view.value("address") else None
    point = view.points.get(str(view.value("point")), {})
    return order if same and place.get("pickup_point_id") == point.get("point_id") else None


def ways_of(view: DialogueView) -> list[str]:
    """How the draft can be paid."""
    order = placed(view) or {}
    return [way for way in WAYS if way in order.get("payment_methods", ())]


def _kind(view: DialogueView) -> str | None:
    return {"own_shop": "own_shop", "nova_poshta_branch": "nova_poshta"}.get(str(view.value("delivery")))


def _point_args(turn: Turn) -> dict[str, Any]:
    view = turn.view
    args: dict[str, Any] = {"city": view.value("city"), "kind": _kind(view)}
    if args["kind"] == "nova_poshta":
        args["branch"] = view.value("branch")
    return args


def _listed(view: DialogueView) -> list[dict[str, Any]] | None:
    """The points of this city and kind; None when they were not looked up."""
    found = view.latest(POINTS)
    if found is None or not found.ok:
        return None
    result = found.result
    same = result["city"] == view.value("city") and result["kind"] == _kind(view)
    if result["kind"] == "nova_poshta":
        same = same and result["branch"] == view.value("branch")
    return list(result["points"]) if same else None


def listed_shops(view: DialogueView) -> list[dict[str, Any]] | None:
    """Own shops in the city being talked about; None when they were not looked up."""
    found = view.latest(POINTS)
    if found is None or not found.ok or found.result["kind"] != "own_shop":
        return None
    return list(found.result["points"]) if found.result["city"] == view.value("city") else None


def _needs_points(turn: Turn) -> bool:
    view = turn.view
    if not _kind(view) or not view.value("city") or view.value("point") is not None:
        return False
    if _kind(view) == "nova_poshta" and view.value("branch") is None:
        return False
    return _listed(view) is None


def match_point(view: DialogueView, text: str) -> str | None:
    """The listed point that the words name, the only one, or none."""
    listed = _listed(view) or []
    if _kind(view) == "nova_poshta":
        found = view.latest(POINTS)
        exact = found is not None and found.result["found"]
        return str(listed[0]["handle"]) if exact and len(listed) == 1 else None
    if len(listed) == 1:
        return str(listed[0]["handle"])
    named = best_named(as_street(text), {p["handle"]: as_street(street_of(p["address"])) for p in listed})
    return named[0] if len(named) == 1 else None


def street_of(address: str) -> str:
    """What people call a shop by: its street without the kind of street and the house."""
    return " ".join(w for w in address.split() if not w.endswith(".") and w.lower() not in ("вул", "просп"))


def _can_take_point(turn: Turn) -> bool:
    view = turn.view
    return bool(_kind(view)) and view.value("point") is None and match_point(view, _heard(turn)) is not None


def _heard(turn: Turn) -> str:
    """Words that may name a shop: this turn's, and those in which the shop or city was named before."""
    said = [text for text in turn.view.said if "заб" in text.lower() or "самов" in text.lower()]
    return " ".join([turn.text, *said[-1:]])


def _take_point(turn: Turn) -> list[Output]:
    handle = match_point(turn.view, _heard(turn))
    return [Note("filled", {"slot": "point", "value": handle})] if handle else []


def _nowhere(turn: Turn) -> bool:
    view = turn.view
    return bool(_kind(view)) and view.value("point") is None and _listed(view) == []


def _no_point(turn: Turn) -> list[Output]:
    key = "no_shop" if turn.view.value("delivery") == "own_shop" else "no_branch_city"
    fields = _city(turn)
    cleared = Note("cleared", {"slots": ["delivery", "branch"]})
    return [cleared, ask(turn, key, "delivery", Question.CHOICE, fields)]


def _wrong_branch(turn: Turn) -> bool:
    view = turn.view
    return (
        _kind(view) == "nova_poshta"
        and view.value("point") is None
        and bool(_listed(view))
        and view.value("branch") is not None
    )


def _other_branches(turn: Turn) -> list[Output]:
    numbers = [str(p["number"]) for p in _listed(turn.view) or ()][:BY_EAR]
    fields = {**_city(turn), "numbers": join_list(numbers)}
    key = "no_branch" if len(numbers) > 1 else "no_branch_but_one"
    asked = ask(turn, key, "branch", Question.DIGITS, fields)
    return [Note("cleared", {"slots": ["branch"]}), asked]


def only_branch(view: DialogueView) -> int | None:
    """The one branch that the shop named when the caller's was not there."""
    found = view.latest(POINTS)
    if found is None or not found.ok or found.result["found"] or len(found.result["points"]) != 1:
        return None
    return int(found.result["points"][0]["number"])


def _city(turn: Turn) -> Fields:
    text = in_city(str(turn.view.value("city")))
    return {"city": text[:1].upper() + text[1:]}


def shops_by_ear(turn: Turn) -> Fields:
    """The city and the first addresses in it, as one sentence takes them."""
    handles = [p["handle"] for p in _listed(turn.view) or ()][:BY_EAR]
    return {**_city(turn), "addresses": join_or([f"[[{h}.address]]" for h in handles])}


def _needs(slot: str, *, method: str | None = None) -> Any:
    def needed(turn: Turn) -> bool:
        fits = method is None or turn.view.value("delivery") == method
        return fits and turn.view.value(slot) is None

    return needed


def _choosing(turn: Turn) -> bool:
    return turn.view.chosen is None and bool(turn.view.offered)


def _option_fields(turn: Turn) -> Fields:
    return {"items": items([turn.view.options[h] for h in turn.view.offered], "чи")}


def _too_dear(turn: Turn) -> bool:
    """Known before the draft: such an order is an operator's, so nothing more is asked."""
    total = sum(turn.view.options[handle]["price"] * n for handle, n in wanted_items(turn.view))
    return bool(total > Limits().order_total)


def _needs_stock(turn: Turn) -> bool:
    """Whether there is enough of the chosen tyre was not looked up yet."""
    view = turn.view
    found = view.latest("check_availability")
    known = found is not None and found.ok and found.args == _stock_args(turn)
    return (
        view.chosen is not None
        and isinstance(view.value("quantity"), int)
        and draft_of(view) is None
        and not known
    )


def _stock_args(turn: Turn) -> dict[str, Any]:
    return {"option": turn.view.chosen, "quantity": turn.view.value("quantity")}


def _too_few(turn: Turn) -> bool:
    found = turn.view.latest("check_availability")
    return (
        found is not None
        and bool(found.ok)
        and found.args == _stock_args(turn)
        and not found.result["enough"]
    )


def _tell_too_few(turn: Turn) -> list[Output]:
    handle = turn.view.chosen
    total = int(turn.view.options[str(handle)].get("total_quantity", 0))
    dropped = Note("cleared", {"slots": ["quantity"]})
    if not total:
        return [dropped, Note("chosen", {"handle": None}), ask(turn, "stock_gone", "other", Question.YES_NO)]
    return [dropped, ask(turn, "stock_less", "quantity", Question.DIGITS, {"most": genitive(total)})]


def genitive(pieces: int) -> str:
    """`не більше ніж 2 шини`."""
    return count(pieces, "шина")


def _offers_caller(turn: Turn) -> bool:
    view = turn.view
    return view.value("phone") is None and bool(view.caller) and not view.value("other_phone")


def _draft_args(turn: Turn) -> dict[str, Any]:
    return {"items": [{"option": h, "quantity": n} for h, n in wanted_items(turn.view)]}


def _needs_draft(turn: Turn) -> bool:
    return bool(wanted_items(turn.view)) and draft_of(turn.view) is None


def _delivery_args(turn: Turn) -> dict[str, Any]:
    view = turn.view
    args: dict[str, Any] = {"order": view.draft, "method": view.value("delivery"), "city": view.value("city")}
    if args["method"] == "courier":
        args["address"] = view.value("address")
    else:
        args["point"] = view.value("point")
    return args


def _needs_delivery(turn: Turn) -> bool:
    return draft_of(turn.view) is not None and placed(turn.view) is None


def _only_online(turn: Turn) -> bool:
    return ways_of(turn.view) == ["online"] and turn.view.value("payment") != "online"


def _other_payment(turn: Turn) -> bool:
    payment = turn.view.value("payment")
    return payment is not None and bool(ways_of(turn.view)) and payment not in ways_of(turn.view)


def _needs_payment(turn: Turn) -> bool:
    return bool(ways_of(turn.view)) and turn.view.value("payment") is None


def _ways(turn: Turn) -> Fields:
    return {"ways": join_or([line(f"payment_way_{way}") for way in ways_of(turn.view)])}


def _ask_other_payment(turn: Turn) -> list[Output]:
    cleared = Note("cleared", {"slots": ["payment"]})
    return [cleared, ask(turn, "not_that_payment", "payment", Question.CHOICE, _ways(turn))]


def _confirm_args(turn: Turn) -> dict[str, Any]:
    return {"order": turn.view.draft, "payment": turn.view.value("payment")}


def _ready(turn: Turn) -> bool:
    return placed(turn.view) is not None and turn.view.value("payment") in ways_of(turn.view)


def tell_ordered(turn: Turn) -> list[Output]:
    """The order stands: its number, once."""
    record = turn.view.last_answer
    if record is None or record.tool != "confirm_order" or not record.ok:
        return []
    handle = str(record.result["order"]["handle"])
    key = "ordered_eta" if turn.view.orders[handle].get("eta") else "ordered"
    done = more(turn, key, d=handle)
    return [Note("told", {"intent": record.intent}), done, Note("ordered"), Note("flow", {"name": None})]


ORDER = Flow(
    "order",
    "place an order",
    "замовлення шин",
    frozenset({"order"}),
    (
        *CHOOSE,
        Ask("option", "rephrase_option", "rephrase_option", "choices_option", _choosing, Question.CHOICE, _option_fields),
        Ask("quantity", "ask_quantity", "rephrase_quantity", "choices_quantity", _needs("quantity"), Question.DIGITS),
        Do("transfer_to_operator", _too_dear, lambda _: {"reason": "limit"}),
        Do("check_availability", _needs_stock, _stock_args),
        Tell(_too_few, _tell_too_few),
        Ask("delivery", "ask_delivery", "rephrase_delivery", "choices_delivery", _needs("delivery"), Question.CHOICE),
        Ask("city", "ask_city_shop", "rephrase_city", "choices_city", _needs("city", method="own_shop")),
        Ask("city", "ask_city_delivery", "rephrase_city", "choices_city", _needs("city")),
        Ask(
            "branch", "ask_branch", "rephrase_branch", "choices_branch",
            _needs("branch", method="nova_poshta_branch"), Question.DIGITS,
        ),
        Do(POINTS, _needs_points, _point_args),
        Tell(_can_take_point, _take_point),
        Tell(_nowhere, _no_point),
        Tell(_wrong_branch, _other_branches),
        Ask(
            "point", "ask_point", "rephrase_point", "choices_point",
            _needs("point", method="own_shop"), Question.CHOICE, shops_by_ear,
        ),
        Ask(
            "address", "ask_house", "ask_house", "ask_house",
            lambda t: _needs("address", method="courier")(t) and t.view.value("street") is not None, Question.DIGITS,
        ),
        Ask(
            "address", "ask_address", "rephrase_address", "choices_address",
            _needs("address", method="courier"), Question.DIGITS,
        ),
        Ask("name", "ask_name", "rephrase_name", "choices_name", _needs("name")),
        Ask(
            "caller_number", "ask_caller_number", "rephrase_caller_number", "choices_caller_number",
            _offers_caller, Question.YES_NO,
        ),
        Ask("phone", "ask_phone", "rephrase_phone", "choices_phone", _needs("phone"), Question.DIGITS),
        Do("create_order_draft", _needs_draft, _draft_args),
        Do("update_order_delivery", _needs_delivery, _delivery_args),
        Ask("pay_online", "pay_online", "rephrase_pay_online", "choices_yes_no", _only_online, Question.YES_NO),
        Tell(_other_payment, _ask_other_payment),
        Ask("payment", "ask_payment", "rephrase_payment", "choices_payment", _needs_payment, Question.CHOICE, _ways),
        Agree("confirm_order", _ready, _confirm_args),
    ),
)  # fmt: skip
