"""What one side of a call heard, when it heard it.

Every packet is placed at the time it arrived (monotonic seconds). A packet that comes no later than 60 ms after its
predecessor was played sits right behind it, as in a telephone's jitter buffer; a later one leaves the gap that an ear
would hear. Several SSRCs in one call (before and after a bridge) are one timeline.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from call_center.testing.sip.g711 import FRAME, RATE, Pcm

JITTER_SECONDS = 0.06
LOUD = 300.0  # RMS of int16: far above line noise, far below speech


@dataclass(frozen=True, slots=True)
class Piece:
    """One packet: when it arrived, where it plays, what it holds."""

    arrived: float
    plays: float
    pcm: Pcm
    rms: float

    @property
    def ends(self) -> float:
        """When the packet has been played."""
        return self.plays + len(self.pcm) / RATE


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of sound between two silences, monotonic seconds."""

    start: float
    end: float


class Heard:
    """The growing timeline of one call."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.ssrcs: list[int] = []
        self.lost = 0
        self._sequence = 0

    def add(self, arrived: float, ssrc: int, sequence: int, pcm: Pcm) -> None:
        """Take one packet at monotonic time `arrived`."""
        follows = bool(self.ssrcs) and self.ssrcs[-1] == ssrc
        if follows:
            missing = (sequence - self._sequence - 1) & 0xFFFF
            self.lost += missing if missing < 0x8000 else 0
        else:
            self.ssrcs.append(ssrc)
        self._sequence = sequence
        plays = arrived
        if self.pieces and arrived - self.pieces[-1].ends <= JITTER_SECONDS:
            plays = self.pieces[-1].ends
        rms = float(np.sqrt(np.mean(pcm.astype(np.float64) ** 2))) if len(pcm) else 0.0
        self.pieces.append(Piece(arrived, plays, pcm, rms))

    def audio(self, start: float | None = None, end: float | None = None) -> Pcm:
        """PCM at 8,000 Hz from `start` to `end` (all by default), silence where nothing came."""
        pieces = [
            piece
            for piece in self.pieces
            if (start is None or piece.plays >= start) and (end is None or piece.ends <= end)
        ]
        if not pieces:
            return np.zeros(0, np.int16)
        zero = pieces[0].plays if start is None else start
        out = np.zeros(int((pieces[-1].ends - zero) * RATE) + FRAME, np.int16)
        for piece in pieces:
            at = round((piece.plays - zero) * RATE)
            room = out[at : at + len(piece.pcm)]
            room[:] = piece.pcm[: len(room)]
        return out

    def segments(self, gap: float = 0.3, loud: float = LOUD, after: float = 0.0) -> list[Segment]:
        """Stretches of sound that begin after monotonic time `after`; silences shorter than `gap` seconds join."""
        found: list[Segment] = []
        for piece in self.pieces:
            if piece.rms < loud or piece.plays < after:
                continue
            if found and piece.plays - found[-1].end <= gap:
                found[-1] = Segment(found[-1].start, piece.ends)
            else:
                found.append(Segment(piece.plays, piece.ends))
        return found

    def first_sound(self, after: float = 0.0, loud: float = LOUD) -> float | None:
        """Arrival of the first loud packet after `after`."""
        return next(
            (piece.arrived for piece in self.pieces if piece.rms >= loud and piece.arrived >= after), None
        )

    def last_sound(self, loud: float = LOUD) -> float | None:
        """Arrival of the last loud packet so far."""
        return next((piece.arrived for piece in reversed(self.pieces) if piece.rms >= loud), None)

    def longest_gap(self, start: float = 0.0, end: float = float("inf")) -> float:
        """Seconds between two packets, at most."""
        times = [piece.arrived for piece in self.pieces if start <= piece.arrived <= end]
        return max((later - earlier for earlier, later in pairwise(times)), default=0.0)

    def pitch(self, start: float | None = None, end: float | None = None) -> float:
        """The strongest frequency in Hz, 0.0 for silence: which test tone is this."""
        pcm = self.audio(start, end).astype(np.float64)
        if len(pcm) < FRAME or not pcm.any():
            return 0.0
        spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
        return float(np.argmax(spectrum) * RATE / len(pcm))
