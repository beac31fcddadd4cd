"""The energy gate: which 32 ms windows are worth a neural network. Vectorised over the calls of a worker.

It may only ever save work: it opens well below speech, stays open while in doubt, and above `MAX_THRESHOLD` (a loud
line) it never closes, so the model alone decides there. The noise floor of a line is the minimum of the last four
seconds; digital silence is left out because lines with silence suppression mix it with real noise.
Levels are RMS of 16-bit samples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATIO = 1.4  # 3 dB over the floor; white noise in 256 samples stays within 1.15
MIN_THRESHOLD = 40.0  # -58 dBFS: quieter speech cannot be recognised either
MAX_THRESHOLD = 160.0  # -46 dBFS
DIGITAL_SILENCE = 4.0
HOLD = 4  # windows (128 ms) that the gate stays open after the last loud one
BLOCK = 16  # windows whose minimum is one entry of the floor's memory
BLOCKS = 8

Slots = NDArray[np.intp]
Levels = NDArray[np.float32]


class EnergyGate:
    """State of every call by slot number. `hold` is 0 where the gate is closed, `HOLD` on a loud window."""

    def __init__(self, slots: int) -> None:
        self._minima = np.full((slots, BLOCKS), np.inf, np.float32)
        self._current = np.full(slots, np.inf, np.float32)
        self._windows = np.zeros(slots, np.int64)
        self.hold = np.zeros(slots, np.int64)

    def grow(self, slots: int) -> None:
        """Make room for `slots` calls in all."""
        fresh = EnergyGate(slots - len(self.hold))
        self._minima = np.concatenate([self._minima, fresh._minima])
        self._current = np.concatenate([self._current, fresh._current])
        self._windows = np.concatenate([self._windows, fresh._windows])
        self.hold = np.concatenate([self.hold, fresh.hold])

    def reset(self, slot: int) -> None:
        """Forget the line that used `slot`."""
        self._minima[slot] = np.inf
        self._current[slot] = np.inf
        self._windows[slot] = 0
        self.hold[slot] = 0

    def threshold(self, slots: Slots) -> Levels:
        """The level above which a window opens the gate of each slot."""
        floor = np.minimum(self._minima[slots].min(axis=1), self._current[slots])
        floor[np.isinf(floor)] = 0.0
        return np.clip(floor * np.float32(RATIO), MIN_THRESHOLD, MAX_THRESHOLD)

    def update(self, slots: Slots, levels: Levels) -> NDArray[np.int64]:
        """Take one window for each of `slots` (no slot twice); return their `hold`."""
        loud = levels > self.threshold(slots)
        heard = np.where(levels < DIGITAL_SILENCE, np.float32(np.inf), levels)
        self._current[slots] = np.minimum(self._current[slots], heard)
        windows = self._windows[slots] + 1
        self._windows[slots] = windows
        full = slots[windows % BLOCK == 0]
        if len(full):
            self._minima[full, (self._windows[full] // BLOCK) % BLOCKS] = self._current[full]
            self._current[full] = np.inf
        hold = np.where(loud, HOLD, np.maximum(self.hold[slots] - 1, 0))
        self.hold[slots] = hold
        return hold
