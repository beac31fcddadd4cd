"""Speculation: when to decode before the turn is over, and which hypothesis still counts.

One decode per pause, asked for after `pause_ms` without voice. A hypothesis counts only if it covers all voice heard
so far: voice after it makes it late and it is ignored. With more than 30 % waste the pause is doubled. Positions are samples of the call's inbound audio.
"""

from __future__ import annotations

from dataclasses import dataclass

from call_center.core.ports import Question


@dataclass(slots=True)
class Speculation:
    """Decodes of one utterance."""

    pause_ms: float = 250.0
    closed_pause_ms: float = 190.0  # a yes ends its turn at 250 ms: have the text there by then
    least_voice_ms: float = 150.0  # less is not worth a decode: Whisper writes text over any noise
    asked_for: int = -1  # the end of voice that the running or last decode covers
    waste_limit: float = 0.3  # share of decodes that voice made useless
    asked: int = 0
    wasted: int = 0

    def wants_decode(self, question: Question, voiced_ms: float, silence_ms: float, voice_end: int) -> bool:
        """Whether to ask for a decode now; True once per pause."""
        closed = question in (Question.YES_NO, Question.CHOICE)
        if self.asked_for == voice_end or voiced_ms < self.least_voice_ms:
            return False
        pause_ms = self.closed_pause_ms if closed else self.pause_ms
        if silence_ms < (2 * pause_ms if self.is_wasteful else pause_ms):
            return False
        if self.asked_for >= 0:
            self.wasted += 1
        self.asked_for = voice_end
        self.asked += 1
        return True

    @property
    def is_wasteful(self) -> bool:
        """Whether this caller pauses so often in mid-sentence that decoding early does not pay."""
        return self.asked >= 10 and self.wasted > self.waste_limit * self.asked

    @staticmethod
    def covers(hypothesis_end: int, voice_end: int) -> bool:
        """Whether a hypothesis of audio up to `hypothesis_end` knows all voice up to `voice_end`."""
        return hypothesis_end >= voice_end

    def reset(self) -> None:
        """A new utterance."""
        self.asked_for = -1
