"""When a caller knows that the agent has finished."""

from __future__ import annotations

import pytest

from call_center.core.journal import events as ev
from call_center.testing.caller.attention import Attention

pytestmark = pytest.mark.unit


def test_caller_waits_for_the_answer_that_a_filler_promises() -> None:
    """From speaking to the end of the answer's last sentence, over filler and tool, more is to come."""
    attention = Attention()
    attention.spoke()
    steps: list[tuple[ev.Event, bool]] = [
        (ev.CallerSaid(1, "є зимові", 1.0, 0, 0), True),
        (ev.Speaking(1, 1, "Хвилинку.", "хвилинку", filler=True), True),
        (ev.Spoken(1, 40, True), True),
        (ev.ToolIntended(1, "search_tires", {}), True),
        (ev.ToolAnswered(1, "search_tires", True), True),
        (ev.Speaking(1, 2, "Є.", "є"), True),
        (ev.Spoken(2, 40, True), False),
    ]
    seen = []
    for event, _ in steps:
        attention.on_event(event)
        seen.append(attention.expects_more())
    assert seen == [more for _, more in steps]


def test_nothing_more_comes_after_the_end() -> None:
    """A call that ended, or went to a person, is not waited for."""
    attention = Attention()
    attention.spoke()
    attention.on_event(ev.Ended("agent_hangup"))
    assert not attention.expects_more()


def test_what_is_being_said_is_known_before_it_ends() -> None:
    """Fillers are no part of it."""
    attention = Attention()
    attention.on_event(ev.Speaking(1, 1, "Хвилинку.", "хвилинку", filler=True))
    attention.on_event(ev.Speaking(1, 2, "Перевірмо замовлення.", "перевірмо"))
    assert attention.being_said == "Перевірмо замовлення."
