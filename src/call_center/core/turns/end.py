"""End of turn: how long a pause means that the caller is done, by what was asked and what was said.

A yes or a closed choice that is answered completely ends after a quarter of a second; an open answer after 0.6 s;
dictated pieces (sizes, phones) wait 1.3 s unless the slot is full; whatever ends in a preposition, a conjunction or
half a number waits longest. Pauses are ms of audio without voice. Measured: the detector adds 96-128 ms.
"""

from __future__ import annotations

from dataclasses import dataclass

from call_center.core.ports import Question, Readiness


@dataclass(frozen=True, slots=True)
class EndOfTurn:
    """The pauses, ms."""

    closed_complete_ms: float = 250.0
    closed_ms: float = 600.0
    open_ms: float = 600.0
    digits_complete_ms: float = 350.0
    digits_ms: float = 1300.0
    dangling_ms: float = 1500.0
    nothing_ms: float = 600.0  # nothing was recognised

    def wait_ms(self, question: Question, readiness: Readiness | None) -> float:
        """Return the pause that ends the turn; `readiness` is None while no transcript covers the voice."""
        if readiness is None or readiness.words == 0:
            return self.digits_ms if question is Question.DIGITS and readiness is None else self.nothing_ms
        if readiness.dangling:
            return self.dangling_ms
        if question is Question.DIGITS:
            return self.digits_complete_ms if readiness.complete else self.digits_ms
        if question in (Question.YES_NO, Question.CHOICE):
            return self.closed_complete_ms if readiness.complete else self.closed_ms
        return self.open_ms

    def ended(self, question: Question, readiness: Readiness | None, silence_ms: float) -> bool:
        """Whether a pause of `silence_ms` ends the turn."""
        return silence_ms >= self.wait_ms(question, readiness)
