"""Where the active flow stands, as data: the step that is needed next. Pure.

The model is told it, the expected slot follows from it, and the script can be let to take it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.flows import FLOWS, Agree, Ask, Do, Flow, Tell
from call_center.agent.offline.executor import next_step

SILENT_STEPS = 6


@dataclass(frozen=True, slots=True)
class Standing:
    """`kind` is ask, tool, tell, read_back or nothing."""

    kind: str
    ask: Ask | None = None
    tool: str = ""
    args: dict[str, Any] | None = None

    def text(self) -> str:
        """One line for the prompt."""
        if self.ask is not None:
            return f"ask {self.ask.slot}"
        if self.tool:
            return f"{self.kind} {self.tool} {json.dumps(self.args or {}, ensure_ascii=False)}"
        return self.kind


def flow_of(turn: Turn) -> Flow | None:
    """The active flow."""
    return FLOWS.get(turn.view.flow or "")


def standing(turn: Turn) -> Standing:
    """The next step of the active flow."""
    flow = flow_of(turn)
    step = next_step(turn, flow) if flow is not None else None
    match step:
        case Ask():
            return Standing("ask", ask=step)
        case Do():
            return Standing("tool", tool=step.tool, args=step.args(turn))
        case Agree():
            return Standing("read_back", tool=step.tool, args=step.args(turn))
        case Tell():
            return Standing("tell")
        case _:
            return Standing("nothing")


def silent_steps(turn: Turn) -> Iterator[Output]:
    """Notes that follow from what is known (the only size of a car); nothing is said. The view changes between them."""
    flow = flow_of(turn)
    for _ in range(SILENT_STEPS):
        step = next_step(turn, flow) if flow is not None else None
        if not isinstance(step, Tell):
            return
        outputs = step.speak(turn)
        if not outputs or not all(isinstance(o, Note) for o in outputs):
            return
        yield from outputs
