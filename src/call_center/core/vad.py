"""Voice activity of all calls of a worker: Silero at 8 kHz, batched, behind the energy gate.

Every call feeds what it hears; windows of 256 samples (32 ms) that became ready within `PERIOD` of each other share
one run of the model. A run takes at most `MAX_BATCH` calls (about 1.2 ms of one core) and the rest waits for the next
turn of the loop, so sockets and the pacer come in between. A call that is behind, because the
worker was held up, does not wait at all. Each call keeps its own model state and 32 samples of
context. While its gate is closed the model is skipped; when it opens, the held windows before it are fed first, so
the state is what it would have been. Lines at other rates are resampled to 8 kHz: half the model's work, and no
information that the detector needs is lost. Single-threaded: all on the audio loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

from call_center.core.energy import HOLD, EnergyGate, Slots
from call_center.core.silero import CONTEXT, RATE, STATE, WINDOW, Samples, Silero

PREROLL = 2  # windows (64 ms) fed when the gate opens
START = 0.5  # probability above which speech begins (Silero's own recommendation)
STOP = 0.35  # and below which it ends
QUIET = 2  # windows at the level of the line's noise end speech whatever the model still thinks
PERIOD = 0.020  # seconds that windows of many calls wait for each other
PERIOD_PER_CALL = 0.001  # with few calls there is little to gain by waiting
MAX_BATCH = 64  # calls in one run of the model, about 1.2 ms
BUDGET = 0.0015  # seconds of CPU after which a flush begins no further round
MAX_BACKLOG = 32  # windows held for one call (1 s); older ones are dropped

_WINDOW_BYTES = WINDOW * 2
_HISTORY = (PREROLL * WINDOW + CONTEXT) * 2  # bytes before the current window
_READY = _HISTORY + _WINDOW_BYTES
_INPUT_BYTES = (CONTEXT + WINDOW) * 2

OnVoice = Callable[[bool, float, int], None]
OnError = Callable[[Exception], None]


class VoiceStream(Protocol):
    """One call's detector."""

    def feed(self, pcm: bytes) -> None:
        """Take audio of any length; decisions come later by the callback."""

    def close(self) -> None:
        """Release everything; no callback afterwards."""


class VoiceDetector(Protocol):
    """What the server needs of a detector."""

    def open(self, rate: int, on_voice: OnVoice, on_error: OnError) -> VoiceStream:
        """Start a detector for audio at `rate` Hz; `on_voice` gets (speech, probability, samples at `rate`)."""


class Vad:
    """The detector of one worker. `open` a stream for each call."""

    def __init__(self, model: Silero | None = None) -> None:
        self._model = model or Silero()
        slots = 16
        self._gate = EnergyGate(slots)
        self._state = np.zeros((2, slots, STATE), np.float32)
        self._speaking = np.zeros(slots, np.bool_)
        self._free = list(range(slots - 1, -1, -1))
        self._ready: list[Stream] = []
        self._timer: asyncio.TimerHandle | None = None
        self._hurried = False  # the timer runs out at once
        self._flushing = False
        self.windows = 0  # seen
        self.runs = 0  # windows that went through the model

    def open(self, rate: int, on_voice: OnVoice, on_error: OnError) -> Stream:
        """Start a detector for one call; see `VoiceDetector.open`."""
        if not self._free:
            self._grow()
        slot = self._free.pop()
        self._gate.reset(slot)
        self._state[:, slot] = 0.0
        self._speaking[slot] = False
        return Stream(self, slot, rate, on_voice, on_error)

    def _grow(self) -> None:
        have = len(self._speaking)
        self._gate.grow(2 * have)
        self._state = np.concatenate([self._state, np.zeros_like(self._state)], axis=1)
        self._speaking = np.concatenate([self._speaking, np.zeros_like(self._speaking)])
        self._free.extend(range(2 * have - 1, have - 1, -1))

    def _release(self, slot: int) -> None:
        self._free.append(slot)

    def _enqueue(self, stream: Stream, *, behind: bool) -> None:
        """A window is ready; `behind`: it was already when the one before it was decided."""
        self._ready.append(stream)
        if self._flushing:
            return
        if self._timer is not None:
            if not behind or self._hurried:
                return
            self._timer.cancel()
        calls = len(self._speaking) - len(self._free)
        self._arm(0.0 if behind else min(PERIOD, PERIOD_PER_CALL * calls))

    def _arm(self, delay: float) -> None:
        self._hurried = delay == 0.0
        self._timer = asyncio.get_running_loop().call_later(delay, self.flush)

    def flush(self) -> None:
        """Decide on the windows that are ready, and go on with calls that are behind while `BUDGET` lasts."""
        self._timer = None
        self._flushing = True
        # CPU time and not the wall's: on a machine that is short of CPU this is where falling behind must end.
        end = time.thread_time() + BUDGET
        while self._ready:
            ready, self._ready = self._ready, []
            batch = [stream for stream in ready if stream.slot >= 0]
            if batch:
                self._gated(batch)
            if time.thread_time() > end:
                break
        self._flushing = False
        if self._ready:
            self._arm(0.0)

    def _gated(self, batch: list[Stream]) -> None:
        """Tell the quiet calls at once; run the model for the loud ones, `MAX_BATCH` in a turn of the loop."""
        slots = np.array([stream.slot for stream in batch], np.intp)
        windows = _samples([stream.window(0) for stream in batch])
        tail = windows[:, CONTEXT:]
        levels = np.sqrt(np.einsum("ij,ij->i", tail, tail) * np.float32(32768.0**2 / WINDOW))
        hold = self._gate.update(slots, levels)
        self.windows += len(batch)
        opened = np.flatnonzero(hold)
        if len(opened) < len(batch):
            self._speaking[slots[hold == 0]] = False
            for stream, held in zip(batch, hold.tolist(), strict=True):
                if not held:
                    stream.decided(False, False, 0.0)
        for first in range(0, len(opened), MAX_BATCH):
            part = opened[first : first + MAX_BATCH]
            loud = [batch[i] for i in part.tolist()]
            if not first:
                self._heard(loud, windows[part], hold[part])
            else:
                asyncio.get_running_loop().call_soon(self._heard, loud, windows[part], hold[part])

    def _heard(self, batch: list[Stream], windows: Samples, hold: NDArray[np.int64]) -> None:
        if any(stream.slot < 0 for stream in batch):  # closed since its level was measured
            keep = [i for i, stream in enumerate(batch) if stream.slot >= 0]
            batch, windows, hold = [batch[i] for i in keep], windows[keep], hold[keep]
        if not batch:
            return
        slots = np.array([stream.slot for stream in batch], np.intp)
        try:
            if any(stream.skipped for stream in batch):
                self._catch_up([stream for stream in batch if stream.skipped])
            probabilities = self._run(slots, windows)
        except Exception as error:  # the runtime's own; a call that cannot be heard must not go on deaf
            for stream in batch:
                stream.failed(error)
            return
        speaking = probabilities >= np.where(self._speaking[slots], np.float32(STOP), np.float32(START))
        speaking &= hold > HOLD - QUIET
        self._speaking[slots] = speaking
        for stream, speech, probability in zip(batch, speaking.tolist(), probabilities.tolist(), strict=True):
            stream.decided(True, speech, probability)

    def _catch_up(self, opened: list[Stream]) -> None:
        """Run the windows held while the gate was closed, oldest first, so that states are right."""
        for back in range(PREROLL, 0, -1):
            behind = [stream for stream in opened if stream.skipped >= back]
            if behind:
                slots = np.array([stream.slot for stream in behind], np.intp)
                self._run(slots, _samples([stream.window(back) for stream in behind]))

    def _run(self, slots: Slots, windows: Samples) -> Samples:
        probabilities, self._state[:, slots] = self._model.run(windows, self._state[:, slots])
        self.runs += len(slots)
        return probabilities


