"""Keys: when DTMF digits are an answer.

Where digits are asked for, keys are collected until # or a pause of `pause_s`; everywhere else one key is an answer.
Times are seconds on one clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from call_center.core.ports import Question


@dataclass(slots=True)
class KeyCollector:
    """Keys of the answer being pressed; at most `limit`, more are dropped."""

    pause_s: float = 2.0
    limit: int = 32
    digits: str = ""
    due_at: float | None = None

    def press(self, digit: str, question: Question, now: float) -> bool:
        """Take a key; True when the answer is complete (`take` it)."""
        if digit == "#" and question is Question.DIGITS:
            self.due_at = None
            return True
        if len(self.digits) < self.limit:
            self.digits += digit
        if question is Question.DIGITS:
            self.due_at = now + self.pause_s
            return False
        self.due_at = None
        return True

    def take(self) -> str:
        """Return the answer and start over."""
        digits, self.digits, self.due_at = self.digits, "", None
        return digits
