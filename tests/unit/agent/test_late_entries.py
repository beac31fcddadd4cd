"""A process that lost the call may write late; nothing of it counts, and its numbers are nobody else's."""

from __future__ import annotations

import pytest

from call_center.agent.continuing import taken
from call_center.agent.view import fold_all
from call_center.core.journal.events import Entry, ToolIntended

pytestmark = pytest.mark.unit


def entry(epoch: int, seq: int, intent: int) -> Entry:
    """An intent of an owner of the call."""
    return Entry("c", epoch, seq, 0.0, ToolIntended(intent, "request_callback", {}, f"key {epoch}/{seq}"))


def test_what_is_written_after_the_call_was_taken_does_not_count() -> None:
    """What the new owner found written does."""
    found = [entry(1, 1, 1)]
    note = taken(found, 2)
    assert note is not None
    late = [*found, entry(1, 2, 2), Entry("c", 2, 1, 0.0, note), entry(2, 2, 1001)]
    assert sorted(fold_all(late).records) == [1, 1001]


def test_two_owners_never_take_the_same_number() -> None:
    """Whatever the other one has written by then."""
    view = fold_all([entry(1, 1, 1)])
    assert (view.next_intent(1), view.next_intent(2)) == (2, 1001)


def test_the_first_owner_took_the_call_from_nobody() -> None:
    """There is nothing to note."""
    assert taken([entry(1, 1, 1)], 1) is None
