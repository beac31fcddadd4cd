"""Backchannel or claim: what voice over the agent means.

Words that are no backchannel claim the floor, and so does `claim_ms` of voice of which nothing better is known; a
backchannel, noise (the recogniser rejected it) or a sound too short to decode that is followed by silence yields.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from call_center.core.ports import Readiness


class Verdict(Enum):
    """What the voice is."""

    UNDECIDED = "undecided"
    CLAIM = "claim"
    YIELD = "yield"


@dataclass(frozen=True, slots=True)
class Backchannel:
    """Thresholds in ms."""

    pause_ms: tuple[float, ...] = (192.0, 192.0, 320.0, 480.0)  # 192: the window that completes 200 ms
    claim_ms: float = 600.0
    least_confidence: float = (
        0.55  # of words shorter than `claim_ms`: "угу" comes out of a recogniser as anything
    )
    unknown_ms: float = 1500.0  # silence after which a sound that was never decoded yields

    def pause_after_ms(self, yields: int) -> float:
        """How much voice pauses the agent, after it was paused for nothing `yields` times since the last turn.

        A noisy room must not make the agent stutter: every pause goes back to the last clause.
        """
        return self.pause_ms[min(yields, len(self.pause_ms) - 1)]

    def judge(
        self,
        voiced_ms: float,
        silence_ms: float,
        readiness: Readiness | None,
        *,
        rejected: bool,
        decoding: bool,
        confidence: float = 1.0,
    ) -> Verdict:
        """Judge the voice so far; `readiness`, `rejected`, `confidence` are of a transcript that covers all of it."""
        if rejected:
            return Verdict.YIELD
        if readiness is not None:
            claims = self.are_words(readiness, confidence, voiced_ms)
            return Verdict.CLAIM if claims else Verdict.YIELD
        if voiced_ms >= self.claim_ms:
            return Verdict.CLAIM
        patience = self.unknown_ms if decoding else self.unknown_ms / 3
        return Verdict.YIELD if silence_ms >= patience else Verdict.UNDECIDED

    def are_words(self, readiness: Readiness, confidence: float, voiced_ms: float) -> bool:
        """Whether a transcript claims the floor: words, no backchannel, and believable when they are short."""
        believable = confidence >= self.least_confidence or voiced_ms >= self.claim_ms
        return readiness.words > 0 and not readiness.backchannel and believable
