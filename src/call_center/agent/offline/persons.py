"""What is said when a person was asked for: they are there, they are not, or nobody answered. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from call_center.agent.brain import Finish, Note, Output, Turn
from call_center.agent.flows import FLOWS
from call_center.agent.flows.speech import hours_of, more, say
from call_center.agent.offline.executor import run
from call_center.agent.tools.step import OUT_OF_HOURS
from call_center.agent.view import ToolRecord

_TRANSFER_LINES = {
    "customer_request": "transfer",
    "negative_emotion": "transfer_sorry",
    "cannot_help": "transfer_cannot",
    "complex_question": "transfer_cannot",
    "out_of_scope": "transfer_cannot",
    "limit": "transfer_limit",
}


def transfer(turn: Turn, record: ToolRecord) -> Iterator[Output]:
    """What follows from a request for an operator."""
    if record.ok:
        offered = turn.view.expected.slot == "to_operator" and not turn.view.repairs
        key = "transfer" if offered else _TRANSFER_LINES.get(str(record.args.get("reason")), "transfer")
        yield replace(say(turn, key), interruptible=False)
    elif record.error == OUT_OF_HOURS:
        yield from away(turn)
    else:
        yield more(turn, "operator_unavailable")


def away(turn: Turn) -> Iterator[Output]:
    """Nobody is there: when they are, and a callback; a caller whose callback cannot be taken is told to ring then."""
    refused = turn.view.flow == "callback" and turn.view.value("phone") is not None
    if refused or turn.view.lines["operators_away"] > 1:
        yield say(turn, "operators_away_goodbye", **hours_of(turn))
        yield Finish("goodbye")
        return
    if turn.view.expected.slot != "to_operator":
        yield say(turn, "operators_away", **hours_of(turn))
    yield Note("flow", {"name": "callback"})
    yield from run(turn, FLOWS["callback"])
