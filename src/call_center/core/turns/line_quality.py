"""Line quality: whether the recogniser has been unsure often enough to ask in smaller pieces."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class LineQuality:
    """A running mean of the recogniser's confidence (0 to 1) over finished turns."""

    poor_below: float = 0.45
    weight: float = 0.5  # of the newest turn
    mean: float = 1.0

    def turn(self, confidence: float) -> bool:
        """Take a turn's confidence; True when the line is poor."""
        self.mean += self.weight * (min(max(confidence, 0.0), 1.0) - self.mean)
        return self.mean < self.poor_below
