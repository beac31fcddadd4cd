"""The breaker of the Store API, against its table and against an independent model."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.store_client.breaker import FAILURES, OPEN_S, TABLE, Breaker, Outcome, Permit, State

pytestmark = pytest.mark.unit


class Now:
    """A clock that stands still until moved."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.time


def send(breaker: Breaker, outcome: Outcome) -> None:
    """Send one request that ends so; it must be let through."""
    permit = breaker.permit()
    assert permit is not None
    permit.settle(outcome)


def opened(now: Now) -> Breaker:
    """Return a breaker that has just opened."""
    breaker = Breaker(now)
    for _ in range(FAILURES):
        send(breaker, Outcome.FAILED)
    return breaker


def test_table_names_every_state_and_outcome() -> None:
    """Nothing can happen in any state that the table does not answer."""
    assert set(TABLE) == set(itertools.product(State, Outcome))


def test_fifth_failure_in_a_row_opens() -> None:
    """Four failures are tolerated, the fifth refuses everything."""
    breaker = Breaker(Now())
    states = []
    for _ in range(FAILURES):
        send(breaker, Outcome.FAILED)
        states.append(breaker.state)
    assert states == [State.CLOSED] * (FAILURES - 1) + [State.OPEN]
    assert breaker.permit() is None


def test_success_forgets_earlier_failures() -> None:
    """Only failures in a row count."""
    breaker = Breaker(Now())
    for _ in range(3):
        for _ in range(FAILURES - 1):
            send(breaker, Outcome.FAILED)
        send(breaker, Outcome.SUCCEEDED)
    assert breaker.state is State.CLOSED


def test_open_ends_after_exactly_its_time() -> None:
    """Refused just before 30 s, one trial at 30 s."""
    now = Now()
    breaker = opened(now)
    now.time += OPEN_S - 0.001
    assert breaker.permit() is None
    assert breaker.retry_in() == pytest.approx(0.001)
    now.time += 0.001
    assert breaker.permit() is not None
    assert breaker.state is State.HALF_OPEN


def test_half_open_lets_one_trial_through_at_a_time() -> None:
    """Callers that come during the trial are refused."""
    now = Now()
    breaker = opened(now)
    now.time += OPEN_S
    trial = breaker.permit()
    assert trial is not None
    assert breaker.permit() is None


@pytest.mark.parametrize(
    ("outcome", "state"), [(Outcome.SUCCEEDED, State.CLOSED), (Outcome.FAILED, State.OPEN)]
)
def test_trial_decides(outcome: Outcome, state: State) -> None:
    """A good trial closes the breaker, a bad one opens it again."""
    now = Now()
    breaker = opened(now)
    now.time += OPEN_S
    send(breaker, outcome)
    assert breaker.state is state


def test_abandoned_trial_makes_way_for_the_next() -> None:
    """A caller who hangs up in the trial does not lock the breaker."""
    now = Now()
    breaker = opened(now)
    now.time += OPEN_S
    send(breaker, Outcome.ABANDONED)
    assert breaker.permit() is not None


def test_late_answer_does_not_close_an_open_breaker() -> None:
    """A request sent before the breaker opened tells nothing about now."""
    now = Now()
    breaker = Breaker(now)
    late = breaker.permit()
    assert late is not None
    for _ in range(FAILURES):
        send(breaker, Outcome.FAILED)
    now.time += OPEN_S
    assert breaker.state is State.HALF_OPEN
    late.settle(Outcome.SUCCEEDED)
    assert breaker.state is State.HALF_OPEN


def test_every_change_of_state_is_told_once() -> None:
    """The metric hears the sequence of states as it was."""
    now = Now()
    states: list[State] = []
    breaker = Breaker(now, on_change=states.append)
    for _ in range(FAILURES):
        send(breaker, Outcome.FAILED)
    now.time += OPEN_S
    send(breaker, Outcome.SUCCEEDED)
    assert states == [State.OPEN, State.HALF_OPEN, State.CLOSED]


STEP = st.one_of(
    st.sampled_from([Outcome.SUCCEEDED, Outcome.FAILED, Outcome.ABANDONED]),
    st.floats(0.0, 2 * OPEN_S),
)


@given(st.lists(STEP, max_size=60))
def test_one_request_at_a_time_matches_the_model(steps: list[Outcome | float]) -> None:
    """Sent one after another, requests are let through exactly when fewer than 5 failures in a row or 30 s lie behind."""
    now = Now()
    breaker = Breaker(now)
    run, blocked_until, trial = 0, 0.0, False
    for step in steps:
        if isinstance(step, float):
            now.time += step
            continue
        allowed = now.time >= blocked_until or run < FAILURES
        permit = breaker.permit()
        assert (permit is not None) == allowed
        if permit is None:
            continue
        trial = run >= FAILURES
        permit.settle(step)
        if step is Outcome.SUCCEEDED:
            run = 0
        elif step is Outcome.FAILED:
            run = FAILURES if trial else run + 1
            blocked_until = now.time + OPEN_S if run >= FAILURES else 0.0


@given(st.lists(st.tuples(st.booleans(), STEP), max_size=60))
def test_open_never_lets_through_whatever_overlaps(steps: list[tuple[bool, Outcome | float]]) -> None:
    """With requests that overlap: none leaves while open, at most one while half-open."""
    now = Now()
    breaker = Breaker(now)
    pending: list[Permit] = []
    trials: list[Permit] = []
    for send_one, step in steps:
        if isinstance(step, float):
            now.time += step
        elif pending:
            permit = pending.pop(0)
            permit.settle(step)
            trials = [trial for trial in trials if trial is not permit]
        if send_one:
            before = breaker.state
            permit_or_none = breaker.permit()
            if permit_or_none is not None:
                assert before is not State.OPEN
                pending.append(permit_or_none)
                if before is State.HALF_OPEN:
                    trials.append(permit_or_none)
        if breaker.state is State.HALF_OPEN:
            assert len(trials) <= 1
        else:
            trials = []
