"""A caller who listens: speaks only after the agent was really heard and has finished, and answers what was said.

The ends of the agent's turns are found by energy at the caller's own socket. What the agent said is asked of
`what_was_heard` only then, and `decide` makes the answer. Pauses come from a seed, so a call can be repeated.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from call_center.testing.caller.connection import CallerConnection
from call_center.testing.caller.leg import MIN_VOICE_FRAMES, CallerLeg, Turn
from call_center.testing.caller.recording import write_call

WhatWasHeard = Callable[[], str]
Decide = Callable[[str], str | None]
Speak = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a caller behaves. Seconds; ranges are drawn from evenly."""

    quiet_s: tuple[float, float] = (0.45, 0.7)  # silence after which the agent counts as finished
    pause_s: tuple[float, float] = (0.1, 0.8)  # taken to think, after that
    patience_s: float = 15.0  # without hearing a word
    noise_db: float = -58.0  # of the line, dBFS
    most_turns: int = 20


@dataclass(frozen=True, slots=True)
class CallReport:
    """A finished call as the caller saw it. Latencies in ms, measured at the caller's socket."""

    ended: str
    first_audio_ms: float | None
    turns: list[Turn]
    heard: list[str] = field(default_factory=list)
    frames_late: int = 0

    def as_dict(self) -> dict[str, object]:
        """JSON types for `--json`."""
        return {
            "ended": self.ended,
            "first_audio_ms": _rounded(self.first_audio_ms),
            "turns": [{"said": turn.text, "latency_ms": _rounded(turn.latency_ms)} for turn in self.turns],
            **({"heard": self.heard} if any(self.heard) else {}),
            "frames_late": self.frames_late,
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


class SyntheticCaller:
    """One call from the first ring to the end.

    `decide` gets what was heard ("" when nothing came within the patience) and returns the words to say, or None to
    hang up. `speak` turns words into 8 kHz PCM. Pass `what_was_heard` here, or set it before `run` when it needs
    `leg` (`HeardText(lambda: caller.leg.ear.loud_frames).take`). Without it every end of the agent's speech counts.
    """

    def __init__(
        self,
        address: tuple[str, int],
        ticket: UUID,
        speak: Speak,
        decide: Decide,
        what_was_heard: WhatWasHeard | None = None,
        *,
        manner: Manner | None = None,
        seed: int = 0,
    ) -> None:
        self._address = address
        self._speak = speak
        self._decide = decide
        self.what_was_heard = what_was_heard
        self._manner = manner or Manner()
        self._chance = random.Random(seed)  # noqa: S311  repeatable pauses, no secret
        self.leg = CallerLeg(ticket, noise_db=self._manner.noise_db, seed=seed)

    async def run(self, record: Path | None = None) -> CallReport:
        """Call, talk, hang up; writes the recording even when the call broke. Raises `ConfigError`, `VoiceError`."""
        heard: list[str] = []
        connection = CallerConnection(*self._address, self.leg)
        try:
            async with connection:
                await self._converse(connection, heard)
        finally:
            if record is not None:
                write_call(record, self.leg.sent, self.leg.heard)
        return CallReport(
            ended=self.leg.ended or "hangup",
            first_audio_ms=self.leg.first_audio_ms,
            turns=self.leg.turns,
            heard=heard,
            frames_late=connection.frames_late,
        )

    async def _converse(self, connection: CallerConnection, heard: list[str]) -> None:
        manner = self._manner
        for _ in range(manner.most_turns):
            came = await connection.agent_finished(self._draw(manner.quiet_s), manner.patience_s)
            if came and await self._agent_goes_on(connection):
                continue  # a caller waits for the end
            if not came and self.leg.ear.voice_frames >= MIN_VOICE_FRAMES and self.leg.ended is None:
                continue  # a long answer: patience is for silence
            if self.leg.ended is not None:
                return
            text = self.what_was_heard() if came and self.what_was_heard else ""
            if came and not text and self.what_was_heard:
                continue  # a pause inside a sentence: the end of it is still to come
            heard.append(text)
            answer = self._decide(text)
            if answer is None:
                return
            await connection.say(await self._speak(answer), answer)

    async def _agent_goes_on(self, connection: CallerConnection) -> bool:
        """Take a moment to think; whether the agent spoke again meanwhile."""
        enough = self.leg.ear.loud_frames + MIN_VOICE_FRAMES
        return await connection.wait(
            lambda: self.leg.ear.loud_frames >= enough, self._draw(self._manner.pause_s)
        )

    def _draw(self, span: tuple[float, float]) -> float:
        return self._chance.uniform(*span)
