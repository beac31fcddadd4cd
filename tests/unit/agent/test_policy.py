"""Rules between brains and tools."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.agent.brain import CallTool
from call_center.agent.commits import digest
from call_center.agent.lookups import DayLookups
from call_center.agent.policy import (
    Allow,
    Escalate,
    Limits,
    Refuse,
    Scene,
    check,
    day_orders,
    failed_lookups,
    known_order,
    order_total,
    ownership,
)
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


def order_view(total: int = 9_000, status: str = "draft") -> DialogueView:
    """A call with one order."""
    view = DialogueView(started_at=1_000.0, caller="+380990001234")
    view.options = {"o1": {"price": 2_500.0, "product_id": "x"}}
    view.orders = {"d1": {"handle": "d1", "id": "x", "status": status, "total": total, "version": 2}}
    return view


def order_scene(view: DialogueView, request: dict[str, Any], *, repeated: bool = False) -> Scene:
    """What rules see of a change of the shop."""
    return Scene(view, 1_000.0, TOOLS, request=request, repeated=repeated)


CONFIRM = CallTool("confirm_order", {"order": "d1", "payment": "cod"})


def test_commit_without_an_agreement_is_refused() -> None:
    """Nothing binds the shop without a yes."""
    verdict = check(order_scene(order_view(), {"total": 9_000}), CONFIRM)
    assert isinstance(verdict, Refuse)
    assert verdict.rule == "agreed_commit"


def test_commit_with_an_agreement_to_exactly_this_is_allowed() -> None:
    """The hash binds request and draft; if either differs the agreement is none."""
    view = order_view()
    request = {"total": 9_000}
    view.agreements = (("confirm_order", digest(view, "confirm_order", CONFIRM.args, request), 1),)
    assert isinstance(check(order_scene(view, request), CONFIRM), Allow)
    assert isinstance(check(order_scene(view, {"total": 9_001}), CONFIRM), Refuse)
    view.orders["d1"] = {**view.orders["d1"], "version": 3}
    assert isinstance(check(order_scene(view, request), CONFIRM), Refuse)


def test_callback_to_the_caller_needs_no_read_back_and_to_another_number_does() -> None:
    """Only what binds somebody else is a commit."""
    view = order_view()
    own, other = {"phone": "+380990001234"}, {"phone": "+380990009999"}
    assert isinstance(check(order_scene(view, own), CallTool("request_callback")), Allow)
    assert isinstance(check(order_scene(view, other), CallTool("request_callback")), Refuse)


def test_eleventh_change_of_the_shop_escalates() -> None:
    """Ten mutations a call; a repetition is none."""
    view = order_view()
    view.records = {n: ToolRecord(n, "update_order_delivery", {}, 1, True, key=f"k{n}") for n in range(10)}
    call = CallTool("update_order_delivery", {"order": "d1"})
    assert check(order_scene(view, {"place": {}}), call) == Escalate("mutation_budget", "limit")
    assert isinstance(check(order_scene(view, {"place": {}}, repeated=True), call), Allow)


@pytest.mark.parametrize(("pieces", "allowed"), [(20, True), (21, False)])
def test_order_of_more_than_twenty_tyres_escalates(pieces: int, allowed: bool) -> None:
    """Counted over all items."""
    request = {"items": [["x", pieces - 4], ["y", 4]], "options": []}
    verdict = check(order_scene(order_view(), request), CallTool("create_order_draft"))
    assert isinstance(verdict, Allow) is allowed


@pytest.mark.parametrize(("pieces", "allowed"), [(20, True), (21, False)])
def test_order_over_fifty_thousand_escalates(pieces: int, allowed: bool) -> None:
    """20 x 2,500 UAH is the most."""
    request = {"items": [["x", 4]], "options": [["o1", pieces]]}
    verdict = order_total(order_scene(order_view(), request), CallTool("create_order_draft"))
    assert isinstance(verdict, Allow) is allowed
    dear = order_scene(order_view(total=50_001), {"total": 50_001})
    assert order_total(dear, CONFIRM) == Escalate("order_total", "limit")


@pytest.mark.parametrize(("count", "allowed"), [(2, True), (3, False)])
def test_fourth_confirmed_order_of_a_day_escalates(count: int, allowed: bool) -> None:
    """The larger of what recipient and caller have."""
    view = order_view()
    view.day_orders = {"+380990001234": 0, "+380990009999": count}
    verdict = day_orders(order_scene(view, {}), CallTool("create_order_draft"))
    assert isinstance(verdict, Allow) is allowed


def test_confirmed_order_is_changed_by_operators_only() -> None:
    """A draft of this call, nothing else."""
    call = CallTool("update_order_delivery", {"order": "d1"})
    assert isinstance(known_order(order_scene(order_view(), {}), call), Allow)
    assert isinstance(known_order(order_scene(order_view(status="confirmed"), {}), call), Escalate)
    assert isinstance(known_order(order_scene(order_view(status="cancelled"), {}), call), Refuse)
    other = CallTool("update_order_delivery", {"order": "d9"})
    assert isinstance(known_order(order_scene(order_view(), {}), other), Refuse)


def test_order_number_needs_the_phone_on_the_order() -> None:
    """The caller's own number shows status and date only."""
    named = {"order_number": "2611045"}
    assert isinstance(
        ownership(scene(), CallTool("get_order_status", {**named, "phone": "caller.phone"})), Refuse
    )
    assert isinstance(
        ownership(scene(), CallTool("get_order_status", {**named, "phone": "recipient.phone"})), Allow
    )
    assert isinstance(ownership(scene(), CallTool("get_order_status", {"phone": "caller.phone"})), Allow)


def test_fourth_look_up_after_three_failed_ones_escalates() -> None:
    """Nobody tries numbers out."""
    view = DialogueView(started_at=1_000.0)
    view.records = {n: ToolRecord(n, "get_order_status", {}, 1, True, {"found": False}) for n in range(3)}
    call = CallTool("get_order_status", {"phone": "caller.phone"})
    assert failed_lookups(scene(view), call) == Escalate("failed_lookups", "cannot_help")


def test_internal_action_does_not_exist_for_a_brain() -> None:
    """Drafts are taken back by code alone."""
    assert isinstance(check(scene(), CallTool("cancel_order_draft", {"order": "d1"})), Refuse)


def test_tenth_failed_look_up_of_a_day_is_the_last() -> None:
    """Counted by number over all calls of the day; another number and another day begin anew."""
    lookups, today = DayLookups(), date(2026, 11, 23)
    for _ in range(10):
        lookups.fail("+380990001234", today)
    call = CallTool("get_order_status", {"phone": "caller.phone"})
    tried = lookups.failed("+380990001234", today)
    assert failed_lookups(replace(scene(), day_failures=tried), call) == Escalate(
        "failed_lookups", "cannot_help"
    )
    assert lookups.failed("+380990009999", today) == 0
    assert lookups.failed("+380990001234", date(2026, 11, 24)) == 0
