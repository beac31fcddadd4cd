"""Failed look-ups of today by number, over all calls of this process: whoever tries numbers out is stopped.

Kept in memory, at most `MOST` numbers; a hidden number is counted under one name. Counts of another day are forgotten.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

MOST = 10_000
HIDDEN = "hidden"


class DayLookups:
    """One counter for a process; calls run on one loop, so nothing is locked."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._failed: Counter[str] = Counter()

    def failed(self, number: str | None, today: date) -> int:
        """Failed look-ups of `number` so far today."""
        self._turn_page(today)
        return self._failed[number or HIDDEN]

    def fail(self, number: str | None, today: date) -> None:
        """Count one more."""
        self._turn_page(today)
        if len(self._failed) >= MOST and (number or HIDDEN) not in self._failed:
            self._failed.clear()
        self._failed[number or HIDDEN] += 1

    def _turn_page(self, today: date) -> None:
        if today != self._day:
            self._day = today
            self._failed.clear()
