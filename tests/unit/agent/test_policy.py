"""Rules between brains and tools."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.agent.brain import CallTool
from call_center.agent.policy import Allow, Escalate, Limits, Refuse, Scene, check
from call_center.agent.tools import default_toolbox
from call_center.agent.view import DialogueView, ToolRecord

pytestmark = pytest.mark.unit
TOOLS = default_toolbox().names


def scene(view: DialogueView | None = None, now: float = 1_000.0) -> Scene:
    """What rules see."""
    return Scene(view or DialogueView(started_at=1_000.0), now, TOOLS)


def test_unknown_tool_is_refused_with_the_list_of_tools() -> None:
    """A tool outside the registry does not exist."""
    verdict = check(scene(), CallTool("delete_everything"))
    assert isinstance(verdict, Refuse)
    assert "search_tires" in verdict.hint


@given(st.integers())
def test_quantity_outside_the_shop_is_never_allowed(quantity: int) -> None:
    """1-20 pieces are allowed, 21-99 go to an operator, everything else is refused."""
    verdict = check(scene(), CallTool("search_tires", {"quantity": quantity}))
    limits = Limits()
    if 1 <= quantity <= limits.operator_quantity:
        assert isinstance(verdict, Allow)
    elif limits.operator_quantity < quantity <= limits.max_quantity:
        assert verdict == Escalate("quantity_range", "limit")
    else:
        assert isinstance(verdict, Refuse)


def test_quarter_of_an_hour_ends_with_an_operator() -> None:
    """After 15 minutes every tool but the transfer escalates."""
    late = scene(now=1_000.0 + 15 * 60 + 1)
    assert isinstance(check(late, CallTool("search_tires")), Escalate)
    assert isinstance(check(late, CallTool("transfer_to_operator", {"reason": "limit"})), Allow)


def test_forty_first_tool_call_escalates() -> None:
    """40 tool calls a call; the way to a person stays open."""
    view = DialogueView(started_at=1_000.0)
    view.records = {n: ToolRecord(n, "search_tires", {}, 1, True) for n in range(40)}
    assert isinstance(check(scene(view), CallTool("search_tires")), Escalate)
    assert isinstance(check(scene(view), CallTool("transfer_to_operator")), Allow)


def test_handle_of_another_call_is_refused() -> None:
    """An option exists only when this call offered it."""
    assert isinstance(check(scene(), CallTool("check_availability", {"option": "o7"})), Refuse)
