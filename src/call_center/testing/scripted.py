"""Scripted engines: ears, voice and conversation that do no work, for load profiles and for tests.

The defaults are the load profile of `serve --engines scripted`: a fixed final at every end of turn, one sentence, a
tone of 3 s streamed in pieces of 100 ms, no model. Everything else is set by the test that uses it.
"""

from __future__ import annotations

import asyncio
import math
from array import array
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from call_center.core.ports import Act, Expected, Heard, Hypothesis, Readiness, Say
from call_center.errors import VoiceError

_TONE_HZ = 440.0
_TONE_PEAK = 8_000
_PIECE_MS = 100

BROWSING = (
    "потрібні зимові двісті п'ять на шістдесят р шістнадцять",
    "скільки коштує другий варіант",
    "а літні",
    "скільки коштує перший варіант",
    "а для сто дев'яносто п'ять на шістдесят п'ять р п'ятнадцять",
    "а дешевші є",
    "а всесезонні",
)
"""What a caller of the load profile `serve --engines agent` says, round and round: each line is an answerable turn in
whatever order they come, so that the agent neither hands over nor ends the call."""


@dataclass(frozen=True, slots=True)
class Decode:
    """What a decode answers: `text`, or `rejected` by a gate, after `seconds`."""

    text: str = ""
    rejected: str | None = None
    seconds: float = 0.0
    confidence: float = 1.0


class ScriptedStream:
    """One call's recogniser: answers the n-th decode with the n-th line of the script, the last one for ever.

    With `again` the script begins anew instead.
    """

    def __init__(
        self, script: Sequence[Decode], on_hypothesis: Callable[[Hypothesis], None], *, again: bool = False
    ) -> None:
        self.fed = 0  # samples since `reset`
        self.decodes = 0
        self.closed = False
        self._script = script
        self._again = again
        self._on_hypothesis = on_hypothesis
        self._pending: asyncio.Handle | None = None

    def feed(self, pcm: bytes) -> None:
        """Count."""
        self.fed += len(pcm) >> 1

    def decode(self, expected: Expected) -> None:
        """Answer from the script."""
        lines = len(self._script)
        line = self._script[self.decodes % lines if self._again else min(self.decodes, lines - 1)]
        self.decodes += 1
        answer = Hypothesis(
            line.text,
            self.fed,
            confidence=line.confidence,
            decode_ms=line.seconds * 1000.0,
            rejected=line.rejected,
        )
        self._cancel()
        loop = asyncio.get_running_loop()
        if line.seconds > 0:
            self._pending = loop.call_later(line.seconds, self._on_hypothesis, answer)
        else:
            self._pending = loop.call_soon(self._on_hypothesis, answer)

    def reset(self) -> None:
        """Forget."""
        self.fed = 0
        self._cancel()

    def close(self) -> None:
        """Release."""
        self.closed = True
        self._cancel()

    def _cancel(self) -> None:
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None


class ScriptedEars:
    """`Ears` with a script for every call, once or `again` and again; `streams` are those opened."""

    def __init__(
        self, script: Iterable[Decode | str] = ("мені потрібні зимові шини",), *, again: bool = False
    ) -> None:
        self._script = [Decode(line) if isinstance(line, str) else line for line in script]
        self._again = again
        self.streams: list[ScriptedStream] = []
        self.keep_streams = False

    def open(self, rate: int, on_hypothesis: Callable[[Hypothesis], None]) -> ScriptedStream:
        """Start a recogniser."""
        stream = ScriptedStream(self._script, on_hypothesis, again=self._again)
        if self.keep_streams:
            self.streams.append(stream)
        return stream


class ScriptedVoice:
    """`Voice` that sings a tone of `seconds` for every sentence; `lengths` sets it for single texts.

    `cached` texts are ready at once, or all of them (True). `wait_s` passes before the first piece. Texts in `broken`
    raise `VoiceError`. `stopped` counts streams that were closed before their end.
    """

    def __init__(
        self,
        seconds: float = 3.0,
        *,
        lengths: dict[str, float] | None = None,
        cached: bool | frozenset[str] = False,
        wait_s: float = 0.0,
        broken: frozenset[str] = frozenset(),
    ) -> None:
        self._seconds = seconds
        self._lengths = lengths or {}
        self._cached = cached
        self._wait_s = wait_s
        self._broken = broken
        self._tones: dict[tuple[int, float], bytes] = {}
        self.stopped = 0

    def spoken(self, text: str) -> str:
        """Return the text itself."""
        return text

    def ready(self, text: str, rate: int) -> bytes | None:
        """Return the tone when `text` is cached."""
        is_cached = self._cached if isinstance(self._cached, bool) else text in self._cached
        return self._tone(text, rate) if is_cached and text not in self._broken else None

    async def synthesise(self, text: str, rate: int) -> AsyncIterator[bytes]:
        """Stream the tone."""
        if text in self._broken:
            raise VoiceError("this sentence is scripted to fail")
        tone = self._tone(text, rate)
        piece = rate * 2 * _PIECE_MS // 1000
        finished = False
        try:
            if self._wait_s:
                await asyncio.sleep(self._wait_s)
            for start in range(0, len(tone), piece):
                yield tone[start : start + piece]
            finished = True
        finally:
            self.stopped += not finished

    def _tone(self, text: str, rate: int) -> bytes:
        seconds = self._lengths.get(text, self._seconds)
        tone = self._tones.get((rate, seconds))
        if tone is None:
            step = 2.0 * math.pi * _TONE_HZ / rate
            count = int(seconds * rate)
            tone = array("h", (int(_TONE_PEAK * math.sin(step * n)) for n in range(count))).tobytes()
            self._tones[rate, seconds] = tone
        return tone


Respond = Callable[[Heard], AsyncIterator[Act]]


def _count_words(text: str) -> Readiness:
    return Readiness(complete=bool(text), words=len(text.split()))


@dataclass(slots=True)
class ScriptedConversation:
    """`Conversation` that greets with `greeting` and answers every turn with `answer`, or as `responder` does.

    `turns` keeps what was heard when `keep_turns`.
    """

    greeting: Sequence[Act] = ()
    answer: Sequence[Act] = (Say("Зачекайте, будь ласка, я шукаю шини."),)
    responder: Respond | None = None
    asking: Expected = field(default_factory=Expected)
    judge_with: Callable[[str], Readiness] = _count_words
    keep_turns: bool = False
    turns: list[Heard] = field(default_factory=list)
    foreseen: list[Heard | None] = field(default_factory=list)

    def expected(self) -> Expected:
        """Return what is asked."""
        return self.asking

    def judge(self, text: str) -> Readiness:
        """Count words; everything is complete."""
        return self.judge_with(text)

    def foresee(self, heard: Heard | None) -> None:
        """Keep what was foreseen."""
        if self.keep_turns:
            self.foreseen.append(heard)

    def redact(self, text: str) -> str:
        """Keep everything."""
        return text

    async def end(self, reason: str) -> None:
        """Owe nothing."""

    async def greet(self, *, resumed: bool) -> AsyncIterator[Act]:
        """Say the greeting."""
        for act in self.greeting:
            yield act

    async def respond(self, heard: Heard) -> AsyncIterator[Act]:
        """Answer."""
        if self.keep_turns:
            self.turns.append(heard)
        if self.responder is None:
            for act in self.answer:
                yield act
            return
        acts = self.responder(heard)
        try:
            async for act in acts:
                yield act
        finally:
            await acts.aclose()  # type: ignore[attr-defined]  # scripts are generators
