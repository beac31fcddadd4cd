"""Values that were heard but cannot be: a size nobody makes, no number of tyres. Asked again, never guessed."""

from __future__ import annotations

from collections.abc import Iterator

from call_center.agent.brain import CallTool, Note, Output, Turn
from call_center.agent.flows.speech import ask
from call_center.core.ports import Question


def impossible(turn: Turn) -> Iterator[Output]:
    """Heard, but it cannot be: asked again, never guessed."""
    size = turn.heard.get("tyre_size")
    if size is not None and size.value is None:
        yield from _bad(turn, "tyre_size", "impossible_size")
        return
    quantity = turn.heard.get("quantity")
    if quantity is not None and quantity.value is None:
        yield from _bad(turn, "quantity", "bad_quantity")


def _bad(turn: Turn, slot: str, key: str) -> Iterator[Output]:
    if max(turn.view.failures[slot], turn.view.repairs) >= 2:
        yield CallTool("transfer_to_operator", {"reason": "cannot_help"})
        return
    if turn.view.flow is None:
        yield Note("flow", {"name": "select_tyres"})
    yield Note("failed", {"slot": slot, "repair": True})
    yield ask(turn, key, slot, Question.DIGITS)
