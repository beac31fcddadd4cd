"""The clock of outgoing audio: one absolute 20 ms grid per worker process drives every line.

A phone plays what it gets, so the grid never drifts: a late tick sends what is due, at most `MAX_LEAD` frames, and
time lost beyond that is skipped and not caught up. The pacer is the only writer of every socket. How late each tick
was goes to the `stall` hook: it is the loop stall that callers would hear.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

TICK = 0.020  # seconds
MAX_LEAD = 3  # frames; lands in the phone's jitter buffer, Asterisk has none
_EARLY = 0.001  # timers of the loop are good to a millisecond: this much too early is on time


class Grid:
    """Pure arithmetic of the tick: which ones are due, when the next one is. Times in seconds, any monotonic clock."""

    __slots__ = ("_origin", "_ticks", "skipped")

    def __init__(self, now: float) -> None:
        self._origin = now
        self._ticks = 0  # ticks done
        self.skipped = 0  # ticks lost to stalls longer than MAX_LEAD frames

    @property
    def next_at(self) -> float:
        """When the next tick is due."""
        return self._origin + (self._ticks + 1) * TICK

    def advance(self, now: float) -> int:
        """How many frames every line owes at `now`: 0 (too early) to `MAX_LEAD`."""
        passed = int((now - self._origin + _EARLY) / TICK)
        due = passed - self._ticks
        if due <= 0:
            return 0
        self._ticks = passed
        if due > MAX_LEAD:
            self.skipped += due - MAX_LEAD
            return MAX_LEAD
        return due


class Paced(Protocol):
    """What the pacer drives; `emit` must not raise."""

    def emit(self, frames: int) -> None:
        """Write the next `frames` frames, each by its own `write`."""


class Pacer:
    """Drives every line of a worker. Runs only while there are lines."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, stall: Callable[[float], None]
    ) -> None:
        self._clock = clock
        self._stall = stall
        self._lines: dict[Paced, None] = {}
        self._grid: Grid | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.ticks = 0

    @property
    def lines(self) -> int:
        """Lines being driven."""
        return len(self._lines)

    @property
    def skipped(self) -> int:
        """Ticks lost to stalls since the pacer last started to run."""
        return self._grid.skipped if self._grid else 0

    def add(self, line: Paced) -> None:
        """Send the line's first frame now and one a tick from here on."""
        self._lines[line] = None
        line.emit(1)
        if self._timer is None:
            self._grid = Grid(self._clock())
            self._arm(self._grid)

    def remove(self, line: Paced) -> None:
        """Stop driving `line`; also from inside its `emit`."""
        self._lines.pop(line, None)
        if not self._lines and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, grid: Grid) -> None:
        loop = asyncio.get_running_loop()
        # The loop's own clock may be coarser or start elsewhere (uvloop: milliseconds): hand it a distance.
        self._timer = loop.call_later(max(0.0, grid.next_at - self._clock()), self._tick)

    def _tick(self) -> None:
        grid = self._grid
        if grid is None:
            return
        now = self._clock()
        late = now - grid.next_at
        due = grid.advance(now)
        if due:
            self.ticks += 1
            self._stall(late if late > 0 else 0.0)
            for line in list(self._lines):
                line.emit(due)
        # Meanwhile the last line may have gone (no timer) and a first one come (a grid and timer of its own).
        if self._timer is not None and self._grid is grid:
            self._arm(grid)
