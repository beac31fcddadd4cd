"""A session's reports as metrics and log lines; no label names a caller."""

from __future__ import annotations

from call_center.core.floor import Event, State
from call_center.core.journal.events import TurnTimed
from call_center.core.observer import Outcome
from call_center.logging import get_logger
from call_center.monitoring import metrics

log = get_logger(__name__)


class MetricsObserver:
    """The `core.observer.Observer` of one call."""

    def __init__(self, call_id: str) -> None:
        self._call_id = call_id

    def floor_moved(self, before: State, event: Event, after: State) -> None:
        """Count interruptions: the caller got the floor out of an overlap."""
        if before is State.OVERLAP and after is State.CALLER_SPEAKING:
            metrics.INTERRUPTIONS.labels(by=event.name.lower()).inc()

    def first_audio(self, seconds: float) -> None:
        """Connect to first agent frame."""
        metrics.FIRST_AUDIO.observe(seconds)

    def turn_timed(self, timing: TurnTimed) -> None:
        """Every stage of the turn and its total."""
        stages = {
            "endpoint": timing.endpoint_ms,
            "stt": timing.stt_ms,
            "brain": timing.brain_ms,
            "tts": timing.tts_ms,
        }
        for stage, value in stages.items():
            metrics.TURN_STAGE.labels(stage=stage).observe(value / 1000)
        metrics.TURN_TOTAL.labels(question=timing.question).observe(timing.total_ms / 1000)

    def turn_failed(self, error: BaseException) -> None:
        """Count and log; the caller heard an apology."""
        metrics.TURNS_FAILED.inc()
        log.error("turn failed", call_id=self._call_id, error=repr(error))

    def decoded(self, decode_ms: float, *, adopted: bool) -> None:
        """One decode of the recogniser."""
        metrics.DECODES.labels(adopted=str(adopted).lower()).observe(decode_ms / 1000)

    def ended(self, outcome: Outcome, *, unreleased: int) -> None:
        """Log tasks that outlived the call: there should be none."""
        if unreleased:
            log.error("tasks outlived their call", call_id=self._call_id, tasks=unreleased)
