"""The energy gate: which 32 ms windows are worth a neural network. Vectorised over the calls of a worker.

It may only ever save work: it opens a little above the line's own noise, stays open while in doubt, and above
`MAX_THRESHOLD` (a loud line) it never closes, so the model alone decides there. Noise is what stays the same for half
a second, which speech never does; the floor of a line is the quietest of the last such blocks, so it survives long
speech, falls at once and rises in four seconds. Digital silence teaches nothing: lines with silence suppression mix it
with real noise. Levels are RMS of 16-bit samples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATIO = 1.5  # 3.5 dB over the floor; noise of telephone bandwidth stays within 1.25 in 256 samples
MIN_THRESHOLD = 16.0  # -66 dBFS, twice the hiss of a silent A-law line
MAX_THRESHOLD = 160.0  # -46 dBFS
DIGITAL_SILENCE = 4.0
STEADY = 2.0  # loudest over quietest window of a block that is taken for noise
HOLD = 4  # windows (128 ms) that the gate stays open after the last loud one
BLOCK = 16  # windows (0.5 s)
BLOCKS = 8

Slots = NDArray[np.intp]
Levels = NDArray[np.float32]


class EnergyGate:
    """State of every call by slot number. `hold` is 0 where the gate is closed, `HOLD` on a loud window."""

    def __init__(self, slots: int) -> None:
        self._floors = np.full((slots, BLOCKS), np.inf, np.float32)
        self._learnt = np.zeros(slots, np.int64)  # blocks
        self._sum = np.zeros(slots, np.float32)  # of the block so far
        self._low = np.full(slots, np.inf, np.float32)
        self._high = np.zeros(slots, np.float32)
        self._windows = np.zeros(slots, np.int64)
        self._threshold = np.full(slots, MIN_THRESHOLD, np.float32)
        self.hold = np.zeros(slots, np.int64)

    def grow(self, slots: int) -> None:
        """Make room for `slots` calls in all."""
        fresh = EnergyGate(slots - len(self.hold))
        for name, values in vars(fresh).items():
            setattr(self, name, np.concatenate([getattr(self, name), values]))

    def reset(self, slot: int) -> None:
        """Forget the line that used `slot`."""
        for name, values in vars(EnergyGate(1)).items():
            getattr(self, name)[slot] = values[0]

    def threshold(self, slots: Slots) -> Levels:
        """The level above which a window opens the gate of each slot."""
        return self._threshold[slots]

    def update(self, slots: Slots, levels: Levels) -> NDArray[np.int64]:
        """Take one window for each of `slots` (no slot twice); return their `hold`."""
        hold = np.where(levels > self._threshold[slots], HOLD, np.maximum(self.hold[slots] - 1, 0))
        self.hold[slots] = hold
        self._sum[slots] += levels
        self._low[slots] = np.minimum(self._low[slots], levels)
        self._high[slots] = np.maximum(self._high[slots], levels)
        windows = self._windows[slots] + 1
        self._windows[slots] = windows
        full = slots[windows % BLOCK == 0]
        if len(full):
            self._learn(full)
        return hold

    def _learn(self, slots: Slots) -> None:
        """A block of these slots is complete: take its mean for the noise when it was steady."""
        low = self._low[slots]
        steady = slots[(low >= DIGITAL_SILENCE) & (self._high[slots] <= STEADY * low)]
        if len(steady):
            self._floors[steady, self._learnt[steady] % BLOCKS] = self._sum[steady] / BLOCK
            self._learnt[steady] += 1
            floor = self._floors[steady].min(axis=1)
            self._threshold[steady] = np.clip(floor * np.float32(RATIO), MIN_THRESHOLD, MAX_THRESHOLD)
        self._sum[slots] = 0.0
        self._low[slots] = np.inf
        self._high[slots] = 0.0
