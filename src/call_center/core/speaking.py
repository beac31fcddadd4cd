"""The agent's side of a call: sentences to PCM to the outlet, and the record of what was really heard.

A clip of the outlet is a sentence; both have the same number. One sentence of look-ahead: while one is played the
next is synthesised, the one after waits until that starts. Cutting stops the synthesis for real (the stream is
closed) and journals for every sentence how many frames the caller heard. While a sentence plays, a checkpoint says
how far it is, at the ends of its clauses and once a second, so that another process knows what was heard.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from call_center.core.journal import Journal
from call_center.core.journal.events import Interrupted, Playing, Resumed, Speaking, Spoken
from call_center.core.line import Outlet
from call_center.core.ports import Say, Voice
from call_center.errors import VoiceError

_FRAME_MS = 20
_CHECKPOINT_S = 1.0
_LEAST_S = 0.2  # between checkpoints: a list of short words is no list of clauses
_CHARS_A_SECOND = 14.0  # of Ukrainian, while the sentence's real length is not known
_CLAUSE_END = re.compile(r"[,;:—.!?](?=\s)")


@dataclass(slots=True)
class Sentence:
    """A sentence on its way to the caller. Times are seconds on the loop's clock."""

    number: int
    turn: int
    say: Say
    asked_at: float
    samples: int = 0
    first_pcm_at: float | None = None
    started_at: float | None = None
    whole: bool = False  # all of it was synthesised


