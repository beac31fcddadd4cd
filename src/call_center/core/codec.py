"""AudioSocket frames, without I/O.

Wire: one byte kind, two bytes big-endian payload length, payload. `Decoder.feed` takes bytes as they arrive, cut
anywhere, and returns what is complete; it never raises: a frame that breaks the protocol comes back with its `fault`
named and the caller of `feed` decides. `encode` is what a call processor may say: audio and the hang-up, because
Asterisk 22 ends the session on 0x03, 0xff, unknown kinds and empty payloads from us (research: asterisk.md 2.3).
`encode_as_pbx` is the other side, for callers that are simulated. The sampling rate follows from the kind and
stands nowhere else.
"""

from __future__ import annotations

import struct
from enum import IntEnum, StrEnum
from typing import NamedTuple
from uuid import UUID

from call_center.errors import ProtocolError

HEADER_BYTES = 3
MAX_PAYLOAD = 0xFFFF
MAX_AUDIO_SECONDS = 1  # a PBX sends what one RTP packet carries, 10-60 ms; a second is absurd already

_HEADER = struct.Struct(">BH")


class Kind(IntEnum):
    """Frame kinds of Asterisk 18-22."""

    HANGUP = 0x00
    UUID = 0x01
    DTMF = 0x03
    SLIN8 = 0x10
    SLIN12 = 0x11
    SLIN16 = 0x12
    SLIN24 = 0x13
    SLIN32 = 0x14
    SLIN44 = 0x15
    SLIN48 = 0x16
    SLIN96 = 0x17
    SLIN192 = 0x18
    ERROR = 0xFF


RATES: dict[int, int] = {
    Kind.SLIN8: 8_000,
    Kind.SLIN12: 12_000,
    Kind.SLIN16: 16_000,
    Kind.SLIN24: 24_000,
    Kind.SLIN32: 32_000,
    Kind.SLIN44: 44_100,
    Kind.SLIN48: 48_000,
    Kind.SLIN96: 96_000,
    Kind.SLIN192: 192_000,
}  # Hz
KINDS: dict[int, Kind] = {rate: Kind(kind) for kind, rate in RATES.items()}
DIGITS = frozenset("0123456789*#ABCD")
_KNOWN = frozenset(Kind)


class Fault(StrEnum):
    """What is wrong with a frame."""

    UNKNOWN_KIND = "unknown_kind"
    EMPTY_AUDIO = "empty_audio"
    ODD_AUDIO = "odd_audio"  # the last byte was cut off, the rest is usable
    OVERSIZED_AUDIO = "oversized_audio"
    BAD_UUID = "bad_uuid"
    BAD_DIGIT = "bad_digit"


class Frame(NamedTuple):
    """One frame. A tuple and not a dataclass: it is made 50 times a second for every call."""

    kind: int
    payload: bytes = b""
    fault: Fault | None = None

    @property
    def uuid(self) -> UUID:
        """The ticket of a `Kind.UUID` frame without fault."""
        return UUID(bytes=self.payload)

    @property
    def digit(self) -> str:
        """The key of a `Kind.DTMF` frame without fault."""
        return self.payload.decode("ascii")


class Decoder:
    """Bytes in, frames out; holds at most one incomplete frame (65,538 bytes)."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    @property
    def held(self) -> int:
        """Bytes of a frame that is not complete yet; above 0 at the end of file means it was truncated."""
        return len(self._held)

    def feed(self, data: bytes) -> list[Frame]:
        """Return every frame that `data` completes, in order."""
        buffer = self._held + data if self._held else data
        total = len(buffer)
        # One whole 20 ms frame at 8 kHz in one read is nearly every read there is.
        if total == 323 and buffer[0] == 0x10 and buffer[1] == 1 and buffer[2] == 64:
            self._held = b""
            return [Frame(0x10, buffer[3:])]
        frames: list[Frame] = []
        at = 0
        while total - at >= HEADER_BYTES:
            end = at + HEADER_BYTES + (buffer[at + 1] << 8 | buffer[at + 2])
            if end > total:
                break
            frames.append(_checked(buffer[at], buffer[at + HEADER_BYTES : end]))
            at = end
        self._held = buffer[at:] if at else buffer
        return frames


def _checked(kind: int, payload: bytes) -> Frame:
    rate = RATES.get(kind)
    if rate is not None:
        return _checked_audio(kind, payload, rate)
    if kind not in _KNOWN:
        return Frame(kind, payload, Fault.UNKNOWN_KIND)
    if kind == Kind.UUID and len(payload) != 16:
        return Frame(kind, payload, Fault.BAD_UUID)
    if kind == Kind.DTMF and (len(payload) != 1 or chr(payload[0]) not in DIGITS):
        return Frame(kind, payload, Fault.BAD_DIGIT)
    return Frame(kind, payload)


def _checked_audio(kind: int, payload: bytes, rate: int) -> Frame:
    size = len(payload)
    if not size:
        return Frame(kind, payload, Fault.EMPTY_AUDIO)
    # From 44.1 kHz on the 16-bit length field is the tighter limit.
    if size > rate * 2 * MAX_AUDIO_SECONDS:
        return Frame(kind, payload, Fault.OVERSIZED_AUDIO)
    if size % 2:
        return Frame(kind, payload[:-1], Fault.ODD_AUDIO)
    return Frame(kind, payload)


def encode(frame: Frame) -> bytes:
    """Bytes of a frame that a call processor may send: audio, or the hang-up frame with no payload.

    Raises `ProtocolError` for anything that would end the session at the PBX.
    """
    kind, payload, _ = frame
    if kind == Kind.HANGUP:
        if payload:
            raise ProtocolError("a hang-up frame carries no payload: send Frame(Kind.HANGUP)")
    elif kind not in RATES:
        raise ProtocolError(f"frame kind 0x{kind:02x} ends the session at the PBX: send audio or hang up")
    elif not payload:
        raise ProtocolError("an empty audio frame ends the session at the PBX: send silence instead")
    elif len(payload) % 2:
        raise ProtocolError("audio is 16-bit: give an even number of bytes")
    return _packed(kind, payload)


def encode_as_pbx(frame: Frame) -> bytes:
    """Bytes of any frame as the PBX, or a hostile peer, would send it; only the length field limits it."""
    return _packed(frame.kind, frame.payload)


def _packed(kind: int, payload: bytes) -> bytes:
    if len(payload) > MAX_PAYLOAD:
        raise ProtocolError(f"a frame carries at most {MAX_PAYLOAD} bytes, not {len(payload)}: split it")
    return _HEADER.pack(kind, len(payload)) + payload


HANG_UP = encode(Frame(Kind.HANGUP))


def audio_header(kind: Kind, size: int) -> bytes:
    """The three bytes before `size` bytes of audio; the pacer makes it once for a call."""
    return encode(Frame(kind, bytes(size)))[:HEADER_BYTES]
