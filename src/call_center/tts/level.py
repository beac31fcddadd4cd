"""Telephone loudness and trimmed edges for a stream of synthesised PCM (s16 mono).

`Shaper` is sans-IO: feed pieces, get pieces, `finish`. The gain is fixed for a sentence (a gain that moves is heard); it comes from
`Loudness`, which learns what a voice's speech measures. Peaks are bent, never clipped. Silence before the first sound is cut to
`LEAD_MS`, after the last to `TAIL_MS`; pauses inside stay.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TARGET_DBFS = (
    -18.0
)  # active speech level; what a telephone network expects (ITU-T P.56 speech is -26 to -16 dBov)
LEAD_MS = 20
TAIL_MS = 120  # a breath between two sentences
SILENCE = 200.0  # peak amplitude of a window below which nothing is heard, about -44 dBFS
WINDOW_MS = 5
KNEE = 0.7  # of full scale: above, peaks are bent
FULL = 32_767.0
MAX_GAIN = 6.0


def rms_dbfs(pcm: bytes, rate: int) -> float:
    """Level of the speech in `pcm`: RMS over the 20 ms windows that are not silent; -100 when all are."""
    window = rate // 50
    samples = np.frombuffer(pcm, dtype=np.int16).astype(np.float64)
    whole = samples[: len(samples) // window * window].reshape(-1, window)
    active = whole[np.abs(whole).max(axis=1, initial=0.0) > SILENCE] if len(whole) else whole
    if active.size == 0:
        return -100.0
    return float(20 * np.log10(np.sqrt((active**2).mean()) / 32_768 + 1e-9))


class Loudness:
    """Running estimate of how loud one voice is before any gain, in dBFS."""

    def __init__(self, first_guess: float) -> None:
        self._level = first_guess

    @property
    def gain(self) -> float:
        """Factor that brings the voice to the target."""
        return float(min(MAX_GAIN, 10 ** ((TARGET_DBFS - self._level) / 20)))

    def learn(self, level: float) -> None:
        """Take the measured level of a whole sentence spoken with gain 1."""
        if level > -60:
            self._level += 0.2 * (level - self._level)


def bend(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Soft limiter on a -1..1 scale: linear to the knee, asymptotic to full scale above."""
    size = np.abs(samples)
    over = np.maximum(size - KNEE, 0.0) / (1 - KNEE)
    bent = KNEE + (1 - KNEE) * np.tanh(over)
    return np.where(size > KNEE, np.sign(samples) * bent, samples)


class Shaper:
    """Gain, limiter and edges for one sentence."""

    def __init__(self, rate: int, gain: float) -> None:
        self._rate, self._gain = rate, gain
        self._window = rate * WINDOW_MS // 1000
        self._raw = b""
        self._quiet: list[NDArray[np.int16]] = []  # silence that may turn out to be the end
        self._begun = False

    def feed(self, pcm: bytes) -> bytes:
        """Shape the next piece; returns what is sure to be sent."""
        self._raw += pcm
        size = len(self._raw) // (self._window * 2) * self._window * 2
        block, self._raw = self._raw[:size], self._raw[size:]
        return self._shape(np.frombuffer(block, dtype=np.int16))

    def finish(self) -> bytes:
        """The rest, with the trailing silence cut."""
        samples = np.frombuffer(self._raw[: len(self._raw) // 2 * 2], dtype=np.int16)
        padded = np.concatenate([samples, np.zeros(-len(samples) % self._window, dtype=np.int16)])
        out = self._shape(padded)
        tail = (
            np.concatenate(self._quiet)[: self._rate * TAIL_MS // 1000]
            if self._quiet and self._begun
            else samples[:0]
        )
        return out + tail.tobytes()

    def _shape(self, samples: NDArray[np.int16]) -> bytes:
        if samples.size == 0:
            return b""
        loud = (bend(samples.astype(np.float64) / FULL * self._gain) * FULL).astype(np.int16)
        windows = loud.reshape(-1, self._window)
        heard = np.flatnonzero(np.abs(windows.astype(np.int32)).max(axis=1) > SILENCE)
        if heard.size == 0:
            self._quiet.append(loud)
            return b""
        end = (int(heard[-1]) + 1) * self._window
        out = np.concatenate([*self._quiet, loud[:end]])
        if not self._begun:
            start = sum(map(len, self._quiet)) + int(heard[0]) * self._window - self._rate * LEAD_MS // 1000
            out = out[max(0, start) :]
            self._begun = True
        self._quiet = [loud[end:]]
        return bytes(out.tobytes())
