"""Exactly once: keys, and when an equal wish is no new intent."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.agent.mutations import REQUEST, equal_intent, key_of, mutations, unknown
from call_center.agent.view import DialogueView, ToolRecord

pytestmark = pytest.mark.unit
CALL = "5b0f4ddc-9685-4a41-8b21-66b08cc00001"


def record(
    intent: int, tool: str, request: dict[str, Any], *, order: str = "d1", ok: bool | None = True, **rest: Any
) -> ToolRecord:
    """One intent that changes the shop; answered in the order of the numbers."""
    result = {"order": {"handle": order}} if ok else rest.pop("result", None)
    args = {"order": order, REQUEST: request}
    return ToolRecord(intent, tool, args, 1, ok, result, key=f"k{intent}", answered=10 * intent, **rest)


def view(*records: ToolRecord) -> DialogueView:
    """A call with these intents."""
    found = DialogueView(call_id=CALL)
    found.records = {r.intent: r for r in records}
    return found


@given(st.uuids(), st.integers(min_value=1, max_value=10_000), st.integers(min_value=1, max_value=10_000))
def test_key_is_the_same_for_the_same_intent_only(call: uuid.UUID, one: int, other: int) -> None:
    """uuid5 of call id and number: every process computes the same, no two intents share it."""
    assert key_of(str(call), one) == str(uuid.uuid5(call, str(one)))
    assert (key_of(str(call), one) == key_of(str(call), other)) is (one == other)


def test_call_id_that_is_no_uuid_gives_a_key_all_the_same() -> None:
    """A PBX may name calls as it likes."""
    assert uuid.UUID(key_of("1763806451.17", 1)) != uuid.UUID(key_of("1763806451.18", 1))


def test_repeated_wish_gets_the_earlier_result() -> None:
    """Nothing happened since: no second request."""
    call = view(record(1, "update_order_delivery", {"city": "Львів"}))
    assert equal_intent(call, "update_order_delivery", {"city": "Львів"}) == call.records[1]


def test_another_wish_is_a_new_intent() -> None:
    """Different values are no repetition."""
    call = view(record(1, "update_order_delivery", {"city": "Львів"}))
    assert equal_intent(call, "update_order_delivery", {"city": "Київ"}) is None


def test_going_back_after_another_change_is_a_new_intent() -> None:
    """A -> B -> A of a delivery address."""
    call = view(
        record(1, "update_order_delivery", {"city": "Львів"}),
        record(2, "update_order_delivery", {"city": "Київ"}),
    )
    assert equal_intent(call, "update_order_delivery", {"city": "Львів"}) is None


def test_change_of_another_resource_does_not_count() -> None:
    """What happened to order d2 makes no repetition on d1 new."""
    call = view(
        record(1, "update_order_delivery", {"city": "Львів"}),
        record(2, "update_order_delivery", {"city": "Київ"}, order="d2"),
    )
    assert equal_intent(call, "update_order_delivery", {"city": "Львів"}) == call.records[1]


def test_failed_change_in_between_does_not_count() -> None:
    """Only what succeeded changed anything."""
    refused = record(2, "update_order_delivery", {"city": "Київ"}, ok=False, result={"status": 422})
    call = view(record(1, "update_order_delivery", {"city": "Львів"}), refused)
    assert equal_intent(call, "update_order_delivery", {"city": "Львів"}) == call.records[1]


def test_new_agreed_read_back_makes_an_equal_wish_new() -> None:
    """A second identical order on purpose."""
    call = view(record(1, "request_callback", {"phone": "+380990001111"}))
    call.agreements = (("request_callback", "abc", 5),)
    assert equal_intent(call, "request_callback", {"phone": "+380990001111"}) == call.records[1]
    call.agreements = (("request_callback", "abc", 5), ("request_callback", "abc", 15))
    assert equal_intent(call, "request_callback", {"phone": "+380990001111"}) is None


@pytest.mark.parametrize("error", ["timeout", "connection_lost", "unavailable", "cancelled", "bad_answer"])
def test_unknown_outcome_is_sent_again_as_the_same_intent(error: str) -> None:
    """The request may have arrived: same number, same key."""
    lost = record(1, "confirm_order", {"id": "x"}, ok=False, error=error)
    call = view(lost)
    assert unknown(lost)
    assert equal_intent(call, "confirm_order", {"id": "x"}) == lost


def test_intent_without_an_answer_is_unknown() -> None:
    """A process died in between."""
    assert unknown(record(1, "confirm_order", {"id": "x"}, ok=None))


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_refused_intent_is_over(status: int) -> None:
    """The shop decided: wanting it again is a new intent."""
    refused = record(1, "confirm_order", {"id": "x"}, ok=False, result={"status": status})
    assert not unknown(refused)
    assert equal_intent(view(refused), "confirm_order", {"id": "x"}) is None


def test_only_changes_of_the_shop_are_counted_as_mutations() -> None:
    """A search has no key."""
    search = replace(record(2, "search_tires", {}), key=None)
    assert mutations(view(record(1, "create_order_draft", {}), search)) == 1
