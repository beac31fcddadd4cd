"""Silence prompts: a ladder of three, each `after_s` after the last played frame of a question.

Any speech or key resets the ladder; noise only puts the next step off a little, so a noisy line is prompted too.
Times are seconds on one clock.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class SilencePrompts:
    """The ladder of one call."""

    after_s: float = 8.0
    noise_s: float = 2.0
    steps: int = 3
    count: int = 0  # steps taken
    due_at: float | None = None

    def watch(self, now: float) -> float:
        """Nobody speaks since `now`; return when the next step is due. After noise the earlier date stands."""
        if self.due_at is None:
            self.due_at = now + self.after_s
        else:
            self.due_at = max(self.due_at, now + self.noise_s)
        return self.due_at

    def step(self) -> int:
        """Take the step that is due; return its number, 1 to `steps`."""
        self.due_at = None
        self.count = min(self.count + 1, self.steps)
        return self.count

    def played(self) -> None:
        """The agent spoke: the next `watch` counts from there."""
        self.due_at = None

    def speech(self) -> None:
        """The caller said or pressed something: start over."""
        self.due_at = None
        self.count = 0
