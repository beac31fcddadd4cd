"""The callback flow: on the caller's number after a plain question, on another one after a read-back and a yes."""

from __future__ import annotations

import re
from typing import Any, Final

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.flows.base import Agree, Ask, Flow, Tell
from call_center.agent.flows.speech import more, say
from call_center.agent.ledger import spaced
from call_center.agent.phrases import season_name
from call_center.agent.phrases.render import day_month
from call_center.agent.tools.step import on_duty
from call_center.core.ports import Question

CALLBACK_TOOL = "request_callback"
_PART: Final = re.compile(
    r"зранку|вранці|утром|після обіду|после обеда|ввечері|увечері|вечером|до обіду|до обеда|вдень|днем",
    re.IGNORECASE,
)
GOES_ON: Final = frozenset({"order", "select_tyres", "availability"})
_TOPICS: Final = {
    "select_tyres": "підбір шин", "availability": "ціна та наявність", "order": "замовлення", "fitting": "шиномонтаж",
    "order_status": "стан замовлення", "consult": "консультація",
}  # fmt: skip


def _known(turn: Turn) -> bool:
    return turn.view.value("phone") is not None


def _offers_caller(turn: Turn) -> bool:
    return not _known(turn) and bool(turn.view.caller) and not turn.view.value("other_phone")


def _args(turn: Turn) -> dict[str, Any]:
    own = turn.view.value("phone") == turn.view.caller
    args: dict[str, Any] = {"phone": "caller.phone" if own else "recipient.phone"}
    when = _when(turn)
    if when:
        args["when"] = when[:60]
    topic = _topic(turn)
    if topic:
        args["topic"] = topic[:120]
    return args


def _when(turn: Turn) -> str:
    """The day and the hour that the caller named since the callback came up, as the shop reads them."""
    view = turn.view
    day, hour = view.value("date"), view.value("time")
    part = next(
        (p[0] for said in reversed(view.said[-3:]) if (p := _PART.search(said)) and view.value("date")), ""
    )
    words = [day_month(str(day)) if day else "", f"о {hour}" if hour else part.lower()]
    return " ".join(filter(None, words))


def _topic(turn: Turn) -> str:
    """What the call was about before, and the tyres that are known."""
    view = turn.view
    names = [_TOPICS[name] for name in view.paused if name in _TOPICS]
    size, season = view.value("tyre_size"), season_name(str(view.value("season") or ""), genitive=True)
    quantity = view.value("quantity")
    tyres = [f"{season} шин".strip() if season or size else "", spaced(str(size)) if size else ""]
    tyres.append(f"{quantity} шт." if quantity else "")
    return "; ".join(filter(None, [", ".join(names), " ".join(filter(None, tyres))]))


def _done(turn: Turn) -> bool:
    found = turn.view.this_turn(CALLBACK_TOOL)
    return turn.round > 0 and found is not None and bool(found.ok)  # told before, when it was asked for twice


def _beyond(turn: Turn) -> bool:
    """Whether the callback stands for an operator whom a limit demanded."""
    asked = turn.view.latest("transfer_to_operator")
    return asked is not None and not asked.ok and asked.args.get("reason") == "limit"


def _tell(turn: Turn) -> list[Output]:
    found = turn.view.latest(CALLBACK_TOOL)
    intent = found.intent if found is not None else 0
    key, fields = "callback_done", {}
    if found is not None and found.args.get("when") and turn.view.value("date"):
        key, fields = "callback_done_on", {"when": day_month(str(turn.view.value("date")))}
    elif found is not None and found.args.get("when"):
        key = "callback_done_at"
    elif not on_duty(turn.now, turn.operators):
        key = "callback_done_later"
    told = Note("told", {"intent": intent})
    if _beyond(turn):  # what was interrupted can only lead to a person again
        left = [Note("flow", {"name": None}) for _ in (*turn.view.paused, turn.view.flow)]
        return [told, more(turn, key, **fields), *left]
    if any(name in GOES_ON for name in turn.view.paused):
        short = key.replace("done", "noted")
        return [told, say(turn, short, **fields), Note("flow", {"name": None})]
    return [told, more(turn, key, **fields), Note("flow", {"name": None})]


CALLBACK = Flow(
    "callback",
    "have the shop call back",
    "просить передзвонити",
    frozenset({"callback"}),
    (
        Tell(_done, _tell),
        Ask(
            "caller_number", "ask_callback_number", "rephrase_callback_number", "choices_caller_number",
            _offers_caller, Question.YES_NO,
        ),
        Ask(
            "phone", "ask_callback_phone", "rephrase_phone", "choices_phone",
            lambda t: not _known(t), Question.DIGITS,
        ),
        Agree(CALLBACK_TOOL, _known, _args),
    ),
)  # fmt: skip
