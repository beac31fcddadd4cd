"""The vocabulary of a flow declaration. Everything callable here is pure and looks only at the turn.

A plan is a tuple of steps, run from the top on every turn: the first one that is `needed` decides what happens. So a
correction of any slot at any time simply makes an earlier step needed again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from call_center.agent.brain import Output, Turn
from call_center.core.ports import Question

Fields = Mapping[str, str]
Test = Callable[[Turn], bool]


def _nothing(_: Turn) -> Fields:
    return {}


@dataclass(frozen=True, slots=True)
class Ask:
    """A question for `slot`: the line of the first asking, of the rephrasing and of the two concrete choices."""

    slot: str
    line: str
    rephrase: str
    choices: str
    needed: Test
    question: Question = Question.OPEN
    fields: Callable[[Turn], Fields] = _nothing


@dataclass(frozen=True, slots=True)
class Do:
    """A tool that follows once its arguments are known. The same arguments are not sent twice running, unless `again`."""

    tool: str
    needed: Test
    args: Callable[[Turn], dict[str, Any]]
    again: bool = False


@dataclass(frozen=True, slots=True)
class Tell:
    """What is said (or noted) once a result is there."""

    needed: Test
    speak: Callable[[Turn], list[Output]]


@dataclass(frozen=True, slots=True)
class Agree:
    """A commit: read back until the caller agreed to exactly this, then done. `args` as in `Do`."""

    tool: str
    needed: Test
    args: Callable[[Turn], dict[str, Any]]


Step = Ask | Do | Tell | Agree


@dataclass(frozen=True, slots=True)
class Flow:
    """One job. `intents` start it; `slots` (heard while no flow is active) start it too."""

    name: str
    goal: str  # in English, for the operator's summary and the prompt
    goal_uk: str
    intents: frozenset[str]
    plan: tuple[Step, ...]
    slots: frozenset[str] = field(default_factory=frozenset)

    def ask(self, slot: str) -> Ask | None:
        """The declaration of the question for `slot`, the one that is needed now is the caller's business."""
        return next((s for s in self.plan if isinstance(s, Ask) and s.slot == slot), None)
