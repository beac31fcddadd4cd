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

PEEK_S = 0.1


@dataclass(frozen=True, slots=True)
class Keys:
    """An answer by the keypad: 0-9, * and #."""

    digits: str


WhatWasHeard = Callable[[], str]
WantsMore = Callable[[str], bool]
Decide = Callable[[str], str | Keys | None]
Speak = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a caller behaves. Seconds; ranges are drawn from evenly."""

    quiet_s: tuple[float, float] = (0.45, 0.7)  # silence after which the agent counts as finished
    pause_s: tuple[float, float] = (0.1, 0.8)  # taken to think, after that
    patience_s: float = 15.0  # without hearing a word
    listen_on_s: float = 6.0  # how long a listener waits for the rest of what was no question yet
    key_s: float = 0.25  # from one key to the next
    noise_db: float = -58.0  # of the line, dBFS
    most_turns: int = 60


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

    `decide` gets what was heard ("" when nothing came within the patience) and returns the words to say, `Keys` to
    press, "" to stay silent, or None to hang up. With `wants_more` the caller listens on while that says that nothing was
    asked yet. `speak` turns words into 8 kHz PCM. Pass `what_was_heard` here, or set it before `run` when it needs
    `leg` (`HeardText(lambda: caller.leg.ear.loud_frames).take`). Without it every end of the agent's speech counts.
    `expects_more` may say that the agent has not finished although it is quiet, `cuts_in` that the caller talks over it.
    """

    def __init__(
        self,
        address: tuple[str, int],
        ticket: UUID,
        speak: Speak,
        decide: Decide,
        what_was_heard: WhatWasHeard | None = None,
        *,
        wants_more: WantsMore | None = None,
        manner: Manner | None = None,
        seed: int = 0,
    ) -> None:
        self._address = address
        self._speak = speak
        self._decide = decide
        self.what_was_heard = what_was_heard
        self.expects_more: Callable[[], bool] = lambda: False
        self.cuts_in: Callable[[], bool] | None = None
        self._wants_more = wants_more
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
        for _ in range(self._manner.most_turns):
            text = await self._listen(connection)
            if text is None:
                return
            heard.append(text)
            answer = self._decide(text)
            if answer is None:
                return
            if isinstance(answer, Keys):
                await self._press(connection, answer)
            elif answer:
                await connection.say(await self._speak(answer), answer)
            else:
                self.leg.ear.listen_again()  # silence: the agent speaks next

    async def _listen(self, connection: CallerConnection) -> str | None:
        """The agent's words once it is through ("" after the patience); None when the call is over."""
        parts: list[str] = []
        while not self._over():
            came = await self._agent_stopped(connection)
            if self._cuts():
                break
            if came and await self._agent_goes_on(connection):
                continue  # a caller waits for the end
            if not came and self.leg.ear.voice_frames >= MIN_VOICE_FRAMES and not self._over():
                continue  # a long answer: patience is for silence
            if self._over():
                return None
            parts.append(self.what_was_heard() if came and self.what_was_heard else "")
            if not came or self._quiet_for(connection) > self._manner.patience_s:
                break
            if self.what_was_heard and (
                not any(parts) or self.expects_more() or self._listens_on(parts, connection)
            ):
                await connection.wait(self._cuts, PEEK_S)
                continue  # a pause inside the answer: the end of it is still to come
            break
        if self._over():
            return None
        if self._cuts() and self.what_was_heard:
            parts.append(self.what_was_heard())
        return " ".join(filter(None, parts))

    def _listens_on(self, parts: list[str], connection: CallerConnection) -> bool:
        more = self._wants_more is not None and self._wants_more(" ".join(filter(None, parts)))
        return more and self._quiet_for(connection) < self._manner.listen_on_s

    def _over(self) -> bool:
        return self.leg.ended is not None

    async def _agent_stopped(self, connection: CallerConnection) -> bool:
        """Wait until the agent has finished, or it is time to talk over it; False when it was not heard at all."""
        quiet, patience = self._draw(self._manner.quiet_s), self._manner.patience_s
        ear = self.leg.ear
        return await connection.wait(lambda: self._cuts() or ear.turn_over(connection.now(), quiet), patience)

    def _cuts(self) -> bool:
        return self.cuts_in is not None and self.cuts_in()

    def _quiet_for(self, connection: CallerConnection) -> float:
        last = self.leg.ear.last_loud_at
        return connection.now() - last if last is not None else 0.0

    async def _press(self, connection: CallerConnection, keys: Keys) -> None:
        self.leg.ear.listen_again()
        for digit in keys.digits:
            self.leg.press(digit)
            await connection.wait(lambda: False, self._manner.key_s)

    async def _agent_goes_on(self, connection: CallerConnection) -> bool:
        """Take a moment to think; whether the agent spoke again meanwhile."""
        enough = self.leg.ear.loud_frames + MIN_VOICE_FRAMES
        return await connection.wait(
            lambda: self.leg.ear.loud_frames >= enough, self._draw(self._manner.pause_s)
        )

    def _draw(self, span: tuple[float, float]) -> float:
        return self._chance.uniform(*span)