def _samples(pcm: list[bytes]) -> Samples:
    return np.frombuffer(b"".join(pcm), "<i2").reshape(-1, CONTEXT + WINDOW).astype(np.float32) * np.float32(
        1 / 32768
    )


class Stream:
    """One call's audio on its way to the detector: history for context and pre-roll, then what is undecided."""

    __slots__ = (
        "_audio",
        "_lost",
        "_on_error",
        "_on_voice",
        "_queued",
        "_resampler",
        "_span",
        "_vad",
        "skipped",
        "slot",
    )

    def __init__(self, vad: Vad, slot: int, rate: int, on_voice: OnVoice, on_error: OnError) -> None:
        self._vad = vad
        self.slot = slot  # -1: closed
        self.skipped = 0  # windows the gate kept from the model, up to PREROLL
        self._on_voice = on_voice
        self._on_error = on_error
        self._span = WINDOW * rate // RATE
        self._lost = 0  # windows dropped since the last decision, which the next one stands for
        self._audio = bytearray(_HISTORY)
        self._queued = False
        self._resampler: Any = None
        if rate != RATE:
            # "QQ" is the only soxr quality that gives its samples at once (measured: the next ones hold back 60 ms);
            # what it lets alias into the band matters to ears, not to this detector.
            self._resampler = soxr.ResampleStream(rate, RATE, 1, dtype="int16", quality="QQ")

    def feed(self, pcm: bytes) -> None:
        """Take audio of any length; a backlog above a second loses its oldest part.

        The next decision then stands for what was lost too, so that samples told add up to samples fed.
        """
        if self._resampler is not None:
            pcm = self._resampler.resample_chunk(np.frombuffer(pcm, "<i2")).tobytes()
        audio = self._audio
        audio += pcm
        if len(audio) >= _READY and not self._queued and self.slot >= 0:
            self._queued = True
            self._vad._enqueue(self, behind=False)
        excess = len(audio) - _HISTORY - MAX_BACKLOG * _WINDOW_BYTES
        if excess > 0:
            lost = -(-excess // _WINDOW_BYTES)
            del audio[: lost * _WINDOW_BYTES]
            self._lost += lost

    def window(self, back: int) -> bytes:
        """The current window (0) or the one `back` before it, with its context."""
        end = _READY - back * _WINDOW_BYTES
        return bytes(self._audio[end - _INPUT_BYTES : end])

    def decided(self, opened: bool, speech: bool, probability: float) -> None:
        """The current window is done: tell the call and go on to the next."""
        if self.slot < 0:
            return
        self.skipped = 0 if opened else min(self.skipped + 1, PREROLL)
        del self._audio[:_WINDOW_BYTES]
        self._queued = len(self._audio) >= _READY
        if self._queued:
            self._vad._enqueue(self, behind=True)
        samples = self._span * (1 + self._lost)
        self._lost = 0
        try:
            self._on_voice(speech, probability, samples)
        except Exception as error:
            self._on_error(error)

    def failed(self, error: Exception) -> None:
        """The model did not run: tell whoever owns the call."""
        if self.slot >= 0:
            self._on_error(error)

    def close(self) -> None:
        """Release the slot; no callback afterwards."""
        if self.slot >= 0:
            self._vad._release(self.slot)
            self.slot = -1
