"""The callback flow: on the caller's number after a plain question, on another one after a read-back and a yes."""

from __future__ import annotations

from typing import Any

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.flows.base import Agree, Ask, Flow, Tell
from call_center.agent.flows.speech import more
from call_center.core.ports import Question

CALLBACK_TOOL = "request_callback"


def _known(turn: Turn) -> bool:
    return turn.view.value("phone") is not None


def _offers_caller(turn: Turn) -> bool:
    return not _known(turn) and bool(turn.view.caller) and not turn.view.value("other_phone")


def _args(turn: Turn) -> dict[str, Any]:
    own = turn.view.value("phone") == turn.view.caller
    when = " ".join(str(turn.view.value(s)) for s in ("date", "time") if turn.view.value(s))
    topics = [name for name in turn.view.paused if name != "callback"]
    args: dict[str, Any] = {"phone": "caller.phone" if own else "recipient.phone"}
    if when:
        args["when"] = when[:60]
    if topics:
        args["topic"] = ", ".join(topics)[:120]
    return args


def _done(turn: Turn) -> bool:
    found = turn.view.this_turn(CALLBACK_TOOL)
    return found is not None and bool(found.ok) and found.intent not in turn.view.told


def _tell(turn: Turn) -> list[Output]:
    found = turn.view.latest(CALLBACK_TOOL)
    intent = found.intent if found is not None else 0
    return [Note("told", {"intent": intent}), more(turn, "callback_done"), Note("flow", {"name": None})]


CALLBACK = Flow(
    "callback",
    "have the shop call back",
    "просить передзвонити",
    frozenset({"callback"}),
    (
        Tell(_done, _tell),
        Ask(
            "caller_number", "ask_callback_number", "rephrase_caller_number", "choices_caller_number",
            _offers_caller, Question.YES_NO,
        ),
        Ask(
            "phone", "ask_callback_phone", "rephrase_phone", "choices_phone",
            lambda t: not _known(t), Question.DIGITS,
        ),
        Agree(CALLBACK_TOOL, _known, _args),
    ),
)  # fmt: skip
