"""The order-status flow. By the caller's own number: status and date only; by number and the phone on it: details.

Nothing about an order is said that the look-up did not show, not even that it exists.
"""

from __future__ import annotations

from typing import Any

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.flows.base import Ask, Do, Flow, Tell
from call_center.agent.flows.speech import ask, more, say
from call_center.core.ports import Question

STATUS = "get_order_status"


def _number(turn: Turn) -> Any:
    return turn.view.value("order_number")


def _args(turn: Turn) -> dict[str, Any]:
    if _number(turn):
        return {"order_number": _number(turn), "phone": "recipient.phone"}
    return {"phone": "caller.phone"}


def _by_caller(turn: Turn) -> bool:
    """No number was named: what the caller's own number has is looked up once."""
    return not _number(turn) and bool(turn.view.caller) and turn.view.latest(STATUS) is None


def _bad_number(turn: Turn) -> bool:
    return bool(_number(turn)) and len(str(_number(turn))) != 7


def _ask_again(turn: Turn) -> list[Output]:
    cleared = Note("cleared", {"slots": ["order_number"]})
    failed = Note("failed", {"slot": "order_number", "repair": True})
    return [cleared, failed, ask(turn, "rephrase_order_number", "order_number", Question.DIGITS)]


def _needs_phone(turn: Turn) -> bool:
    return bool(_number(turn)) and turn.view.value("phone") is None


def _offers_caller(turn: Turn) -> bool:
    return _needs_phone(turn) and bool(turn.view.caller) and not turn.view.value("other_phone")


def _untold(turn: Turn) -> bool:
    found = turn.view.latest(STATUS)
    return found is not None and bool(found.ok) and found.intent not in turn.view.told


def _tell(turn: Turn) -> list[Output]:
    found = turn.view.latest(STATUS)
    if found is None or not found.ok:
        return []
    told = Note("told", {"intent": found.intent})
    shown = found.result["orders"]
    if not shown:
        by_number = found.args.get("order_number") is not None
        dropped = Note("cleared", {"slots": ["order_number", "phone", "other_phone"]})
        key = "status_mismatch" if by_number else "status_none"
        return [told, dropped, ask(turn, key, "order_number", Question.DIGITS)]
    handle = str(shown[0]["handle"])
    key = "status_many" if len(shown) > 1 else "status_one"
    coming = shown[0]["status"] in ("confirmed", "shipped", "delivering") and shown[0].get("eta")
    priced = turn.view.lines["status_details"] and shown[0].get("total") is not None
    key = "status_sum" if priced else f"{key}_eta" if coming else key
    text = say(turn, key, q=handle, status=f"[[{handle}.status]]")
    return [told, text, more(turn), Note("flow", {"name": None})]


ORDER_STATUS = Flow(
    "order_status",
    "status of an order",
    "дізнатися стан замовлення",
    frozenset({"order_status"}),
    (
        Tell(_bad_number, _ask_again),
        Ask(
            "caller_number", "ask_order_on_caller", "rephrase_caller_number", "choices_caller_number",
            _offers_caller, Question.YES_NO,
        ),
        Ask(
            "phone", "ask_phone_on_order", "rephrase_phone", "choices_phone", _needs_phone, Question.DIGITS,
        ),
        Tell(_untold, _tell),
        Do(STATUS, lambda t: bool(_number(t)) and t.view.value("phone") is not None, _args, again=True),
        Do(STATUS, _by_caller, _args),
        Ask(
            "order_number", "ask_order_number", "rephrase_order_number", "choices_order_number",
            lambda t: not _number(t), Question.DIGITS,
        ),
    ),
    slots=frozenset({"order_number"}),
)  # fmt: skip
