"""The timers behind silence prompts and dictated keys; the rules are in `turns`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from call_center.core.ports import Question
from call_center.core.turns import KeyCollector, SilencePrompts

LATER_S = 0.2


class SilenceWatch:
    """Calls `due` when nobody has said anything for too long."""

    def __init__(self, loop: asyncio.AbstractEventLoop, due: Callable[[], None]) -> None:
        self.prompts = SilencePrompts()
        self._loop = loop
        self._due = due
        self._timer: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Nobody speaks from now on."""
        self.stop()
        self._timer = self._loop.call_at(self.prompts.watch(self._loop.time()), self._fire)

    def stop(self) -> None:
        """Somebody does."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._timer = None
        self._due()


class KeyWatch:
    """Collects keys; calls `complete` at the end of an answer, or when no more keys come."""

    def __init__(self, loop: asyncio.AbstractEventLoop, complete: Callable[[], None]) -> None:
        self._keys = KeyCollector()
        self._loop = loop
        self._complete = complete
        self._timer: asyncio.TimerHandle | None = None

    @property
    def pending(self) -> bool:
        """Whether keys were pressed that nobody has taken."""
        return bool(self._keys.digits)

    def press(self, digit: str, question: Question) -> bool:
        """Take a key; True when the answer is complete, else `complete` is called after a pause."""
        self._stop()
        if self._keys.press(digit, question, self._loop.time()):
            return True
        if self._keys.due_at is not None:
            self._timer = self._loop.call_at(self._keys.due_at, self._complete)
        return False

    def restore(self, digits: str, ago_s: float) -> None:
        """Go on with keys of a former process, the last of which was pressed `ago_s` ago."""
        self._keys.digits = digits
        self.later(max(self._keys.pause_s - ago_s, LATER_S))

    def later(self, wait_s: float = LATER_S) -> None:
        """Call `complete` after a while."""
        self._stop()
        self._timer = self._loop.call_later(wait_s, self._complete)

    def take(self) -> str:
        """Return the keys and start over."""
        self._stop()
        return self._keys.take()

    def close(self) -> None:
        """Forget the timer."""
        self._stop()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
