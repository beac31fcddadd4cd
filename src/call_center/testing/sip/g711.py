"""G.711 A-law and u-law (ITU-T G.711) as table look-ups on numpy arrays; PCM is int16 at 8,000 Hz."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]
RATE = 8000
FRAME = 160  # samples in 20 ms


class Codec(IntEnum):
    """The static RTP payload types of G.711 (RFC 3551)."""

    PCMU = 0
    PCMA = 8


def _ulaw_table() -> Pcm:
    """Expanded value of each u-law byte: biased by 132, sign in the inverted top bit."""
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 132 << ((code & 0x70) >> 4)) - 132
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _alaw_table() -> Pcm:
    """Expanded value of each A-law byte: even bits inverted, segment 0 is linear."""
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment, step = (code & 0x70) >> 4, (code & 0x0F) << 4
    magnitude = np.where(segment == 0, step + 8, (step + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


_EXPANDED = {Codec.PCMU: _ulaw_table(), Codec.PCMA: _alaw_table()}


def _compressor(expanded: Pcm) -> NDArray[np.uint8]:
    """For each int16 value (offset by 32768) the byte whose expansion is nearest."""
    order = np.lexsort((-np.arange(256), expanded))  # of the two zeros of u-law 0xff is silence
    values = expanded[order].astype(np.int32)
    middles = (values[1:] + values[:-1]) // 2 + 1
    return order[np.searchsorted(middles, np.arange(-32768, 32768), side="right")].astype(np.uint8)


_COMPRESSED = {codec: _compressor(table) for codec, table in _EXPANDED.items()}


def encode(pcm: Pcm, codec: Codec) -> bytes:
    """One byte a sample."""
    return _COMPRESSED[codec][pcm.astype(np.int32) + 32768].tobytes()


def decode(payload: bytes, codec: Codec) -> Pcm:
    """One sample a byte."""
    return _EXPANDED[codec][np.frombuffer(payload, np.uint8)]
