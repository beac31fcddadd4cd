"""An asyncio loop whose time jumps: `run_virtual(main())` runs hours of timers in milliseconds, always the same way.

When every callback is done, the loop's clock moves to the next timer instead of waiting for it. Real I/O and threads
still work (they are polled), but their time does not pass. A loop that waits for nothing at all fails after 5 s.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any

_DEADLOCK_S = 5.0

_Ready = list[tuple[selectors.SelectorKey, int]]


class _JumpSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> _Ready:
        if timeout is None:
            events = super().select(_DEADLOCK_S)
            if not events:
                raise RuntimeError("the virtual loop waits for nothing: no timer, no thread, no I/O")
            return events
        events = super().select(0)
        if not events and timeout > 0:
            self.now += timeout
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop; `time()` starts at 1,000 seconds."""

    def __init__(self) -> None:
        self._jump = _JumpSelector()
        super().__init__(self._jump)

    def time(self) -> float:
        """Return virtual seconds."""
        return 1_000.0 + self._jump.now


def run_virtual[T](main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
