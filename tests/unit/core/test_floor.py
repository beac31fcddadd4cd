"""The floor's table, its rules and its drawing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.core.floor import TABLE, Action, Event, Floor, State
from call_center.core.floor_diagram import PAGE, page

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]


def floor_in(state: State, *, guarded: bool = False) -> Floor:
    """Return a floor in `state`."""
    floor = Floor()
    floor.state = state
    floor.guarded = guarded
    return floor


@pytest.mark.parametrize(
    ("state", "event", "target", "actions"),
    [
        (State.LISTENING, Event.VOICE, State.CALLER_SPEAKING, {Action.STOP_SILENCE, Action.OPEN_EARS}),
        (State.CALLER_SPEAKING, Event.TURN_ENDED, State.THINKING, {Action.FORGET, Action.RESPOND}),
        (State.CALLER_SPEAKING, Event.TURN_EMPTY, State.LISTENING, {Action.FORGET, Action.WATCH_SILENCE}),
        (State.THINKING, Event.VOICE, State.CALLER_SPEAKING, {Action.MERGE, Action.OPEN_EARS}),
        (State.AGENT_SPEAKING, Event.VOICE, State.OVERLAP, {Action.PAUSE, Action.OPEN_EARS}),
        (State.OVERLAP, Event.CLAIMED, State.CALLER_SPEAKING, {Action.CUT}),
        (State.OVERLAP, Event.YIELDED, State.AGENT_SPEAKING, {Action.FORGET, Action.RESUME}),
        (State.AGENT_SPEAKING, Event.PLAYED, State.LISTENING, {Action.WATCH_SILENCE}),
        (State.HANDOVER, Event.PLAYED, State.HANDOVER, {Action.HANG_UP}),
    ],
)
def test_table_says_who_speaks_next(state: State, event: Event, target: State, actions: set[Action]) -> None:
    """The main paths of a call."""
    floor = floor_in(state)
    assert set(floor.handle(event)) == actions
    assert floor.state is target


def test_pair_that_is_not_in_the_table_changes_nothing() -> None:
    """An event that has no meaning in a state is ignored."""
    floor = floor_in(State.LISTENING)
    assert floor.handle(Event.CLAIMED) == ()
    assert floor.state is State.LISTENING


@pytest.mark.parametrize("event", [Event.VOICE, Event.CLAIMED, Event.KEY, Event.KEYS_ENDED])
def test_guarded_sentence_keeps_the_floor(event: Event) -> None:
    """Nothing of the caller takes the floor from a sentence that must not be interrupted."""
    floor = floor_in(State.AGENT_SPEAKING, guarded=True)
    actions = floor.handle(event)
    assert floor.state is State.AGENT_SPEAKING
    assert not {Action.PAUSE, Action.CUT, Action.RESPOND} & set(actions)


def test_guarded_voice_is_heard() -> None:
    """What is said over the notice is kept."""
    assert Action.OPEN_EARS in floor_in(State.AGENT_SPEAKING, guarded=True).handle(Event.VOICE)


def test_greeting_is_guarded_from_the_start() -> None:
    """A caller who speaks before the greeting sounds does not cancel the legal notice."""
    floor = Floor()
    floor.handle(Event.VOICE)
    assert floor.state is State.THINKING


@pytest.mark.parametrize("state", list(State))
def test_every_state_can_be_closed(state: State) -> None:
    """The line may go at any time; everything is released."""
    floor = floor_in(state)
    assert Action.RELEASE in floor.handle(Event.CLOSED)
    assert floor.state is State.ENDING


@given(st.lists(st.sampled_from(list(Event))))
def test_no_sequence_of_events_leaves_ending(events: list[Event]) -> None:
    """A call that ends does not come back."""
    floor = Floor()
    floor.handle(Event.CLOSED)
    for event in events:
        floor.handle(event)
    assert floor.state is State.ENDING


@given(st.lists(st.sampled_from([event for event in Event if event not in (Event.CLOSED, Event.HANG_UP)])))
def test_handover_is_final(events: list[Event]) -> None:
    """Once a call goes to a person no word or key brings it back."""
    floor = floor_in(State.AGENT_SPEAKING)
    floor.handle(Event.TRANSFER)
    for event in events:
        floor.handle(event)
    assert floor.state is State.HANDOVER


@given(st.lists(st.tuples(st.sampled_from(list(Event)), st.booleans())))
def test_a_pause_is_always_undone(events: list[tuple[Event, bool]]) -> None:
    """Whatever happens, output is paused only in OVERLAP: leaving it resumes, cuts or ends."""
    floor = Floor()
    paused = False
    for event, guarded in events:
        floor.guarded = guarded
        for action in floor.handle(event):
            if action is Action.PAUSE:
                paused = True
            elif action in (Action.RESUME, Action.CUT, Action.HANG_UP, Action.RELEASE):
                paused = False
        assert paused == (floor.state is State.OVERLAP)


def test_every_state_is_reached_and_left() -> None:
    """No state of the table is dead."""
    reached = {State.THINKING} | {target for target, _ in TABLE.values()}
    assert reached == set(State)
    assert {state for state, _ in TABLE} == set(State)


def test_diagram_is_current() -> None:
    """doc/technical/floor.md is what the table says; if not: python -m call_center.core.floor_diagram."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page()
