"""The caller's turns: feeds the turn decisions with what is heard and moves the floor by their verdicts.

Called for every detector window and hypothesis, on the audio loop. While the floor is `guarded` (legal notice) an
utterance is recognised and kept, and considered again when the guard falls. A hypothesis counts only while no later
voice was heard; the end of turn is our own, whatever the recogniser claims.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from call_center.core.call_settings import SessionTiming
from call_center.core.caller_turn import CallerTurn
from call_center.core.floor import Event, Floor, State
from call_center.core.journal import Journal
from call_center.core.listening import Listener
from call_center.core.observer import Observer
from call_center.core.ports import Conversation, Expected, Heard, Hypothesis, Readiness
from call_center.core.turns import LineQuality, Verdict

_GAP_CHECK_S = 1.0
_STABLE_MS = 150.0
"""Silence after which words that cover all voice may be the whole turn."""
_GIVE_UP_MS = 7_000.0  # silence after which even a recogniser that never answered ends the turn


class TurnTaker:
    """One call's caller side. `move` moves the floor.

    `on_fault` takes an exception of the conversation; `on_slow` is called once a turn, with its number, when the
    recogniser keeps the caller waiting.
    """

    def __init__(
        self,
        listener: Listener,
        floor: Floor,
        conversation: Conversation,
        *,
        journal: Journal,
        observer: Observer,
        timing: SessionTiming,
        loop: asyncio.AbstractEventLoop,
        move: Callable[[Event], None],
        on_fault: Callable[[Exception], None],
        on_slow: Callable[[int], None],
    ) -> None:
        self.turn = CallerTurn(0, Expected())
        self.finished = self.turn  # the last turn that was handed over
        self.merge_next = False  # what is said next belongs to `finished`
        self.claimed_by = "voice"
        self._listener = listener
        self._floor = floor
        self._conversation = conversation
        self._journal = journal
        self._observer = observer
        self._timing = timing
        self._loop = loop
        self._move = move
        self._on_fault = on_fault
        self._on_slow = on_slow
        self._quality = LineQuality()
        self._judged: tuple[Hypothesis, int, Readiness] | None = None
        self._foreseen = ""  # the words on which the conversation was let begin
        self._gap_timer: asyncio.TimerHandle | None = None
        self._last_turn = journal.view.turn
        self._yields = 0  # times the agent was paused for nothing since the last turn

    def next_turn(self) -> int:
        """Number a turn."""
        self._last_turn += 1
        return self._last_turn

    def go_on(self, last: int) -> int:
        """Number on from `last`, which is returned."""
        self._last_turn = last
        return last

    def expected(self) -> Expected:
        """What the caller is being asked."""
        try:
            return self._conversation.expected()
        except Exception as error:
            self._on_fault(error)
            return Expected()

    def voice(self, speech: bool, samples: int) -> None:
        """Take one decision of the detector."""
        listener = self._listener
        if listener.is_open:
            listener.voice(speech, samples, 0.0)
            if speech:
                self.turn.voice_end_at = self._loop.time()
                if self._foreseen and listener.covering is None:
                    self._foresee("", 1.0)
            if not speech or listener.is_full or self._floor.state is State.OVERLAP:
                self.consider()
            return
        state = self._floor.state
        silent = state is State.LISTENING
        need_ms = (
            self._timing.voice_in_silence_ms
            if silent
            else self._timing.backchannel.pause_after_ms(self._yields)
        )
        if listener.voice(speech, samples, need_ms):
            self._move(Event.VOICE)

    def open(self) -> None:
        """Somebody speaks: a new turn, or the rest of the last one."""
        listener = self._listener
        if listener.is_open:
            self.merge_next = False
            return
        if self.merge_next and self.finished.parts:
            self.turn = self.finished
        else:
            self.turn = CallerTurn(0, Expected())
        self.merge_next = False
        self.turn.expected = self.expected()
        listener.open()
        if self.turn.started_ms is None:
            self.turn.started_ms = listener.started_ms
        self.turn.voice_end_at = self._loop.time()
        self._judged = None
        self._watch_gap()

    def join(self) -> None:
        """What is being said continues the turn before, of which no answer was heard."""
        before, turn = self.finished, self.turn
        if turn is not before and before.parts:
            turn.parts[:0] = before.parts
            turn.number = before.number
            turn.started_ms = before.started_ms
            turn.confidence = before.confidence

    def forget(self) -> None:
        """The utterance is over or was nothing."""
        self._listener.forget()
        if self.finished is not self.turn:
            self._foresee("", 1.0)
        if self._gap_timer is not None:
            self._gap_timer.cancel()
            self._gap_timer = None

    def hypothesis(self, hypothesis: Hypothesis) -> None:
        """Take the recogniser's word."""
        if self._listener.decode_started is not None:
            self.turn.stt_ms = (self._loop.time() - self._listener.decode_started) * 1000.0
        counts = self._listener.take(hypothesis)
        self._observer.decoded(hypothesis.decode_ms, adopted=counts and hypothesis.rejected is None)
        self.consider()

    def consider(self) -> None:
        """Decide what can be decided now."""
        listener = self._listener
        if not listener.is_open:
            return
        if listener.wants_decode(self.turn.expected):
            listener.decode(self.turn.expected, self._loop.time())
        if self._floor.state is State.OVERLAP or self._floor.guarded:
            self._consider_overlap()
        if self._floor.state is State.CALLER_SPEAKING and listener.is_open:
            self._consider_end()

    def _consider_overlap(self) -> None:
        listener = self._listener
        known = listener.covering
        verdict = self._timing.backchannel.judge(
            listener.voiced_ms,
            listener.silence_ms,
            self._readiness(known) if known is not None and not _nothing(known) else None,
            rejected=known is not None and _nothing(known),
            decoding=listener.decode_started is not None,
            confidence=known.confidence if known is not None else 1.0,
        )
        late = listener.hypothesis
        if verdict is Verdict.UNDECIDED and late is not None and known is None:
            judged = self._readiness(late)  # late, but words are words
            if self._timing.backchannel.are_words(judged, late.confidence, listener.voiced_ms):
                verdict = Verdict.CLAIM
        if verdict is Verdict.YIELD:
            self._yields += 1
            self._move(Event.YIELDED)
        elif verdict is Verdict.CLAIM and not self._floor.guarded:
            self.claimed_by = "words" if listener.hypothesis is not None else "voice"
            self._move(Event.CLAIMED)

    def _consider_end(self) -> None:
        listener, timing = self._listener, self._timing
        silence_ms = listener.silence_ms
        hypothesis = listener.covering
        if hypothesis is not None and listener.is_full:
            self._add("" if _nothing(hypothesis) else hypothesis.text, hypothesis.confidence)
            listener.forget()
            listener.open()
            return
        if hypothesis is None:
            started = listener.decode_started
            short = started is None and listener.voiced_ms < listener.speculation.least_voice_ms
            late = started is not None and self._loop.time() - started > timing.ears_patience_s
            if short and silence_ms >= timing.end.nothing_ms:
                self._nothing_said("no_speech")
            elif late or silence_ms >= _GIVE_UP_MS:
                self._nothing_said("failed")
            elif silence_ms >= 1000.0 * timing.first_sound_s + timing.end.open_ms and not self.turn.covered:
                self.turn.covered = True
                self.turn.number = self.turn.number or self.next_turn()
                self._on_slow(self.turn.number)
        elif _nothing(hypothesis):
            if silence_ms >= timing.end.nothing_ms:
                self._nothing_said(hypothesis.rejected or "empty")
        elif timing.end.ended(self.turn.expected.question, self._readiness(hypothesis), silence_ms):
            self._add(hypothesis.text, hypothesis.confidence)
            self._finish(None)
        elif silence_ms >= _STABLE_MS:
            self._foresee(self.turn.joined(hypothesis.text), hypothesis.confidence)

    def _foresee(self, text: str, confidence: float) -> None:
        """Let the conversation begin on what may be the turn; an empty text: it is not over."""
        if text == self._foreseen:
            return
        self._foreseen = text
        turn = self.turn
        number = turn.number or self._last_turn + 1
        sure = min(turn.confidence, confidence) if turn.parts else confidence
        try:
            self._conversation.foresee(Heard(number, text, sure, poor_line=turn.poor_line) if text else None)
        except Exception as error:
            self._on_fault(error)

    def _add(self, text: str, confidence: float) -> None:
        """Make a transcript part of the turn, without what must not be kept; when that fails nothing of it is."""
        try:
            text = self._conversation.redact(text) if text else text
        except Exception as error:
            self._on_fault(error)
            text = ""
        self.turn.add(text, confidence)

    def _nothing_said(self, rejected: str) -> None:
        spoke = self._timing.unrecognised.is_speech(
            self._listener.voiced_ms, rejected, took_floor=self.turn.took_floor
        )
        if spoke or self.turn.parts:
            self._finish(rejected)
        else:
            self._move(Event.TURN_EMPTY)

    def _finish(self, rejected: str | None) -> None:
        turn = self.turn
        turn.number = turn.number or self.next_turn()
        turn.ended_at = self._loop.time()
        self._foreseen = ""  # what was begun is the answer's to take or to drop
        turn.poor_line = self._quality.turn(turn.confidence if turn.parts else 0.0)
        self.finished = turn
        self._yields = 0
        self._journal.append(turn.said(self._listener.ended_ms, None if turn.parts else rejected))
        self._move(Event.TURN_ENDED)

    def _readiness(self, hypothesis: Hypothesis) -> Readiness:
        pieces = len(self.turn.parts)
        if self._judged is not None and self._judged[0] is hypothesis and self._judged[1] == pieces:
            return self._judged[2]
        text = self.turn.joined(hypothesis.text)
        try:
            readiness = self._conversation.judge(text)
        except Exception as error:
            self._on_fault(error)
            readiness = Readiness(words=len(text.split()))
        self._judged = (hypothesis, pieces, readiness)
        return readiness

    def _watch_gap(self) -> None:
        judged = self._listener.judged

        def check() -> None:
            if self._listener.judged == judged:
                self._listener.gap(_GAP_CHECK_S * 1000.0)
                self.consider()
            if self._listener.is_open:
                self._watch_gap()

        if self._gap_timer is not None:
            self._gap_timer.cancel()
        self._gap_timer = self._loop.call_later(_GAP_CHECK_S, check)


def _nothing(hypothesis: Hypothesis) -> bool:
    return hypothesis.rejected is not None or not hypothesis.text.strip()
