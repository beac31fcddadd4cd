"""One connection of one call: joins line, ears, voice, conversation and journal around the floor.

Everything runs on the audio loop. The line calls in (`CallHandler`), synchronously and fast; the floor's table says
what to do; tasks (answers) belong to the session's owner and are gone 500 ms after `on_closed`. An exception in a
turn is journalled, counted and spoken over, and the call goes on; after three in a row, or with no voice left, a
person takes over. `start` queues the greeting's first sentence before it returns when that is cached.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from call_center.core.answering import Answer, fixed
from call_center.core.call_settings import SessionPhrases, SessionTiming
from call_center.core.caller_turn import CallerTurn
from call_center.core.floor import Action, Event, Floor, State
from call_center.core.journal import Journal
from call_center.core.journal import events as ev
from call_center.core.line import Line
from call_center.core.listening import Listener
from call_center.core.observer import Observer, Outcome, SilentObserver
from call_center.core.owner import TaskOwner
from call_center.core.ports import Act, CallInfo, Conversation, Ears, HangUp, Heard, Say, Transfer, Voice
from call_center.core.resuming import opening, resumption, take_up
from call_center.core.speaking import Sentence, Speaker
from call_center.core.turn_taking import TurnTaker
from call_center.core.turns import FailureLadder, Remedy
from call_center.core.waiting import KeyWatch, SilenceWatch
from call_center.errors import EarsError, VoiceError

_OVER = (State.HANDOVER, State.ENDING)


class Session:
    """A `CallHandler`. `worker` names the worker process in the journal; `loop` defaults to the running one."""

    def __init__(
        self,
        line: Line,
        info: CallInfo,
        *,
        ears: Ears,
        voice: Voice,
        conversation: Conversation,
        journal: Journal,
        phrases: SessionPhrases,
        observer: Observer | None = None,
        timing: SessionTiming | None = None,
        worker: str = "",
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.info = info
        self.floor = Floor()
        self._line = line
        self._ears = ears
        self._voice = voice
        self._conversation = conversation
        self._journal = journal
        self._phrases = phrases
        self._observer: Observer = observer or SilentObserver()
        self._timing = timing or SessionTiming()
        self._worker = worker
        self._loop = loop or asyncio.get_running_loop()
        self._owner = TaskOwner(self._loop, self._fault)
        self._listener = Listener(line.rate, self._timing)
        self._speaker = Speaker(
            line.outlet,
            line.rate,
            voice=voice,
            journal=journal,
            loop=self._loop,
            stall_s=self._timing.voice_stall_s,
            queued=self._queued,
        )
        self._turns = self._turn_taker()
        self._silence = SilenceWatch(self._loop, self._silence_due)
        self._keys = KeyWatch(self._loop, self._keys_paused)
        self._keys_kept = False  # a complete answer by keys waits for the guard to fall
        self._answer: Answer | None = None
        self._answered: CallerTurn | None = None  # the spoken turn that the answer is for
        self._heard: Heard | None = None
        self._greeting = True  # nothing was said yet
        self._ending: HangUp | None = None
        self._outcome: Outcome | None = None
        self._failures = FailureLadder(self._timing.failures_in_a_row)
        self._started_at = 0.0
        self._closed = False
        self._release: asyncio.Task[None] | None = None
        self._done: asyncio.Future[Outcome] = self._loop.create_future()

    def _turn_taker(self) -> TurnTaker:
        return TurnTaker(
            self._listener,
            self.floor,
            self._conversation,
            journal=self._journal,
            observer=self._observer,
            timing=self._timing,
            loop=self._loop,
            move=self._move,
            on_fault=self._fault,
            on_slow=self._cover,
        )

    def start(self) -> None:
        """Greet. To be called once, on the loop, as soon as the line exists."""
        self._started_at = self._loop.time()
        self._journal.append(ev.Connected(self._worker, self._line.rate, self.info.resumed))
        try:
            self._listener.attach(self._ears, self._turns.hypothesis)
        except EarsError as error:
            self._fault(error)
            self._give_up(speak=True)
            return
        owed = resumption(self._journal.entries, self._journal.epoch) if self.info.resumed else None
        turn = 0 if owed is None else self._turns.go_on(take_up(owed, self._journal, self._keys))
        self._begin(turn, lambda: opening(self._conversation, owed))

    def stale(self) -> None:
        """Another process has the call: end this connection at once."""
        self._outcome = Outcome("stale")
        self._line.hang_up(drain=False)

    async def wait_closed(self) -> Outcome:
        """Wait until the connection is over and everything is released."""
        return await asyncio.shield(self._done)

    def on_closed(self, reason: str) -> None:
        """Release everything; `wait_closed` returns at most 500 ms later."""
        if self._closed:
            return
        self._closed = True
        if self._answer is not None:
            self._answer.stop()
        self._silence.stop()
        self._keys.close()
        self._speaker.drop()
        self._turns.forget()
        self._listener.close()
        self._move(Event.CLOSED)
        outcome = self._outcome or Outcome.of(reason)
        self._journal.append(ev.Ended(outcome.reason))
        self._release = self._loop.create_task(self._finish(outcome), name="session-release")

    async def _finish(self, outcome: Outcome) -> None:
        unreleased = await self._owner.close(self._timing.release_s)
        self._observer.ended(outcome, unreleased=unreleased)
        if not self._done.done():
            self._done.set_result(outcome)

    # --- what the line tells

    def on_audio(self, pcm: bytes) -> None:
        """One frame of the caller."""
        self._listener.audio(pcm)

    def on_voice(self, speech: bool, probability: float, samples: int) -> None:
        """One decision of the voice detector."""
        if self.floor.state not in _OVER:
            self._turns.voice(speech, samples)

    def on_key(self, digit: str) -> None:
        """A key: an answer at once, or one of the digits that were asked for."""
        if self.floor.state in _OVER or self._closed:
            return
        self._journal.append(ev.KeyPressed(digit))
        self._listener.mute(self._timing.key_mute_ms)
        self._silence.prompts.speech()
        if self._keys.press(digit, self._turns.expected().question):
            self._keys_done()
        else:
            self._move(Event.KEY)

    def on_clip_started(self, clip: int, at: float) -> None:
        """A sentence began to be heard."""
        sentence = self._speaker.started(clip, at)
        self._guard()
        if sentence is None:
            return
        self._silence.prompts.played()
        self._move(Event.ANSWER_HEARD)
        if self._started_at:
            self._observer.first_audio(at - self._started_at)
            self._started_at = 0.0
        turn = self._answered
        if turn is not None and not turn.timed and not sentence.say.filler and sentence.turn == turn.number:
            turn.timed = True
            timing = turn.timing(sentence.asked_at, sentence.first_pcm_at or at, at)
            self._journal.append(timing)
            self._observer.turn_timed(timing)

    def on_clip_ended(self, clip: int, frames: int, complete: bool) -> None:
        """A sentence is over."""
        self._speaker.ended(clip, frames, complete=complete)
        self._guard()
        self._maybe_played()

    def on_idle(self) -> None:
        """Clips say all that is needed."""

    # --- the floor

    def _move(self, event: Event) -> None:
        before = self.floor.state
        actions = self.floor.handle(event)
        if self.floor.state is not before:
            self._observer.floor_moved(before, event, self.floor.state)
        for action in actions:
            self._do(action)
        if event is Event.YIELDED:
            self._maybe_played()
        elif event is Event.TURN_EMPTY and self._keys.pending:
            self._keys_done()

    def _do(self, action: Action) -> None:
        match action:
            case Action.OPEN_EARS:
                self._turns.open()
            case Action.FORGET:
                self._turns.forget()
            case Action.PAUSE:
                self._line.outlet.pause()
            case Action.RESUME:
                self._speaker.resume()
            case Action.CUT:
                self._cut()
            case Action.MERGE:
                self._turns.merge_next = self._answered is not None
                self._stop_answer()
                self._speaker.drop()
            case Action.RESPOND:
                self._respond()
            case Action.WATCH_SILENCE:
                self._silence.watch()
            case Action.STOP_SILENCE | Action.RELEASE:
                self._silence.stop()
            case Action.HANG_UP:
                self._line.hang_up(drain=True)

    def _cut(self) -> None:
        claimed = self.floor.state is State.CALLER_SPEAKING
        by = self._turns.claimed_by if claimed else "key"
        if claimed and self._answered is not None and not self._answered.timed:
            self._turns.join()  # only a filler was heard
        self._stop_answer()
        self._speaker.cut(by)
        self._line.outlet.resume()  # what is said next is not paused
        self._turns.turn.took_floor = True
        self._guard()

    def _stop_answer(self) -> None:
        self._ending = None
        if self._answer is not None:
            self._answer.stop()
            self._answer = None

    def _guard(self) -> None:
        head = self._speaker.head
        guarded = not head.say.interruptible if head is not None else self._greeting
        fell = self.floor.guarded and not guarded
        self.floor.guarded = guarded
        if not fell or self._closed:
            return
        if self._keys_kept:
            self._keys_done()
        elif self._listener.is_open:
            self._move(Event.VOICE)
            self._turns.consider()

    def _respond(self) -> None:
        finished = self._turns.finished
        if self.floor.state is not State.THINKING:
            return
        heard, self._heard, self._answered = self._heard, None, None
        if heard is None:  # a spoken turn
            if self._keys.pending:
                finished.keys = self._keys.take()
                self._journal.append(finished.said(self._listener.ended_ms, None))
            self._silence.prompts.speech()
            self._answered = finished
            heard = finished.heard()
        elif heard.keys:
            ms = self._listener.ended_ms
            self._journal.append(ev.CallerSaid(heard.turn, "", heard.confidence, ms, ms, keys=heard.keys))
        self._begin(heard.turn, lambda: self._conversation.respond(heard))

    def _keys_paused(self) -> None:
        if self.floor.state is State.AGENT_SPEAKING and not self.floor.guarded:
            self._keys.later()  # taken up from a dead process: the bridging phrase is not cut for them
        elif self.floor.state is not State.CALLER_SPEAKING:  # else they go with the turn being spoken
            self._keys_done()

    def _keys_done(self) -> None:
        self._keys_kept = self.floor.guarded
        if self._keys_kept or self.floor.state in _OVER:
            return
        if self._keys.pending:
            self._heard = Heard(self._turns.next_turn(), "", keys=self._keys.take())
            self._move(Event.KEYS_ENDED)

    def _silence_due(self) -> None:
        if self.floor.state is State.LISTENING and not self._keys.pending:
            count, turn = self._silence.prompts.step(), self._turns.next_turn()
            self._journal.append(ev.CallerSilent(count, turn))
            self._heard = Heard(turn, "", silence=count)
            self._move(Event.SILENCE_DUE)

    # --- the answer

    def _begin(self, turn: int, acts: Callable[[], AsyncIterator[Act]], *, apology: bool = False) -> None:
        self._stop_answer()
        answer = self._answer = Answer(turn, acts, self, apology=apology)
        answer.covered = self._answered is not None and self._answered.covered
        answer.tools_before = len(self._journal.view.tools)
        answer.start(self._owner, self._speaker, self._loop, self._timing)

    def _queued(self, sentence: Sentence) -> None:
        self._greeting = False
        answer = self._answer
        if answer is not None and not sentence.say.filler and sentence.turn == answer.turn:
            answer.sounded()
        if sentence is self._speaker.head:
            self._guard()

    def uncovered(self, answer: Answer) -> None:
        """Cover the wait."""
        if answer is self._answer:
            self._cover(answer.turn)

    def _cover(self, turn: int) -> None:
        self._owner.start(self._speaker.say(Say(self._phrases.wait, filler=True), turn), "cover")

    def uses_tools(self, answer: Answer) -> bool:
        """Whether a tool was called since the answer began."""
        return len(self._journal.view.tools) > answer.tools_before

    def failed(self, answer: Answer, error: Exception) -> None:
        """Apologise; the call goes on."""
        if answer is self._answer:
            late = isinstance(error, TimeoutError)
            self._apologise(answer, error, self._phrases.late if late else self._phrases.failed)

    def decided(self, answer: Answer, act: Transfer | HangUp) -> None:
        """Remember how the call goes on once everything was played."""
        if answer is not self._answer:
            return
        if isinstance(act, HangUp):
            self._ending = act
        else:
            self._outcome = Outcome("transfer", act)
            self._journal.append(ev.TransferRequested(act.reason, act.summary))
            self._move(Event.TRANSFER)

    def finished(self, answer: Answer) -> None:
        """All of the answer is in the outlet."""
        if answer is self._answer:
            self._journal.append(ev.Answered(answer.turn, self._ending.reason if self._ending else ""))
            self._greeting = False
            if not answer.apology:
                self._failures.worked()
            self._guard()
            self._maybe_played()

    def _maybe_played(self) -> None:
        state = self.floor.state
        if self._closed or not self._speaker.idle or state is State.OVERLAP:
            return
        if self._answer is not None and not self._answer.done:
            if not self._answer.real:
                self._move(Event.FELL_SILENT)
            elif state is State.AGENT_SPEAKING:
                self._answer.fell_silent(self._loop, self._timing)
        elif self._ending is not None and state in (State.AGENT_SPEAKING, State.THINKING):
            self._outcome = Outcome("agent_hangup")
            self._move(Event.HANG_UP)
        else:
            self._move(Event.PLAYED)

    def _apologise(self, answer: Answer, error: Exception, phrase: str) -> None:
        self._fault(error, answer.turn)
        self._greeting = False
        recorded = not answer.apology and self._voice.ready(phrase, self._line.rate) is not None
        remedy = self._failures.failed(mute=isinstance(error, VoiceError), can_apologise=recorded)
        if remedy is Remedy.APOLOGY:
            self._begin(answer.turn, lambda: fixed(Say(phrase)), apology=True)
        else:
            self._give_up(speak=remedy is Remedy.HANDOVER)

    def _give_up(self, *, speak: bool) -> None:
        transfer = Transfer("cannot_help")
        line = Say(self._phrases.handover, interruptible=False)
        turn = self._journal.view.turn
        self._begin(turn, lambda: fixed(*((line, transfer) if speak else (transfer,))), apology=True)

    def _fault(self, error: BaseException, turn: int | None = None) -> None:
        number = turn if turn is not None else self._journal.view.turn
        self._journal.append(ev.TurnFailed(number, f"{type(error).__name__}: {error}"[:300]))
        self._observer.turn_failed(error)
