"""One answer of the agent: drives the conversation's acts to the speaker and keeps the answer's deadlines.

Nothing heard after 1.5 s: the host is asked to cover it. No sound of a real sentence after 4 s (8 s when tools run),
or 8 s of silence in the middle of the answer: it has failed. At most one filler an answer. `stop` cancels for real:
the task is cancelled inside the conversation or the synthesis, and both iterators are closed. An exception ends in
`host.failed`, never further.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from call_center.core.call_settings import SessionTiming
from call_center.core.owner import TaskOwner
from call_center.core.ports import Act, HangUp, Say, Transfer
from call_center.core.speaking import Speaker, closing


class AnswerHost(Protocol):
    """The session, as an answer sees it."""

    def uncovered(self, answer: Answer) -> None:
        """Nothing was heard for too long."""

    def uses_tools(self, answer: Answer) -> bool:
        """Whether a tool was called for it."""

    def decided(self, answer: Answer, act: Transfer | HangUp) -> None:
        """The answer ends the agent's part of the call."""

    def finished(self, answer: Answer) -> None:
        """Everything of it is in the outlet."""

    def failed(self, answer: Answer, error: Exception) -> None:
        """It broke, or did not come in time (`TimeoutError`)."""


class Answer:
    """The answer to `turn` (0: the greeting)."""

    def __init__(
        self, turn: int, acts: Callable[[], AsyncIterator[Act]], host: AnswerHost, *, apology: bool = False
    ) -> None:
        self.turn = turn
        self.apology = apology
        self.covered = False  # a filler or a sentence is on its way
        self.real = False  # a sentence that answers is on its way
        self.done = False
        self.tools_before = 0
        self._acts = acts
        self._host = host
        self._task: asyncio.Task[None] | None = None
        self._timers: list[asyncio.TimerHandle] = []

    def start(
        self, owner: TaskOwner, speaker: Speaker, loop: asyncio.AbstractEventLoop, timing: SessionTiming
    ) -> None:
        """Begin; what needs no waiting (a cached greeting) is in the outlet when this returns."""
        if not self.apology:
            self._timers = [
                loop.call_later(timing.first_sound_s, self._first_sound),
                loop.call_later(timing.answer_s, self._deadline, loop, timing),
            ]
        self._task = owner.start(self._run(speaker), f"answer-{self.turn}")

    def sounded(self) -> None:
        """PCM of a sentence that answers is in the outlet: the deadlines are kept."""
        self._stop_timers()

    def fell_silent(self, loop: asyncio.AbstractEventLoop, timing: SessionTiming) -> None:
        """All that came was played and more is to come: it has the time of a turn with tools."""
        if not self._timers and not self.apology:
            self._timers = [loop.call_later(timing.answer_with_tools_s, self._late)]

    def stop(self) -> None:
        """Cancel it; nothing is reported any more."""
        self.done = True
        self._stop_timers()
        if self._task is not None:
            self._task.cancel()

    async def _run(self, speaker: Speaker) -> None:
        try:
            async with closing(self._acts()) as acts:
                async for act in acts:
                    if not isinstance(act, Say):
                        self._host.decided(self, act)
                        break
                    if not act.text.strip() or (act.filler and self.covered):
                        continue
                    self.covered = True
                    self.real = self.real or not act.filler
                    await speaker.say(act, self.turn)
        except Exception as error:
            if not self.done:
                self._end()
                self._host.failed(self, error)
            return
        if not self.done:
            self._end()
            self._host.finished(self)

    def _end(self) -> None:
        self.done = True
        self._stop_timers()

    def _first_sound(self) -> None:
        if not self.covered:
            self.covered = True
            self._host.uncovered(self)

    def _deadline(self, loop: asyncio.AbstractEventLoop, timing: SessionTiming) -> None:
        left = timing.answer_with_tools_s - timing.answer_s
        if left > 0 and self._host.uses_tools(self):
            self._timers.append(loop.call_later(left, self._late))
        else:
            self._late()

    def _late(self) -> None:
        self._host.failed(self, TimeoutError("no answer in time"))

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


async def fixed(*acts: Act) -> AsyncIterator[Act]:
    """Answer with `acts`, whatever was said."""
    for act in acts:
        yield act
