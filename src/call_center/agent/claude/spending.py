"""What the shop's calls have cost today, in this process. The cap of the day is split over the workers by the builder.

A restart forgets the day's sum: the cap then holds from the restart on.
"""

from __future__ import annotations

from datetime import date

from call_center.logging import get_logger

log = get_logger(__name__)


class DaySpending:
    """USD of one day; a new day begins at zero. Alerts once when the cap is reached."""

    def __init__(self, cap: float) -> None:
        self._cap = cap
        self._day: date | None = None
        self._spent = 0.0

    def add(self, usd: float, day: date) -> None:
        """Count a reply."""
        self._turn(day)
        below = self._spent < self._cap
        self._spent += usd
        if below and self._spent >= self._cap:
            log.error("the daily cap is reached, the built-in brain answers", cap_usd=self._cap)

    def open(self, day: date) -> bool:
        """Whether a model may still be asked today."""
        self._turn(day)
        return self._spent < self._cap

    def _turn(self, day: date) -> None:
        if day != self._day:
            self._day, self._spent = day, 0.0