class Speaker:
    """Speaks for one call. `queued(sentence)` is called when a sentence's first PCM is in the outlet."""

    def __init__(
        self,
        outlet: Outlet,
        rate: int,
        *,
        voice: Voice,
        journal: Journal,
        loop: asyncio.AbstractEventLoop,
        stall_s: float,
        queued: Callable[[Sentence], None],
    ) -> None:
        self._outlet = outlet
        self._rate = rate
        self._voice = voice
        self._journal = journal
        self._loop = loop
        self._stall_s = stall_s
        self._queued = queued
        self._active: dict[int, Sentence] = {}  # in the order in which they play
        self._room = asyncio.Event()
        self._next = journal.view.sentence + 1
        self._checkpoint: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Nothing is playing, queued or being synthesised."""
        return not self._active

    @property
    def head(self) -> Sentence | None:
        """The sentence that plays now or next."""
        return next(iter(self._active.values()), None)

    async def say(self, say: Say, turn: int) -> None:
        """Speak `say`; returns when all of it is in the outlet. Raises `VoiceError` when there is no voice."""
        while any(sentence.started_at is None for sentence in self._active.values()):
            self._room.clear()
            await self._room.wait()
        sentence = Sentence(self._next, turn, say, self._loop.time())
        self._next += 1
        self._active[sentence.number] = sentence
        try:
            self._announce(sentence)
            pcm = self._voice.ready(say.text, self._rate)
            if pcm is not None:
                self._append(sentence, pcm)
            else:
                await self._synthesise(sentence)
            sentence.whole = True
            if not sentence.samples and sentence.number in self._active:
                raise VoiceError("the voice made no sound of a sentence")
        finally:
            if sentence.samples:
                self._outlet.end(sentence.number)
            elif self._active.pop(sentence.number, None) is not None:
                self._record(sentence, 0, complete=False)
                self._room.set()

    async def _synthesise(self, sentence: Sentence) -> None:
        try:
            async with (
                asyncio.timeout(self._stall_s) as stall,
                closing(self._voice.synthesise(sentence.say.text, self._rate)) as stream,
            ):
                async for chunk in stream:
                    if sentence.number not in self._active:
                        return  # it was cut
                    self._append(sentence, chunk)
                    stall.reschedule(self._loop.time() + self._stall_s)
        except TimeoutError as error:
            raise VoiceError("the voice stalled") from error

    def cut(self, by: str) -> None:
        """Stop at once and record what was heard; `by` is words, voice or key. The caller cancels `say`."""
        playing = self.head
        stopped = self._outlet.cancel()
        heard = stopped[1] if stopped is not None and playing and stopped[0] == playing.number else 0
        if playing is not None:
            self._journal.append(Interrupted(playing.number, heard, by))
        self._clear(stopped)

    def resume(self) -> None:
        """Go on from the last clause."""
        if self.head is not None:
            self._journal.append(Resumed(self.head.number))
        self._outlet.resume()

    def started(self, clip: int, at: float) -> Sentence | None:
        """The outlet's note; returns the sentence."""
        sentence = self._active.get(clip)
        if sentence is not None:
            sentence.started_at = at
            self._room.set()
            self._watch(sentence)
        return sentence

    def ended(self, clip: int, frames: int, *, complete: bool) -> Sentence | None:
        """The outlet's note; returns the sentence, None when it was cut and recorded before."""
        sentence = self._active.pop(clip, None)
        if sentence is not None:
            self._unwatch()
            self._record(sentence, frames, complete=complete and sentence.whole)
            self._room.set()
        return sentence

    def drop(self) -> None:
        """Stop without anybody having interrupted: the answer is not wanted any more, or the line is gone."""
        self._clear(self._outlet.cancel())

    def _watch(self, sentence: Sentence) -> None:
        self._unwatch()
        position = self._outlet.position
        heard = (
            position[1] * _FRAME_MS / 1000.0
            if position is not None and position[0] == sentence.number
            else 0.0
        )
        wait = seconds_to_checkpoint(sentence.say.text, heard, self._total(sentence) * _FRAME_MS / 1000.0)
        self._checkpoint = self._loop.call_later(wait, self._check, sentence)

    def _unwatch(self) -> None:
        if self._checkpoint is not None:
            self._checkpoint.cancel()
            self._checkpoint = None

    def _check(self, sentence: Sentence) -> None:
        position = self._outlet.position
        if position is not None and position[0] == sentence.number:
            self._journal.append(Playing(sentence.number, position[1], self._total(sentence)))
            self._watch(sentence)

    def _clear(self, stopped: tuple[int, int] | None) -> None:
        self._unwatch()
        for sentence in self._active.values():
            frames = stopped[1] if stopped is not None and stopped[0] == sentence.number else 0
            self._record(sentence, frames, complete=False)
        self._active.clear()
        self._room.set()

    def _announce(self, sentence: Sentence) -> None:
        say, expected = sentence.say, sentence.say.expected
        self._journal.append(
            Speaking(
                turn=sentence.turn,
                sentence=sentence.number,
                text=say.text,
                spoken=self._voice.spoken(say.text),
                slot=expected.slot if expected else None,
                question=expected.question.value if expected else None,
                filler=say.filler,
                interruptible=say.interruptible,
                rest=[
                    [
                        s.text,
                        s.expected.slot if s.expected else None,
                        s.expected.question.value if s.expected else None,
                        s.interruptible,
                    ]
                    for s in say.rest
                ],
            )
        )

    def _append(self, sentence: Sentence, pcm: bytes) -> None:
        if not pcm:
            return
        sentence.samples += len(pcm) >> 1
        self._outlet.append(sentence.number, pcm)
        if sentence.first_pcm_at is None:
            sentence.first_pcm_at = self._loop.time()
            self._queued(sentence)

    def _record(self, sentence: Sentence, frames: int, *, complete: bool) -> None:
        self._journal.append(Spoken(sentence.number, frames, complete, self._total(sentence)))

    def _total(self, sentence: Sentence) -> int:
        """Frames of the whole sentence, 0 while its synthesis is under way."""
        per_frame = self._rate * _FRAME_MS // 1000
        return -(-sentence.samples // per_frame) if sentence.whole else 0


def seconds_to_checkpoint(text: str, heard_s: float, total_s: float) -> float:
    """How long until the next checkpoint of a sentence of which `heard_s` were played.

    A clause ends about where its share of the characters is played; `total_s` is 0 while the length is not known.
    """
    a_second = len(text) / total_s if total_s > 0 else _CHARS_A_SECOND
    for end in _CLAUSE_END.finditer(text):
        wait = end.end() / a_second - heard_s
        if wait >= _LEAST_S:
            return min(wait, _CHECKPOINT_S)
    return _CHECKPOINT_S


@contextlib.asynccontextmanager
async def closing[T](stream: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Close an asynchronous iterator at the end of the block, if it can be closed."""
    try:
        yield stream
    finally:
        close: Any = getattr(stream, "aclose", None)
        if close is not None:
            await close()
