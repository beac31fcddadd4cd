"""The queue of clips behind one line: which 20 ms of speech goes out next. Pure; the pacer owns the clock.

`take` is called once a tick and returns a whole encoded frame: speech, or silence when nothing is queued, the clip
waits for its synthesiser, or the outlet is paused. Positions are counted in frames of the clip, so what the caller
heard is known exactly (minus the network). What happened is left in `notes` for the pacer to deliver after the write:
a call is never called back from inside its own `append` or `cancel`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from call_center.core.codec import RATES, Frame, Kind, audio_header, encode
from call_center.core.line import FRAMES_PER_SECOND, CallHandler

GAP_FRAMES = 3  # 60 ms of quiet end a clause
GAP_RATIO = 0.05  # quiet: peak below 5 % of the clip's peak (-26 dB)
GAP_PEAK = 60  # or below what a G.711 line hisses anyway
REMEMBERED_CLIPS = 256

Note = Callable[[CallHandler], None]


def frame_bytes(rate: int) -> int:
    """Bytes of 20 ms of 16-bit mono audio at `rate` Hz."""
    return rate // FRAMES_PER_SECOND * 2


class _Clip:
    __slots__ = ("at", "ended", "furthest", "number", "pcm", "started")

    def __init__(self, number: int) -> None:
        self.number = number
        self.pcm: bytes | bytearray = b""
        self.at = 0  # bytes
        self.furthest = 0  # bytes; `at` falls behind it after a rewind
        self.ended = False
        self.started = False

    def extend(self, pcm: bytes) -> None:
        if not self.pcm:
            self.pcm = bytes(pcm)  # a cached phrase is shared, not copied
            return
        if isinstance(self.pcm, bytes):
            self.pcm = bytearray(self.pcm)
        self.pcm += pcm


class ClipQueue:
    """Implements `line.Outlet`; `kind` says how frames are labelled, `now` stamps the start of clips."""

    __slots__ = ("_clips", "_gone", "_header", "_now", "_paused", "_silence", "_size", "_was_busy", "notes")

    def __init__(self, kind: Kind, now: Callable[[], float]) -> None:
        self._size = frame_bytes(RATES[kind])
        self._header = audio_header(kind, self._size)
        self._silence = encode(Frame(kind, bytes(self._size)))
        self._now = now
        self._clips: dict[int, _Clip] = {}  # in playing order
        self._gone: deque[int] = deque(maxlen=REMEMBERED_CLIPS)
        self._paused = False
        self._was_busy = False
        self.notes: list[Note] = []

    # -- what the call does ---------------------------------------------------------------------------------

    def append(self, clip: int, pcm: bytes) -> None:
        """Queue PCM; see `Outlet.append`."""
        queued = self._clips.get(clip)
        if queued is None:
            if clip in self._gone:
                return
            queued = self._clips[clip] = _Clip(clip)
        if not queued.ended:
            queued.extend(pcm)

    def end(self, clip: int) -> None:
        """No more PCM for `clip`; see `Outlet.end`."""
        queued = self._clips.get(clip)
        if queued is None:
            if clip in self._gone:
                return
            queued = self._clips[clip] = _Clip(clip)  # a clip without any sound still ends
        if queued.ended:
            return
        queued.ended = True
        short = -len(queued.pcm) % self._size
        if short:
            queued.extend(bytes(short))

    def pause(self) -> None:
        """Silence from the next tick on."""
        self._paused = True

    def resume(self) -> None:
        """Go on from the last clause of the clip that was paused."""
        if not self._paused:
            return
        self._paused = False
        clip = self._current()
        if clip is not None and clip.started:
            clip.at = last_gap(clip.pcm, clip.at, self._size)

    def cancel(self) -> tuple[int, int] | None:
        """Drop everything; see `Outlet.cancel`."""
        clip = self._current()
        self._gone.extend(self._clips)
        self._clips.clear()
        self._paused = False
        self._was_busy = False
        if clip is None or not clip.started:
            return None
        heard = (clip.number, clip.furthest // self._size)
        self.notes.append(lambda call: call.on_clip_ended(*heard, False))
        return heard

    @property
    def playing(self) -> int | None:
        """The started clip at the head of the queue."""
        clip = self._current()
        return clip.number if clip is not None and clip.started else None

    @property
    def position(self) -> tuple[int, int] | None:
        """The started clip and its frames sent."""
        clip = self._current()
        return (clip.number, clip.furthest // self._size) if clip is not None and clip.started else None

    @property
    def idle(self) -> bool:
        """Whether nothing is queued."""
        return not self._clips

    # -- what the pacer does --------------------------------------------------------------------------------

    def take(self) -> bytes:
        """The next frame as it goes on the wire. Moves the position; appends to `notes`."""
        clip = self._current()
        if clip is None or self._paused:
            return self._silence
        self._was_busy = True
        at = clip.at
        end = at + self._size
        if end > len(clip.pcm):
            # Its synthesiser is late, or `end` came when everything given had been played.
            if clip.ended:
                self._finish(clip)
                return self.take()
            return self._silence
        clip.at = end
        clip.furthest = max(clip.furthest, end)
        if not clip.started:
            clip.started = True
            number, now = clip.number, self._now()
            self.notes.append(lambda call: call.on_clip_started(number, now))
        frame = self._header + clip.pcm[at:end]
        if clip.ended and end == len(clip.pcm):
            self._finish(clip)
        return frame

    def _current(self) -> _Clip | None:
        for clip in self._clips.values():
            return clip
        return None

    def _finish(self, clip: _Clip) -> None:
        del self._clips[clip.number]
        self._gone.append(clip.number)
        number, frames = clip.number, clip.furthest // self._size
        self.notes.append(lambda call: call.on_clip_ended(number, frames, True))
        if not self._clips and self._was_busy:
            self._was_busy = False
            self.notes.append(lambda call: call.on_idle())


def last_gap(pcm: bytes | bytearray, at: int, size: int) -> int:
    """Where to take up speech that was stopped at byte `at`: the last frame of the last gap before it, else `at`.

    `size` is bytes a frame. The frame of quiet that is kept lets the word after it begin cleanly.
    """
    frames = at // size
    if frames < GAP_FRAMES:
        return at
    peaks = _peaks(pcm, len(pcm) // size, size)
    quiet = peaks[:frames] < max(GAP_PEAK, GAP_RATIO * float(peaks.max()))
    run = 0
    for frame in range(frames - 1, -1, -1):
        run = run + 1 if quiet[frame] else 0
        if run == GAP_FRAMES:
            last = frame + GAP_FRAMES - 1
            return min(at, last * size)
    return at


def _peaks(pcm: bytes | bytearray, frames: int, size: int) -> NDArray[np.float32]:
    samples = np.frombuffer(pcm, dtype="<i2", count=frames * size // 2).reshape(frames, -1)
    return np.abs(samples.astype(np.float32)).max(axis=1)
