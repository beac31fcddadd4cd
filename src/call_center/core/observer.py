"""How a session tells the outside what happens, for metrics and logs; `core` knows neither.

Every method is called on the audio loop, must return at once and must not raise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from call_center.core.floor import Event, State
from call_center.core.journal.events import TurnTimed
from call_center.core.line import CloseReason
from call_center.core.ports import Transfer


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a connection ended; decides "what next" in the dialplan.

    `reason`: transfer (`transfer` is set), agent_hangup, caller_hangup, or the `CloseReason` of a broken connection.
    """

    reason: str
    transfer: Transfer | None = None

    @classmethod
    def of(cls, reason: str) -> Outcome:
        """Return the outcome of a connection that somebody else ended, from its `CloseReason`."""
        return cls("caller_hangup" if reason in (CloseReason.PEER_HANGUP, CloseReason.PEER_RESET) else reason)


class Observer(Protocol):
    """What a session reports."""

    def floor_moved(self, before: State, event: Event, after: State) -> None:
        """The floor moved."""

    def first_audio(self, seconds: float) -> None:
        """The first sentence's first frame went out, `seconds` after the session started."""

    def turn_timed(self, timing: TurnTimed) -> None:
        """The first frame of an answer went out."""

    def turn_failed(self, error: BaseException) -> None:
        """A turn failed; the caller heard an apology."""

    def decoded(self, decode_ms: float, *, adopted: bool) -> None:
        """A hypothesis came; not adopted when it was late, rejected or thrown away."""

    def ended(self, outcome: Outcome, *, unreleased: int) -> None:
        """Everything was released but `unreleased` tasks that did not stop in time."""


class SilentObserver:
    """Reports nothing."""

    def floor_moved(self, before: State, event: Event, after: State) -> None:
        """Ignore."""

    def first_audio(self, seconds: float) -> None:
        """Ignore."""

    def turn_timed(self, timing: TurnTimed) -> None:
        """Ignore."""

    def turn_failed(self, error: BaseException) -> None:
        """Ignore."""

    def decoded(self, decode_ms: float, *, adopted: bool) -> None:
        """Ignore."""

    def ended(self, outcome: Outcome, *, unreleased: int) -> None:
        """Ignore."""
