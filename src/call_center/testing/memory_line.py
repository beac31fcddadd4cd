"""A telephone line in memory: the real clip queue paced by the loop's clock, no socket.

With `virtual_loop` whole calls run in milliseconds. The test plays the caller (`speak`, `quiet`, `key`, `hang_up`);
what the caller would have heard is in `heard`: one `(time, clip)` for every 20 ms tick, clip None for silence.
The voice detector is played as well: what is fed as speech is judged as speech, 32 ms a window.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from call_center.core.codec import KINDS
from call_center.core.line import CallHandler, CloseReason
from call_center.core.outlet import ClipQueue

_TICK_S = 0.02


class MemoryLine:
    """A `Line` at `rate` Hz. `attach` the call before anything else."""

    def __init__(self, rate: int = 8_000) -> None:
        self.rate = rate
        self.loop = asyncio.get_running_loop()
        self.ticket = UUID(int=0x0C0FFEE)
        self.outlet = ClipQueue(KINDS[rate], self.loop.time)
        self.heard: list[tuple[float, int | None]] = []
        self.hung_up_at: float | None = None
        self.closed_at: float | None = None
        self._handler: CallHandler | None = None
        self._draining = False
        self._window = 0
        self._timer: asyncio.TimerHandle | None = None
        self._next = self.loop.time()

    def attach(self, handler: CallHandler) -> None:
        """Pace `handler` from now on; its first frame goes out at once."""
        self._handler = handler
        self._timer = self.loop.call_soon(self._tick)  # type: ignore[assignment]  # a handle is enough

    # --- what the call does

    def hang_up(self, drain: bool) -> None:
        """See `Line.hang_up`."""
        if self.hung_up_at is None:
            self.hung_up_at = self.loop.time()
        self._draining = True
        if not drain:
            self.outlet.cancel()

    # --- what the caller does

    async def speak(self, ms: float) -> None:
        """Speak for `ms`; returns when it was said."""
        await self._feed(ms, speech=True)

    async def quiet(self, ms: float) -> None:
        """Say nothing for `ms`; returns then."""
        await self._feed(ms, speech=False)

    def key(self, digit: str) -> None:
        """Press a key."""
        if self._handler is not None:
            self._handler.on_key(digit)

    def close(self, reason: str = CloseReason.PEER_HANGUP) -> None:
        """End the connection: the caller hung up."""
        handler, self._handler = self._handler, None
        if self._timer is not None:
            self._timer.cancel()
        if handler is not None:
            self.closed_at = self.loop.time()
            handler.on_closed(reason)

    def heard_clips(self) -> list[int]:
        """The clips heard, in order, each once."""
        clips: list[int] = []
        for _, clip in self.heard:
            if clip is not None and (not clips or clips[-1] != clip):
                clips.append(clip)
        return clips

    # --- the audio plane

    def _tick(self) -> None:
        handler = self._handler
        if handler is None:
            return
        before = self.outlet.playing
        frame = self.outlet.take()
        loud = any(frame[3:])
        self.heard.append((self.loop.time(), (self.outlet.playing or before) if loud else None))
        notes, self.outlet.notes = self.outlet.notes, []
        for note in notes:
            note(handler)
        if self._draining and self.outlet.idle:
            self.close(CloseReason.OUR_HANGUP)
            return
        self._next += _TICK_S
        self._timer = self.loop.call_at(self._next, self._tick)

    async def _feed(self, ms: float, *, speech: bool) -> None:
        frame = (b"\x10\x20" if speech else b"\0\0") * (self.rate // 50)
        for _ in range(round(ms / 20)):
            await asyncio.sleep(_TICK_S)
            if self._handler is None:
                return
            self._handler.on_audio(frame)
            self._window += self.rate // 50
            samples = self.rate * 32 // 1000
            while self._window >= samples and self._handler is not None:
                self._window -= samples
                self._handler.on_voice(speech, 0.9 if speech else 0.0, samples)
