"""The AudioSocket server without sockets: a transport in memory, calls that note what they are told, any-sound VAD.

For tests in virtual time: `MemoryServer().dial(HELLO, AUDIO)` is a caller; what it was sent is in `MemoryWire.writes`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

from call_center.core.codec import Decoder, Frame, Kind, encode_as_pbx
from call_center.core.line import AudioHooks, CallFactory, CallHandler, Closed, Line
from call_center.core.server import AudioSocketServer
from call_center.core.vad import OnError, OnVoice

TICKET = UUID("6f1b7e0c-58a2-4f0e-9b1d-2f3c4d5e6f70")
HELLO = encode_as_pbx(Frame(Kind.UUID, TICKET.bytes))
AUDIO = encode_as_pbx(Frame(Kind.SLIN8, b"\x05\x00" * 160))


class MemoryWire(asyncio.Transport):
    """The peer's end: what was written to it, and whether it reads."""

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self.protocol = protocol
        self.writes: list[bytes] = []
        self.stuck = 0  # bytes the peer has not taken
        self.closed = False
        self.aborted = False

    def write(self, data: Any) -> None:
        """Take what the pacer sends."""
        if self.closed:
            raise AssertionError("written after close")
        self.writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        """Bytes the peer has not taken."""
        return self.stuck

    def close(self) -> None:
        """Close; lost in the next turn unless bytes are stuck."""
        if not self.closed:
            self.closed = True
            if not self.stuck:
                asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        """Close whatever is stuck."""
        self.closed = self.aborted = True
        asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def frames(self) -> list[Frame]:
        """Everything written, decoded."""
        return Decoder().feed(b"".join(self.writes))


class RecordingCall:
    """A call that notes everything it is told."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.heard = b""
        self.told: list[Any] = []

    def on_audio(self, pcm: bytes) -> None:
        """Collect."""
        self.heard += pcm

    def on_voice(self, speech: bool, probability: float, samples: int) -> None:
        """Note."""
        self.told.append(("voice", speech))

    def on_key(self, digit: str) -> None:
        """Note."""
        self.told.append(("key", digit))

    def on_clip_started(self, clip: int, at: float) -> None:
        """Note."""
        self.told.append(("started", clip))

    def on_clip_ended(self, clip: int, frames: int, complete: bool) -> None:
        """Note."""
        self.told.append(("ended", clip, frames, complete))

    def on_idle(self) -> None:
        """Note."""
        self.told.append("idle")

    def on_closed(self, reason: str) -> None:
        """Note."""
        self.told.append(("closed", reason))


class FailingCall(RecordingCall):
    """A call with a fault in two places."""

    def on_key(self, digit: str) -> None:
        """Fail."""
        raise ValueError("a fault of the call")

    def on_clip_started(self, clip: int, at: float) -> None:
        """Fail."""
        raise ValueError("a fault of the call")


class AnySound:
    """Says speech for every chunk that is not silence."""

    def __init__(self, on_voice: OnVoice) -> None:
        self.on_voice = on_voice
        self.closed = False

    def feed(self, pcm: bytes) -> None:
        """Decide at once."""
        self.on_voice(any(pcm), 1.0, len(pcm) // 2)

    def close(self) -> None:
        """Note."""
        self.closed = True


class AnySoundDetector:
    """A `VoiceDetector`; what it opened is in `opened` with the rate."""

    def __init__(self) -> None:
        self.opened: list[tuple[int, AnySound]] = []

    def open(self, rate: int, on_voice: OnVoice, on_error: OnError) -> AnySound:
        """Start one."""
        ear = AnySound(on_voice)
        self.opened.append((rate, ear))
        return ear


class MemoryServer:
    """A server that admits `TICKET`, with its calls and its account of closed connections."""

    def __init__(self, make: Callable[[Line], RecordingCall] = RecordingCall, **options: Any) -> None:
        self.make = make
        self.calls: list[RecordingCall] = []
        self.closed: list[Closed] = []
        self.faults: list[str] = []
        self.dropped = 0
        self.ears = AnySoundDetector()
        loop = asyncio.get_running_loop()
        hooks = AudioHooks(closed=self.closed.append, fault=self.faults.append, dropped=self._drop)
        self.server = AudioSocketServer(
            admit=self.admit, vad=self.ears, hooks=hooks, clock=loop.time, **options
        )

    def _drop(self, frames: int) -> None:
        self.dropped += frames

    def admit(self, ticket: UUID) -> CallFactory | None:
        """Know `TICKET` only."""
        return self._answer if ticket == TICKET else None

    def _answer(self, line: Line) -> CallHandler:
        self.calls.append(self.make(line))
        return self.calls[-1]

    def dial(self, *data: bytes) -> MemoryWire:
        """Connect and send `data` piece by piece."""
        connection = self.server.connection()
        wire = MemoryWire(connection)
        connection.connection_made(wire)
        for piece in data:
            if not wire.closed:
                connection.data_received(piece)
        return wire

    @property
    def reasons(self) -> list[str]:
        """Why each connection closed, in order."""
        return [closed.reason.value for closed in self.closed]
