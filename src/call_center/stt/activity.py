"""Where in a caller's audio the sound is, by energy alone. Pure numpy.

The core's voice activity detector decides whether anybody spoke; this only finds the edges of the sound, so that the
recogniser looks at as little as possible, and refuses audio in which nothing could have been said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FRAME_MS = 20
FLOOR_DB = -60.0
"""dBFS (RMS of 20 ms). Quieter than any speech that a telephone delivers; line noise of a good line is near -70."""
ABOVE_NOISE_DB = 9.0
BELOW_PEAK_DB = 12.0
"""In steady noise every frame is within a few dB of the loudest, so this keeps the threshold under them."""
TONAL_ENERGY = 0.95
LEAD_MS = 200
TAIL_MS = 300
"""Kept around the sound: soft consonants at both ends are below the threshold."""


@dataclass(frozen=True, slots=True)
class Activity:
    """The extent of sound. `start` and `stop` are samples, the margins included; `loud_ms` counts loud frames only."""

    start: int
    stop: int
    loud_ms: int
    peak_db: float


def levels_db(signal: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """RMS level of every whole 20 ms frame in dBFS, at least -120."""
    size = rate * FRAME_MS // 1000
    count = len(signal) // size
    frames = signal[: count * size].reshape(count, size).astype(np.float64)
    return 10.0 * np.log10(np.maximum(np.mean(frames**2, axis=1), 1e-12))


def find_activity(signal: NDArray[np.float32], rate: int) -> Activity:
    """Measure `signal` (-1..1). Without sound the extent is empty."""
    levels = levels_db(signal, rate)
    if len(levels) == 0 or levels.max() < FLOOR_DB:
        return Activity(0, 0, 0, float(levels.max()) if len(levels) else -120.0)
    peak = float(levels.max())
    threshold = max(FLOOR_DB, min(float(np.percentile(levels, 10)) + ABOVE_NOISE_DB, peak - BELOW_PEAK_DB))
    loud = np.flatnonzero(levels >= threshold)
    per_ms = rate // 1000
    start = max(0, (int(loud[0]) * FRAME_MS - LEAD_MS) * per_ms)
    stop = min(len(signal), ((int(loud[-1]) + 1) * FRAME_MS + TAIL_MS) * per_ms)
    return Activity(start, stop, len(loud) * FRAME_MS, peak)


def tonal_share(sound: NDArray[np.float32], rate: int) -> float:
    """Part of the loud 64 ms windows, 0..1, whose energy lies almost wholly in one or two pure tones.

    Ringing, busy and fax tones and keys are near 1; voices have harmonics and move, and stay far below.
    """
    size = rate * 64 // 1000
    count = len(sound) // size
    if count == 0:
        return 0.0
    windows = sound[: count * size].reshape(count, size)
    energy = np.mean(windows.astype(np.float64) ** 2, axis=1)
    loud = windows[energy >= energy.max() * 10 ** (-BELOW_PEAK_DB / 10)]
    power = np.abs(np.fft.rfft(loud * np.hanning(size), axis=1)) ** 2
    total = power.sum(axis=1)
    inside = np.zeros(len(loud))
    rows = np.arange(len(loud))
    for _ in range(2):
        peak = power.argmax(axis=1)
        for offset in (-2, -1, 0, 1, 2):
            bins = np.clip(peak + offset, 0, power.shape[1] - 1)
            inside += power[rows, bins]
            power[rows, bins] = 0.0
    return float(np.mean(inside >= TONAL_ENERGY * total))
