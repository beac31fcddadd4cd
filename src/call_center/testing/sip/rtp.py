"""RTP packets (RFC 3550) and telephone events (RFC 4733) as bytes; no sockets here."""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass, field

from call_center.testing.sip.g711 import FRAME, Codec, Pcm, encode

EVENT_PAYLOAD = 101
EVENT_FRAMES = 6  # 120 ms a key
EVENT_REPEATS = 3  # the end is sent three times, RFC 4733 2.5.1.4
KEYS = "0123456789*#ABCD"

_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")


@dataclass(frozen=True, slots=True)
class Packet:
    """What of a received packet matters here. `timestamp` counts samples."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse(data: bytes) -> Packet | None:
    """A packet, or None when it is not RTP version 2 (RTCP and noise are)."""
    if len(data) < _HEADER.size:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if first >> 6 != 2 or 64 <= second & 0x7F <= 95:
        return None
    start = _HEADER.size + 4 * (first & 0x0F)
    if first & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4])
    end = len(data) - (data[-1] if first & 0x20 else 0)
    return Packet(second & 0x7F, sequence, timestamp, ssrc, data[start:end]) if start <= end else None


@dataclass(slots=True)
class Stream:
    """The sending side: numbers packets and keeps the timestamp running through events."""

    codec: Codec
    ssrc: int = field(default_factory=lambda: secrets.randbits(32))
    sequence: int = field(default_factory=lambda: secrets.randbits(15))
    timestamp: int = field(default_factory=lambda: secrets.randbits(30))

    def audio(self, pcm: Pcm) -> bytes:
        """The packet of one 20 ms frame."""
        packet = self._packet(self.codec, self.timestamp, encode(pcm, self.codec))
        self.timestamp += FRAME
        return packet

    def key(self, digit: str) -> list[bytes]:
        """The packets of one pressed key, one for each 20 ms tick."""
        event, start = KEYS.index(digit), self.timestamp
        packets = []
        for tick in range(1, EVENT_FRAMES + EVENT_REPEATS):
            end = 0x80 if tick >= EVENT_FRAMES else 0
            body = _EVENT.pack(event, end | 10, min(tick, EVENT_FRAMES) * FRAME)
            packets.append(self._packet(EVENT_PAYLOAD | (0x80 if tick == 1 else 0), start, body))
        self.timestamp += FRAME * len(packets)
        return packets

    def _packet(self, payload_type: int, timestamp: int, payload: bytes) -> bytes:
        header = _HEADER.pack(0x80, payload_type, self.sequence & 0xFFFF, timestamp & 0xFFFFFFFF, self.ssrc)
        self.sequence += 1
        return header + payload
