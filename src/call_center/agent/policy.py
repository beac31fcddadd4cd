"""Rules between brains and tools: one pure function per rule, each `Allow`, `Refuse` or `Escalate`.

`check` asks every rule in order; the first that does not allow decides. Rules look at the folded call and the call
asked for, never at who asks. Limits are those of PRODUCT.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from call_center.agent.brain import CallTool
from call_center.agent.view import DialogueView


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one call. Minutes, pieces, calls."""

    min_quantity: int = 1
    max_quantity: int = 99
    operator_quantity: int = 20  # above it an operator takes the order
    tool_calls: int = 40
    minutes: float = 15.0


@dataclass(frozen=True, slots=True)
class Allow:
    """The call may go ahead."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The call may not be made; `hint` tells the brain what to do instead."""

    rule: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Escalate:
    """The matter goes to an operator, for a reason of SCENARIOS.md."""

    rule: str
    reason: str


Verdict = Allow | Refuse | Escalate


@dataclass(frozen=True, slots=True)
class Scene:
    """What the rules see. `now` is Unix time in seconds; `tools` the names that exist."""

    view: DialogueView
    now: float
    tools: frozenset[str]
    limits: Limits = Limits()


Rule = Callable[[Scene, CallTool], Verdict]
_ALLOW: Final = Allow()
TRANSFER: Final = "transfer_to_operator"


def known_tool(scene: Scene, call: CallTool) -> Verdict:
    """Tools outside the list do not exist."""
    if call.name in scene.tools:
        return _ALLOW
    return Refuse("known_tool", f"no tool {call.name!r}", f"tools: {', '.join(sorted(scene.tools))}")


def tool_budget(scene: Scene, call: CallTool) -> Verdict:
    """At most 40 tool calls a call; the way to a person stays open."""
    if call.name == TRANSFER or len(scene.view.records) < scene.limits.tool_calls:
        return _ALLOW
    return Escalate("tool_budget", "limit")


def call_minutes(scene: Scene, call: CallTool) -> Verdict:
    """After 15 minutes an operator takes over."""
    if call.name == TRANSFER or not overtime(scene.view, scene.now, scene.limits):
        return _ALLOW
    return Escalate("call_minutes", "limit")


def quantity_range(scene: Scene, call: CallTool) -> Verdict:
    """1-99 tyres; more than 20 is for an operator."""
    quantity: Any = call.args.get("quantity")
    if not isinstance(quantity, int):
        return _ALLOW
    if not scene.limits.min_quantity <= quantity <= scene.limits.max_quantity:
        return Refuse("quantity_range", f"quantity {quantity}", "ask how many tyres, 1 to 99")
    if quantity > scene.limits.operator_quantity:
        return Escalate("quantity_range", "limit")
    return _ALLOW


def known_handle(scene: Scene, call: CallTool) -> Verdict:
    """A handle must have been given out in this call."""
    handle = call.args.get("option")
    if handle is None or handle in scene.view.options:
        return _ALLOW
    return Refuse("known_handle", f"no option {handle!r}", "use a handle of the last search, or search again")


RULES: Final[tuple[Rule, ...]] = (known_tool, call_minutes, tool_budget, quantity_range, known_handle)


def check(scene: Scene, call: CallTool) -> Verdict:
    """The first rule that does not allow decides."""
    for rule in RULES:
        verdict = rule(scene, call)
        if not isinstance(verdict, Allow):
            return verdict
    return _ALLOW


def overtime(view: DialogueView, now: float, limits: Limits) -> bool:
    """Whether the call has lasted longer than it may."""
    return view.started_at is not None and now - view.started_at > limits.minutes * 60
