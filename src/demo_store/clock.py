"""The store's own clock: real time, or real time moved to start at a given moment (`--now`, `/_test/reset`).

It goes on from the moment it was set to. Everything that the store calls today, now or in 24 hours asks it; times are
Kyiv time.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

KYIV = ZoneInfo("Europe/Kyiv")


class Clock:
    """Kyiv time with a settable offset. `source` gives Unix time in seconds."""

    def __init__(self, now: dt.datetime | None = None, *, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0.0
        self.set(now)

    def set(self, now: dt.datetime | None) -> None:
        """Let it be `now` from here on (naive: Kyiv time); None goes back to real time."""
        if now is None:
            self._offset = 0.0
            return
        aware = now if now.tzinfo else now.replace(tzinfo=KYIV)
        self._offset = aware.timestamp() - self._source()

    def now(self) -> dt.datetime:
        """Return the store's now, aware, in Kyiv time."""
        return dt.datetime.fromtimestamp(self._source() + self._offset, KYIV)

    def today(self) -> dt.date:
        """Return the store's today."""
        return self.now().date()


def parse_now(text: str) -> dt.datetime:
    """Parse an ISO 8601 date or date-time; without an offset it is Kyiv time. Raises `ValueError`."""
    moment = dt.datetime.fromisoformat(text)
    if not 2000 <= moment.year <= 2099:
        raise ValueError(f"the year of {text} is not between 2000 and 2099")
    return moment if moment.tzinfo else moment.replace(tzinfo=KYIV)
