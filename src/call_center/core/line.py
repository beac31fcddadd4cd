"""One telephone line as a call sees it: what it may do with it and what it is told.

Contract between the audio plane (server, pacer, VAD) and the call (session). Everything here happens on the audio
loop of one worker; every method is synchronous, must not block and takes well under a millisecond. PCM is signed
16-bit little-endian mono at `Line.rate`. The pacer is the only writer of the socket: a call puts PCM into its outlet
and is told which clip started, how many 20 ms frames of it went out, and when nothing is left.
Notes about clips are delivered from the pacer's tick, never from inside a call of the outlet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

FRAME_MS = 20  # what one frame lasts; the PBX turns each into one RTP packet
FRAMES_PER_SECOND = 1000 // FRAME_MS


class CloseReason(StrEnum):
    """Why a connection ended; a required field of every closing log line and a metric label."""

    PEER_HANGUP = "peer_hangup"  # 0x00 or end of file: how Asterisk says that the caller hung up
    PEER_RESET = "peer_reset"
    PEER_ERROR = "peer_error"  # 0xff
    PEER_STALLED = "peer_stalled"  # it stopped reading: nothing reached the caller for seconds
    PROTOCOL_ERROR = "protocol_error"
    WRITE_ERROR = "write_error"
    OUR_HANGUP = "our_hangup"
    INTERNAL_ERROR = "internal_error"  # an exception in the call's own code
    SHUTDOWN = "shutdown"
    # Connections that never became a call:
    NO_TICKET = "no_ticket"  # no UUID in time
    UNKNOWN_TICKET = "unknown_ticket"
    EVICTED = "evicted"  # too many connections that showed no UUID; the oldest goes
    BEFORE_TICKET = "before_ticket"  # the peer left before it showed a UUID


class CallHandler(Protocol):
    """A call, as the audio plane drives it."""

    def on_audio(self, pcm: bytes) -> None:
        """One inbound audio frame, usually 20 ms, at `Line.rate`."""

    def on_voice(self, speech: bool, probability: float, samples: int) -> None:
        """One VAD decision for `samples` (at `Line.rate`) of audio that `on_audio` already gave: a 32 ms window.

        More than a window only when the worker was held up for more than a second.

        `probability` is the model's; 0.0 with `speech` False when the energy gate skipped the model.
        """

    def on_key(self, digit: str) -> None:
        """A DTMF key (0-9, *, #, A-D) was released."""

    def on_clip_started(self, clip: int, at: float) -> None:
        """The first frame of `clip` was written to the socket at `at`, seconds on the loop's clock."""

    def on_clip_ended(self, clip: int, frames: int, complete: bool) -> None:
        """`frames` of 20 ms of `clip` were sent; `complete` False when `cancel` or the end of the line cut it.

        A clip that ended without any sound gives 0 frames and had no start; a cancelled one that had not started
        gives nothing.
        """

    def on_idle(self) -> None:
        """Everything appended was played and nothing is queued. Not called after `cancel`."""

    def on_closed(self, reason: str) -> None:
        """The connection is over (a `CloseReason`). Called exactly once, as the last call."""


class Outlet(Protocol):
    """What a call wants to be heard, cut into frames and paced by the clock of the worker."""

    def append(self, clip: int, pcm: bytes) -> None:
        """Queue PCM of any length. Clips play in the order of their first append.

        PCM for a clip that has ended or was cancelled is dropped, so a late synthesiser cannot bring it back.
        """

    def end(self, clip: int) -> None:
        """No more PCM for `clip`; its last frame is padded with silence."""

    def pause(self) -> None:
        """Send silence from the next tick on; nothing is lost."""

    def resume(self) -> None:
        """Go on from the last clause: from the last quiet gap (60 ms or more) already played, else where it stopped."""

    def cancel(self) -> tuple[int, int] | None:
        """Drop everything; return (clip, frames sent) of the clip that was playing, None when none had started."""

    @property
    def playing(self) -> int | None:
        """The clip whose frames are going out (or wait for more PCM, or are paused)."""

    @property
    def position(self) -> tuple[int, int] | None:
        """That clip and how many of its frames went out so far."""


class Line(Protocol):
    """One AudioSocket connection that showed a valid ticket."""

    @property
    def outlet(self) -> Outlet:
        """Where the call's speech goes."""

    @property
    def rate(self) -> int:
        """Hz, from the kind of the caller's first audio frame; fixed for the life of the line."""

    @property
    def ticket(self) -> UUID:
        """What the peer showed. Never log it."""

    def hang_up(self, drain: bool) -> None:
        """Send 0x00 and close; with `drain` only after everything queued was played. May be called twice."""


CallFactory = Callable[[Line], CallHandler]
Admit = Callable[[UUID], CallFactory | None]


@dataclass(frozen=True, slots=True)
class Closed:
    """The account of one connection. `admitted` False: it never became a call. Times in seconds."""

    reason: CloseReason
    admitted: bool
    seconds: float
    frames_in: int
    frames_out: int
    dropped: int
    faults: int
    truncated: bool  # the peer left in the middle of a frame


def _nothing(*_: object) -> None:
    """A hook that nobody listens to."""


@dataclass(frozen=True, slots=True)
class AudioHooks:
    """Where the audio plane reports numbers; called on the audio loop, must be cheap and must not raise."""

    stall: Callable[[float], None] = _nothing  # seconds a tick of the pacer was late, 50 times a second
    dropped: Callable[[int], None] = _nothing  # frames dropped: the peer does not read
    fault: Callable[[str], None] = _nothing  # a `codec.Fault`
    closed: Callable[[Closed], None] = _nothing
