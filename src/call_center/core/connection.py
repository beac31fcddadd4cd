"""One AudioSocket connection: from a TCP peer nobody knows to a line with a call on it, to its end.

States: WAITING for the ticket (UUID frame), ADMITTED (the pacer already sends silence; the rate is not known until the
caller's first audio frame, or `RATE_PATIENCE` later, when 8 kHz is assumed: every PBX accepts it), TALKING, CLOSED.
The pacer's `emit` is the only place that writes to an admitted peer. Every way to the end goes through `close`, which
releases the line at once and reports its `CloseReason` exactly once, in the next turn of the loop. An exception in the
call's own code ends this line and no other.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Protocol
from uuid import UUID

import numpy as np
import soxr
import structlog

from call_center.core.codec import HANG_UP, RATES, Decoder, Frame, Kind, encode
from call_center.core.line import (
    FRAMES_PER_SECOND,
    Admit,
    AudioHooks,
    CallFactory,
    CallHandler,
    Closed,
    CloseReason,
)
from call_center.core.outlet import ClipQueue, frame_bytes
from call_center.core.pacer import Pacer
from call_center.core.vad import VoiceDetector, VoiceStream

RATE_PATIENCE = 0.1  # seconds; Asterisk sends audio 20 ms after the ticket unless the phone is silent
DRAIN_LIMIT = 30.0  # seconds that a hang-up waits for speech still queued
LINGER = 0.5  # seconds that a closed socket may take to get its last bytes out
STALLED_FRAMES = 5 * FRAMES_PER_SECOND  # dropped in a row before a peer that does not read is given up
UNACKNOWLEDGED_MS = 5_000  # TCP gives up when the host is gone

_FALLBACK = Kind.SLIN8
_SILENCE = encode(Frame(_FALLBACK, bytes(frame_bytes(RATES[_FALLBACK]))))

log = structlog.get_logger(__name__)


class Owner(Protocol):
    """The server, as a connection sees it."""

    admit: Admit
    detector: VoiceDetector
    pacer: Pacer
    hooks: AudioHooks
    hello_timeout: float
    clock: Callable[[], float]

    def joined(self, connection: Connection) -> None:
        """A peer connected; it has no ticket yet."""

    def admitted(self, connection: Connection) -> None:
        """It showed a valid ticket."""

    def left(self, connection: Connection) -> None:
        """It is closed."""


class State(Enum):
    """Where a connection stands."""

    WAITING = auto()
    ADMITTED = auto()
    TALKING = auto()
    CLOSED = auto()


class Connection(asyncio.Protocol):
    """Implements `line.Line` and `pacer.Paced`."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._state = State.WAITING
        self._decoder = Decoder()
        self._transport: Any = None
        self._timer: asyncio.TimerHandle | None = None
        self._linger: asyncio.TimerHandle | None = None
        self._ticket: UUID | None = None
        self._factory: CallFactory | None = None
        self._kind: int = -1
        self._rate = 0
        self._outlet: ClipQueue | None = None
        self._call: CallHandler | None = None
        self._voice: VoiceStream | None = None
        self._foreign: dict[int, Any] = {}  # resamplers, by the kind of frames that are not of our rate
        self._draining = False
        self._hanging_up = False
        self._joined = -1  # the pacer's tick at which it took this line over
        self._stalled = 0
        self._opened_at = owner.clock()
        self.frames_in = self.frames_out = self.dropped = self.faults = 0

    # -- what the call sees (Line) --------------------------------------------------------------------------

    @property
    def outlet(self) -> ClipQueue:
        """Where the call's speech goes."""
        if self._outlet is None:
            raise RuntimeError("the line has no rate yet")
        return self._outlet

    @property
    def rate(self) -> int:
        """Hz."""
        return self._rate

    @property
    def ticket(self) -> UUID:
        """What the peer showed."""
        if self._ticket is None:
            raise RuntimeError("the peer has shown no ticket yet")
        return self._ticket

    def hang_up(self, drain: bool) -> None:
        """Send 0x00 at the next tick, or after the last queued frame, and close."""
        if self._state is State.CLOSED:
            return
        if not drain:
            self._hanging_up = True
        elif not self._draining:
            self._draining = True
            self.outlet.resume()
            self._rearm(DRAIN_LIMIT, lambda: self.hang_up(False))

    # -- asyncio --------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Give the peer `hello_timeout` to show its ticket."""
        self._transport = transport
        _tune(transport.get_extra_info("socket"))
        self._rearm(self._owner.hello_timeout, lambda: self.close(CloseReason.NO_TICKET))
        self._owner.joined(self)

    def data_received(self, data: bytes) -> None:
        """Hand every complete frame on."""
        try:
            for frame in self._decoder.feed(data):
                if frame.kind == self._kind and frame.fault is None:
                    pcm = frame.payload
                    self.frames_in += 1
                    self._call.on_audio(pcm)  # type: ignore[union-attr]
                    self._voice.feed(pcm)  # type: ignore[union-attr]
                else:
                    self._dispatch(frame)
                if self._state is State.CLOSED:
                    return
        except Exception as error:
            self._broken(error)
            return
        if self._joined < 0 and self._state is not State.WAITING:
            self._joined = self._owner.pacer.ticks
            self._owner.pacer.add(self)

    def eof_received(self) -> bool:
        """The caller hung up: our side closes at once."""
        left = CloseReason.BEFORE_TICKET if self._state is State.WAITING else CloseReason.PEER_HANGUP
        self.close(left)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        if self._linger is not None:
            self._linger.cancel()
        if self._state is State.WAITING:
            self.close(CloseReason.BEFORE_TICKET)
        elif exc is None:
            self.close(CloseReason.PEER_HANGUP)
        elif isinstance(exc, ConnectionResetError):
            self.close(CloseReason.PEER_RESET)
        else:
            self.close(CloseReason.WRITE_ERROR)

    # -- the pacer ------------------------------------------------------------------------------------------

    def emit(self, frames: int) -> None:
        """Write the next `frames` frames; the pacer calls this once a tick."""
        try:
            self._emit(frames)
        except Exception as error:
            self._broken(error)

    def _emit(self, frames: int) -> None:
        outlet = self._outlet
        if self._hanging_up or (self._draining and outlet is not None and outlet.idle):
            self._write(HANG_UP)
            self.close(CloseReason.OUR_HANGUP)
            return
        # uvloop writes at the end of its turn, so the very first frame may still be on its way at the first tick.
        blocked = self._transport.get_write_buffer_size() > 0 and self._owner.pacer.ticks > self._joined + 1
        for _ in range(frames):
            frame = _SILENCE if outlet is None else outlet.take()
            if not blocked:
                self._write(frame)
        if blocked:
            self._blocked(frames)
        else:
            self._stalled = 0
            self.frames_out += frames
        if outlet is not None and outlet.notes:
            self._deliver(outlet)

    def _write(self, data: bytes) -> None:
        self._transport.write(data)

    def _blocked(self, frames: int) -> None:
        self.dropped += frames
        self._stalled += frames
        self._owner.hooks.dropped(frames)
        if self._stalled >= STALLED_FRAMES:
            self.close(CloseReason.PEER_STALLED)

    def _deliver(self, outlet: ClipQueue) -> None:
        call = self._call
        while outlet.notes and call is not None:
            outlet.notes.pop(0)(call)

    # -- frames other than the caller's audio ---------------------------------------------------------------

    def _dispatch(self, frame: Frame) -> None:
        if frame.fault is not None:
            self.faults += 1
            self._owner.hooks.fault(frame.fault)
        if self._state is State.WAITING:
            self._show_ticket(frame)
        elif frame.kind in RATES:
            self._hear(frame)
        elif frame.kind == Kind.DTMF and frame.fault is None:
            self._press(frame.digit)
        elif frame.kind == Kind.HANGUP:
            self.close(CloseReason.PEER_HANGUP)
        elif frame.kind == Kind.ERROR:
            self.close(CloseReason.PEER_ERROR)
        elif frame.kind == Kind.UUID:
            self.close(CloseReason.PROTOCOL_ERROR)  # a second ticket

    def _show_ticket(self, frame: Frame) -> None:
        if frame.kind != Kind.UUID or frame.fault is not None:
            self.close(CloseReason.PROTOCOL_ERROR)
            return
        self._ticket = frame.uuid
        self._factory = self._owner.admit(self._ticket)
        if self._factory is None:
            self._write(HANG_UP)
            self.close(CloseReason.UNKNOWN_TICKET)
            return
        self._state = State.ADMITTED
        self._owner.admitted(self)
        self._rearm(RATE_PATIENCE, self._assume_rate)

    def _assume_rate(self) -> None:
        try:
            self._talk(_FALLBACK)
        except Exception as error:
            self._broken(error)

    def _talk(self, kind: int) -> None:
        factory = self._factory
        if self._state is not State.ADMITTED or factory is None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._factory = None
        self._state = State.TALKING
        self._rate = RATES[kind]
        self._outlet = ClipQueue(Kind(kind), self._owner.clock)
        self._call = factory(self)
        self._voice = self._owner.detector.open(self._rate, self._call.on_voice, self._broken)
        self._kind = kind

    def _press(self, digit: str) -> None:
        self._assume_rate()
        if self._call is not None:
            self._call.on_key(digit)

    def _hear(self, frame: Frame) -> None:
        """Audio that is the first, of another rate, or damaged."""
        if not frame.payload or frame.fault not in (None, "odd_audio"):
            return
        self._talk(frame.kind)
        call, voice = self._call, self._voice
        if call is None or voice is None or self._state is not State.TALKING:
            return
        self.frames_in += 1
        pcm = frame.payload if frame.kind == self._kind else self._converted(frame)
        if pcm:
            call.on_audio(pcm)
            voice.feed(pcm)

    def _converted(self, frame: Frame) -> bytes:
        resampler = self._foreign.get(frame.kind)
        if resampler is None:
            resampler = soxr.ResampleStream(RATES[frame.kind], self._rate, 1, dtype="int16", quality="QQ")
            self._foreign[frame.kind] = resampler
        return bytes(resampler.resample_chunk(np.frombuffer(frame.payload, "<i2")).tobytes())

    # -- the end --------------------------------------------------------------------------------------------

    def close(self, reason: CloseReason) -> None:
        """Release the line and close the socket; the call is told in the next turn of the loop. Idempotent."""
        if self._state is State.CLOSED:
            return
        admitted = self._state is not State.WAITING
        self._state = State.CLOSED
        self._kind = -1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._owner.pacer.remove(self)
        self._owner.left(self)
        if self._voice is not None:
            self._voice.close()
        loop = asyncio.get_running_loop()
        if reason in (CloseReason.PEER_STALLED, CloseReason.EVICTED, CloseReason.NO_TICKET):
            self._transport.abort()
        else:
            self._transport.close()
            self._linger = loop.call_later(LINGER, self._transport.abort)
        loop.call_soon(self._report, reason, admitted)

    def _report(self, reason: CloseReason, admitted: bool) -> None:
        closed = Closed(
            reason=reason,
            admitted=admitted,
            seconds=self._owner.clock() - self._opened_at,
            frames_in=self.frames_in,
            frames_out=self.frames_out,
            dropped=self.dropped,
            faults=self.faults,
            truncated=self._decoder.held > 0,
        )
        say = log.info if admitted else log.debug
        say("line_closed", reason=reason.value, seconds=round(closed.seconds, 3), frames_in=closed.frames_in,
            frames_out=closed.frames_out, dropped=closed.dropped, faults=closed.faults)  # fmt: skip
        self._owner.hooks.closed(closed)
        call, outlet = self._call, self._outlet
        if call is None:
            return
        try:
            if outlet is not None:
                outlet.cancel()
                self._deliver(outlet)
            call.on_closed(reason.value)
        except Exception as error:
            log.error("call_failed", reason=reason.value, error=repr(error), exc_info=error)
        finally:
            self._call = None
            self._voice = None

    def _broken(self, error: Exception) -> None:
        """An exception in the call's code, or ours: this line ends, the others go on."""
        log.error("call_failed", error=repr(error), exc_info=error)
        self.close(CloseReason.INTERNAL_ERROR)

    def _rearm(self, seconds: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)


def _tune(peer: Any) -> None:
    """No Nagle: a frame must arrive whole and now. Give up on a host that is gone after five seconds."""
    if peer is None or peer.family not in (socket.AF_INET, socket.AF_INET6):
        return
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
