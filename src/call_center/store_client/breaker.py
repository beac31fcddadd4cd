"""Circuit breaker for the Store API, as a table. Pure: the clock is given, nothing is awaited.

CLOSED lets everything through and counts failures in a row; the fifth opens it. OPEN refuses for 30 s. Then HALF_OPEN
lets one trial through at a time: its success closes the breaker, its failure opens it for another 30 s, its
abandonment (the caller hung up meanwhile) lets the next one try. A refusal by the shop (4xx) is a success here: the
shop answered. `open_for` and `close` are for what another process found out (`shared_breaker`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

FAILURES = 5  # in a row; PRODUCT.md, "When parts fail"
OPEN_S = 30.0


class State(StrEnum):
    """Where the breaker is."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Outcome(StrEnum):
    """What happened."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXHAUSTED = "exhausted"  # a failure, and the last one that was tolerated
    ABANDONED = "abandoned"
    WAITED = "waited"  # the time in OPEN is over


# A late answer to a request sent before the breaker opened changes nothing: hence the rows of OPEN.
TABLE: Mapping[tuple[State, Outcome], State] = {
    (State.CLOSED, Outcome.SUCCEEDED): State.CLOSED,
    (State.CLOSED, Outcome.FAILED): State.CLOSED,
    (State.CLOSED, Outcome.EXHAUSTED): State.OPEN,
    (State.CLOSED, Outcome.ABANDONED): State.CLOSED,
    (State.CLOSED, Outcome.WAITED): State.CLOSED,
    (State.OPEN, Outcome.SUCCEEDED): State.OPEN,
    (State.OPEN, Outcome.FAILED): State.OPEN,
    (State.OPEN, Outcome.EXHAUSTED): State.OPEN,
    (State.OPEN, Outcome.ABANDONED): State.OPEN,
    (State.OPEN, Outcome.WAITED): State.HALF_OPEN,
    (State.HALF_OPEN, Outcome.SUCCEEDED): State.CLOSED,
    (State.HALF_OPEN, Outcome.FAILED): State.OPEN,
    (State.HALF_OPEN, Outcome.EXHAUSTED): State.OPEN,
    (State.HALF_OPEN, Outcome.ABANDONED): State.HALF_OPEN,
    (State.HALF_OPEN, Outcome.WAITED): State.HALF_OPEN,
}


class Permit:
    """Leave to send one request. Exactly one `settle` must follow; a second one changes nothing."""

    def __init__(self, breaker: Breaker, generation: int) -> None:
        self._breaker = breaker
        self._generation = generation
        self._settled = False

    def settle(self, outcome: Outcome) -> None:
        """Tell what became of the request: SUCCEEDED, FAILED or ABANDONED."""
        if not self._settled:
            self._settled = True
            self._breaker._settle(outcome, self._generation)


class Breaker:
    """One breaker per shop; `clock` in seconds, monotonic. `on_change` hears every change of state."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        failures: int = FAILURES,
        open_s: float = OPEN_S,
        on_change: Callable[[State], None] = lambda state: None,
    ) -> None:
        self._clock = clock
        self._tolerated = failures
        self._open_s = open_s
        self._on_change = on_change
        self._state = State.CLOSED
        self._failures = 0
        self._opened_at = 0.0
        self._trial = False
        self._generation = 0  # rises with every change, so that late answers are told apart

    @property
    def state(self) -> State:
        """The state now; time alone moves OPEN to HALF_OPEN."""
        if self._state is State.OPEN and self._clock() - self._opened_at >= self._open_s:
            self._enter(TABLE[self._state, Outcome.WAITED])
        return self._state

    def permit(self) -> Permit | None:
        """Return leave to send a request, or None: refuse it now."""
        state = self.state
        if state is State.OPEN or (state is State.HALF_OPEN and self._trial):
            return None
        self._trial = state is State.HALF_OPEN
        return Permit(self, self._generation)

    def retry_in(self) -> float:
        """Seconds until a trial is let through; 0 when one would be now."""
        if self.state is not State.OPEN:
            return 0.0
        return max(0.0, self._opened_at + self._open_s - self._clock())

    def open_for(self, seconds: float) -> None:
        """Open because another process found the shop down, for `seconds` and no longer than ever."""
        self._enter(State.OPEN)
        self._opened_at = self._clock() - self._open_s + min(seconds, self._open_s)

    def close(self) -> None:
        """Close because another process found the shop well."""
        self._enter(State.CLOSED)

    def _settle(self, outcome: Outcome, generation: int) -> None:
        if generation != self._generation:
            return
        self._trial = False
        if outcome is Outcome.SUCCEEDED:
            self._failures = 0
        elif outcome is Outcome.FAILED:
            self._failures += 1
            if self._failures >= self._tolerated:
                outcome = Outcome.EXHAUSTED
        self._enter(TABLE[self._state, outcome])

    def _enter(self, state: State) -> None:
        if state is self._state:
            return
        self._state = state
        self._generation += 1
        self._failures = 0
        self._trial = False
        if state is State.OPEN:
            self._opened_at = self._clock()
        self._on_change(state)
