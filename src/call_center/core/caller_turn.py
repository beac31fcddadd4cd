"""One turn of the caller in the making: what was said, in how many pieces, and when.

Pieces join when the caller goes on before the answer was heard; the number stays, so the last `CallerSaid` of a turn
is the whole of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from call_center.core.journal.events import CallerSaid, TurnTimed
from call_center.core.ports import Expected, Heard


@dataclass(slots=True)
class CallerTurn:
    """Times: `_at` are seconds on the loop's clock, `_ms` are call audio or durations."""

    number: int
    expected: Expected
    parts: list[str] = field(default_factory=list)
    confidence: float = 1.0
    keys: str = ""
    poor_line: bool = False
    took_floor: bool = False  # the agent was cut for it
    started_ms: int | None = None
    voice_end_at: float = 0.0
    ended_at: float = 0.0
    stt_ms: float = 0.0
    timed: bool = False
    covered: bool = False  # the wait for the recogniser was covered by a filler

    @property
    def text(self) -> str:
        """All pieces."""
        return " ".join(self.parts)

    def joined(self, text: str) -> str:
        """The turn as it would be with `text` as its last piece."""
        return " ".join((*self.parts, text.strip())) if self.parts else text.strip()

    def add(self, text: str, confidence: float) -> None:
        """Take another piece; an empty one changes nothing."""
        text = text.strip()
        if text:
            self.confidence = min(self.confidence, confidence) if self.parts else confidence
            self.parts.append(text)

    def said(self, ended_ms: int, rejected: str | None) -> CallerSaid:
        """The journal's event."""
        heard = self.heard()
        return CallerSaid(
            self.number, self.text, heard.confidence, self.started_ms or 0, ended_ms, rejected, self.keys
        )

    def heard(self) -> Heard:
        """What the conversation gets."""
        confidence = self.confidence if self.parts else 0.0
        if self.keys and not self.parts:
            confidence = 1.0
        return Heard(self.number, self.text, confidence, keys=self.keys, poor_line=self.poor_line)

    def timing(self, say_at: float, pcm_at: float, wire_at: float) -> TurnTimed:
        """Split the time from the end of speech to the wire.

        endpoint + brain + tts + the pacer's share = total; stt is a part of endpoint (the decode runs in the pause).
        """
        return TurnTimed(
            turn=self.number,
            endpoint_ms=_ms(self.ended_at - self.voice_end_at),
            stt_ms=round(self.stt_ms, 1),
            brain_ms=_ms(say_at - self.ended_at),
            tts_ms=_ms(pcm_at - say_at),
            total_ms=_ms(wire_at - self.voice_end_at),
            question=self.expected.question.value,
        )


def _ms(seconds: float) -> float:
    return round(max(seconds, 0.0) * 1000.0, 1)
