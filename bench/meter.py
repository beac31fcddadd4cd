"""What a caller's ear measures: pure, fed with frames and times, no sockets.

Definitions (the same as in the comparison with other frameworks, so figures can be set side by side):
latency   last speech frame sent -> first loud frame back; `net` is that minus the server's configured stop time.
jitter    |arrival interval - duration of the frame before|; intervals of `GAP` or more are pauses.
late      how late a frame is for a phone that began to play with the first one; later than `JITTER_BUFFER` is an
          underrun and the phone's clock slips.
missed    a turn without any loud frame until the caller spoke again; early: loud while the caller speaks;
short: less than 90 % of the answer that was expected.
Times in seconds inside, milliseconds in the summary.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

GAP = 1.0
JITTER_BUFFER = 0.060
EARLY_AFTER = 0.5  # s of caller speech in which the end of the answer before may still be heard


def percentiles(values: list[float], digits: int = 2) -> dict[str, float]:
    """n, mean, p50, p95, p99, p99.9 and max of `values`."""
    if not values:
        return {"n": 0}
    ordered = sorted(values)
    last = len(ordered) - 1
    named = {
        name: ordered[min(last, int(len(ordered) * share))]
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999))
    }
    summary = {"mean": sum(ordered) / len(ordered), **named, "max": ordered[-1]}
    return {"n": len(ordered), **{name: round(value, digits) for name, value in summary.items()}}


@dataclass(slots=True)
class Tally:
    """Sums over all callers of a run; lists in milliseconds."""

    latency: list[float] = field(default_factory=list)
    jitter: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    lateness_of_generator: list[float] = field(default_factory=list)
    first_frame: list[float] = field(default_factory=list)
    first_audio: list[float] = field(default_factory=list)
    underruns: int = 0
    turns: int = 0
    missed: int = 0
    early: int = 0
    short: int = 0
    lost: int = 0
    refused: int = 0
    frames_sent: int = 0
    frames_heard: int = 0
    errors: dict[str, int] = field(default_factory=dict)

    def note(self, error: BaseException) -> None:
        """Count an exception by its text."""
        key = f"{type(error).__name__}: {error}"[:120]
        self.errors[key] = self.errors.get(key, 0) + 1

    def summary(self, stop_ms: float) -> dict[str, Any]:
        """The run as JSON."""
        return {
            "turns": self.turns,
            "answers": len(self.latency),
            "latency_ms": percentiles(self.latency),
            "latency_net_ms": percentiles([value - stop_ms for value in self.latency]),
            "jitter_ms": percentiles(self.jitter),
            "late_ms": percentiles(self.late),
            "underruns": self.underruns,
            "first_frame_ms": percentiles(self.first_frame),
            "first_audio_ms": percentiles(self.first_audio),
            "frames": {"sent": self.frames_sent, "heard": self.frames_heard},
            "failures": {
                "missed": self.missed,
                "early": self.early,
                "short": self.short,
                "lost": self.lost,
                "refused": self.refused,
                "errors": self.errors,
            },
            "generator_late_ms": percentiles(self.lateness_of_generator),
        }


class Ear:
    """One caller's measurements. `counted(now)` says whether a moment lies in the steady window."""

    __slots__ = (
        "_arrived",
        "_counts",
        "_due",
        "_duration",
        "_end",
        "_expected",
        "_heard",
        "_speaking_since",
        "_spoken_at",
        "_start",
        "_tally",
        "_told_early",
    )  # fmt: skip

    def __init__(self, tally: Tally, start: float, end: float, expected: float) -> None:
        self._tally = tally
        self._start = start
        self._end = end
        self._expected = expected  # s of answer; 0: any
        self._arrived: float | None = None
        self._duration = 0.0
        self._due: float | None = None  # when the phone wants the next frame
        self._speaking_since: float | None = None
        self._spoken_at: float | None = None  # end of speech that waits for its answer
        self._heard: float | None = None  # s of loud answer so far; None: no answer running
        self._counts = False
        self._told_early = False

    def counted(self, now: float) -> bool:
        """Whether `now` is in the steady window."""
        return self._start <= now <= self._end

    def speech_begins(self, now: float) -> None:
        """The caller opens his mouth: the turn before is over."""
        self.turn_over()
        self._speaking_since = now
        self._told_early = False

    def speech_ends(self, now: float) -> None:
        """The last speech frame was sent; an answer counts when 3 s are left for it."""
        self._speaking_since = None
        self._spoken_at = now
        self._heard = None
        self._counts = self._start <= now <= self._end - 3.0
        if self._counts:
            self._tally.turns += 1

    def turn_over(self) -> None:
        """Account for the answer of the turn that is over."""
        if self._counts:
            if self._spoken_at is not None:
                self._tally.missed += 1
            elif self._heard is not None and self._heard < 0.9 * self._expected:
                self._tally.short += 1
        self._spoken_at = self._heard = None
        self._counts = False

    def call_over(self, now: float) -> None:
        """The run ends: an answer that may still be going on is neither short nor missing."""
        if self._spoken_at is not None or (self._heard or 0.0) >= self._expected:
            self.turn_over()
        self._counts = False

    def frame(self, now: float, seconds: float, loud: bool) -> None:
        """A frame of `seconds` arrived."""
        steady = self.counted(now)
        if steady:
            self._tally.frames_heard += 1
        self._pace(now, seconds, steady)
        if loud:
            self._loud(now, seconds, steady)

    def _pace(self, now: float, seconds: float, steady: bool) -> None:
        if self._arrived is not None:
            interval = now - self._arrived
            if interval >= GAP:
                self._due = None
            elif steady:
                self._tally.jitter.append(abs(interval - self._duration) * 1000)
        self._arrived, self._duration = now, seconds
        if self._due is None:
            self._due = now + seconds
            return
        late = now - self._due
        if steady:
            self._tally.late.append(max(0.0, late) * 1000)
        if late > JITTER_BUFFER:
            self._due = now + seconds
            self._tally.underruns += steady
        else:
            self._due += seconds

    def _loud(self, now: float, seconds: float, steady: bool) -> None:
        if self._spoken_at is not None:
            if self._counts:
                self._tally.latency.append((now - self._spoken_at) * 1000)
            self._spoken_at, self._heard = None, 0.0
        elif (
            self._speaking_since is not None
            and now - self._speaking_since > EARLY_AFTER
            and not self._told_early
        ):
            self._told_early = True
            self._tally.early += steady
        if self._heard is not None:
            self._heard += seconds
