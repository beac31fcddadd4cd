"""The agent's side of one call: understanding -> brain -> policy -> tools -> grounding -> acts.

`AgentRuntime` is the `Conversation` of the core. It owns no state: the view is folded from the journal before every
step, so another process can go on from the journal alone. Faults of tools and brains become speech or a transfer,
never an exception; closing the iterator cancels the work and the journal keeps what happened.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from call_center.agent.acts import acts
from call_center.agent.brain import Ahead, Brain, CallTool, DropDraft, Finish, Note, Recite, Speak, Turn
from call_center.agent.commits import answer
from call_center.agent.continuing import Begun, begun, handed_over, taken, unfinished
from call_center.agent.dictation import redact
from call_center.agent.dispatch import Dispatcher, Outcome, pending
from call_center.agent.foresight import Foresight
from call_center.agent.hearing import filled, listen, understood
from call_center.agent.journal import Journal
from call_center.agent.lookups import DayLookups
from call_center.agent.offline import OfflineBrain
from call_center.agent.opening import greeting
from call_center.agent.phrases import SESSION_PHRASES, line
from call_center.agent.policy import overtime
from call_center.agent.settings import AgentSettings
from call_center.agent.summary import summary
from call_center.agent.telling import Teller
from call_center.agent.tools import Toolbox, default_toolbox
from call_center.agent.tools.shop import Shop
from call_center.agent.tracking import heard_as
from call_center.agent.unfinished import Unfinished
from call_center.agent.view import DialogueView, fold_all
from call_center.core.journal.events import Agreed, TurnFailed
from call_center.core.ports import Act, Expected, HangUp, Heard, Question, Readiness, Say, Transfer, chained
from call_center.logging.setup import get_logger
from call_center.understanding import Catalogue, Utterance, judge

__all__ = ["KYIV", "AgentRuntime", "AgentSettings"]
_log = get_logger("agent")
KYIV = ZoneInfo("Europe/Kyiv")
MAX_ROUNDS = 6


class AgentRuntime:
    """One call's conversation. `clock` gives Unix seconds; `lookups` is shared by the calls of a process."""

    def __init__(
        self,
        journal: Journal,
        catalogue: Catalogue,
        shop: Shop,
        settings: AgentSettings | None = None,
        *,
        clock: Callable[[], float] = time.time,
        brain: Brain | None = None,
        toolbox: Toolbox | None = None,
        lookups: DayLookups | None = None,
        unfinished: Unfinished | None = None,
    ) -> None:
        self._journal = journal
        self._catalogue = catalogue
        self._settings = settings or AgentSettings()
        self._clock = clock
        self._unfinished = unfinished or Unfinished()
        self._brain: Brain = brain or OfflineBrain()
        box = toolbox or default_toolbox()
        self._tools = Dispatcher(
            journal, shop, box, self._settings.limits, lambda: self.view, lookups=lookups
        )
        self._foresight = Foresight(journal, catalogue, self._settings, self._now, self._brain)
        self._view = DialogueView()
        self._folded = 0
        self._tell = Teller(journal, lambda: self.view, self._tools.request_of)
        self._taken_over = False  # from another process, and nothing was answered since
        self._filler = False  # at most one a turn

    @property
    def view(self) -> DialogueView:
        """The call as it stands, folded from the journal."""
        entries = self._journal.entries
        fold_all(entries[self._folded :], self._view)
        self._folded = len(entries)
        return self._view

    def expected(self) -> Expected:
        """What the caller is being asked now, under the names that understanding has for slots."""
        return Expected(heard_as(self.view.expected.slot), self.view.expected.question)

    def judge(self, text: str) -> Readiness:
        """Judge a transcript for turn taking."""
        expected = self.expected()
        return judge(text, expected.slot, expected.question)

    def foresee(self, heard: Heard | None) -> None:
        """The turn being spoken may be over with these words; None: it is not."""
        if heard is None:
            self._foresight.forsake()
        else:
            self._foresight.begin(heard)

    def redact(self, text: str) -> str:
        """Cut card numbers, CVV and tax ids out of a transcript."""
        return redact(text)

    def summary(self, reason: str) -> str:
        """What an operator reads about this call."""
        return summary(self.view, reason)

    async def greet(self, *, resumed: bool) -> AsyncIterator[Act]:
        """Greeting with the legal notice and one open question; after a gap, a bridging phrase.

        What the caller missed is said again by the core (`core.resuming`), after the bridging phrase.
        """
        self._tell.begin()
        if (found := taken(self._journal.entries, self._journal.epoch)) is not None:
            self._journal.append(found)
        if resumed and self.view.greeted:
            self._taken_over = True
            settled = await self._settle()
            goes_on = settled and not self.view.transferred and not unfinished(self._journal.entries)
            async for act in self._bridge():
                yield act
            if goes_on:
                async for act in self._go_on():
                    yield act
            return
        earlier = self._unfinished.take(self.view.caller, self._clock())
        if earlier is not None:
            self._tell.note("earlier", earlier)
        words = greeting(self._now(), self._settings.name, self._settings.shop, self.view.earlier)
        for say in chained([say for speak in words for say in self._tell.say(speak)]):
            yield say

    async def _bridge(self) -> AsyncIterator[Act]:
        if self.view.transferred and handed_over(self._journal.entries):
            self._tell.note("handed_back", {})
            again = Speak(
                SESSION_PHRASES.operator_unavailable, "operator_unavailable", Expected("open", Question.OPEN)
            )
            for act in self._tell.say(again, vouched=True):
                yield act
        else:
            yield Say(SESSION_PHRASES.resumed)  # no line of the dialogue: what was asked stays asked

    async def respond(self, heard: Heard) -> AsyncIterator[Act]:
        """Answer one turn, or go on with the answer of a process that died."""
        self._tell.begin()
        earlier = begun(self._journal.entries, heard.turn) if self._taken_over else None
        self._taken_over = self._filler = False
        try:
            async for act in self._turn(heard) if earlier is None else self._continue(heard, earlier):
                yield act
        except Exception as fault:
            at = traceback.extract_tb(fault.__traceback__)[-1]
            where = f"{at.filename.rsplit('/', 1)[-1]}:{at.lineno}"  # no locals, no message: they hold the caller's words
            _log.error(
                "turn failed, the call goes on", turn=heard.turn, fault=type(fault).__name__, where=where
            )
            self._journal.append(TurnFailed(heard.turn, type(fault).__name__))
            for act in self._tell.say(
                Speak(SESSION_PHRASES.apology, "apology", self.view.expected), vouched=True
            ):
                yield act

    async def end(self, reason: str) -> None:
        """The call is over (`reason` as in `Ended`): take back a draft that nobody confirmed, unless a person has it."""
        await self._foresight.close()
        if pending(self.view):
            await self._settle()
        self._unfinished.keep(self.view, reason, self._clock())
        if reason != "transfer" and not self.view.transferred:
            await self._tools.cancel_draft(self._now(), self._settings, "call_ended")

    async def _settle(self) -> bool:
        """Send half-sent changes of the shop again, with their keys; whether there were any."""
        waiting = pending(self.view)
        for record in waiting:
            await self._tools.settle(record, self._now(), self._settings)
        return bool(waiting)

    async def _go_on(self) -> AsyncIterator[Act]:
        """Say what came of half-sent changes, as if their answer had just come."""
        silent = Utterance("")
        turn = self._make(Heard(self.view.turn, ""), silent, frozenset(), frozenset(), 1)
        async for act in self._rounds(turn, Heard(self.view.turn, ""), first=1):
            yield act

    async def _turn(self, heard: Heard) -> AsyncIterator[Act]:
        ahead = await self._foresight.take()
        try:
            async for act in self._heard_out(heard, ahead):
                yield act
        finally:
            self._foresight.judged(ahead)
            for one in ahead:
                await one.aclose()

    async def _heard_out(self, heard: Heard, ahead: tuple[Ahead, ...]) -> AsyncIterator[Act]:
        utterance, new = listen(heard, self._journal, lambda: self.view, self._catalogue, self._now())
        await self._hear_yes(heard, utterance)
        if pending(self.view):
            await self._settle()
        async for act in self._answer(heard, utterance, new, ahead=ahead):
            yield act

    async def _continue(self, heard: Heard, earlier: Begun) -> AsyncIterator[Act]:
        """The answer from the last tool's outcome on, or from the start, without what was told already."""
        heard = replace(heard, poor_line=earlier.poor_line)
        self._journal.append(earlier.void)
        self._view, self._folded = fold_all(earlier.past), len(self._journal.entries)
        utterance = understood(heard, self.view, self._catalogue, self._now())
        events, new = filled(heard, utterance, self.view, self._catalogue, self._now())
        self._view, self._folded = DialogueView(), 0
        self._tell.begin(spoke=earlier.spoke, again=True)
        if not earlier.rounds:
            for event in events:
                self._journal.append(event)
            if not earlier.agreed:
                await self._hear_yes(heard, utterance)
        async for act in self._answer(heard, utterance, new, first=earlier.rounds, told=earlier.told):
            if not (isinstance(act, Say) and act.text in heard.told):
                yield act

    async def _answer(
        self,
        heard: Heard,
        utterance: Utterance,
        new: frozenset[str],
        *,
        first: int = 0,
        told: tuple[str, ...] = (),
        ahead: tuple[Ahead, ...] = (),
    ) -> AsyncIterator[Act]:
        limits = self._settings.limits
        if overtime(self.view, self._clock(), limits) and not self.view.transferred:
            async for act in self._over_limit():
                yield act
            return
        turn = replace(self._make(heard, utterance, new, acts(utterance), first), told=told, ahead=ahead)
        async for act in self._rounds(turn, heard, first=first):
            yield act

    async def _rounds(self, turn: Turn, heard: Heard, *, first: int = 0) -> AsyncIterator[Act]:
        """Brain, tool, brain, until nothing more is asked for; never ends silent."""
        for number in range(first, MAX_ROUNDS):
            await asyncio.sleep(0)  # other calls' audio goes first: hearing the caller out took its time
            told = turn.told if number == first else ()
            made = self._make(heard, turn.heard, turn.new, turn.said, number)
            turn = replace(made, told=told, ahead=turn.ahead)
            call: CallTool | None = None
            async for step in self._round(turn):
                if isinstance(step, CallTool):
                    call = step
                else:
                    if isinstance(step, HangUp):
                        await self.end(step.reason)
                    yield step
                    if isinstance(step, HangUp):
                        return
            if call is None:
                break
            escalated = False
            async for act in self._use(call):
                escalated = escalated or isinstance(act, Transfer)
                yield act
            if escalated:
                return
        for act in self._never_silent():
            yield act
        transfer = self.view.this_turn("transfer_to_operator")
        if transfer is not None and transfer.ok:
            reason = str(transfer.args["reason"])
            yield Transfer(reason, summary(self.view, reason))

    async def _round(self, turn: Turn) -> AsyncIterator[Act | CallTool]:
        """One run of the brain: acts, then the tool call that it ended with, if any."""
        async for output in self._brain.respond(turn):
            match output:
                case Note():
                    self._tell.note(output.what, output.data)
                case Speak():
                    for act in self._tell.say(output, vouched=output.key in _REPEATED):
                        yield act
                case Recite():
                    for act in self._tell.recite(output):
                        yield act
                case DropDraft():
                    await self._tools.cancel_draft(self._now(), self._settings, output.reason)
                    self.view  # noqa: B018  see Teller.note
                case Finish():
                    yield HangUp(output.reason)
                case CallTool():
                    yield output
                    return

    async def _use(self, call: CallTool) -> AsyncIterator[Act]:
        """Run a tool; a filler while it is slow, a transfer when a rule demands a person."""
        async for step in self._tools.run(call, self._now(), self._settings):
            if isinstance(step, Say):
                if not self._filler:
                    yield step
                self._filler = True
            elif step.escalate:
                async for act in self._escalate(step.escalate):
                    yield act

    def _never_silent(self) -> list[Say]:
        if self._tell.spoke:
            return []
        return self._tell.say(Speak(SESSION_PHRASES.apology, "apology", self.view.expected), vouched=True)

    async def _over_limit(self) -> AsyncIterator[Act]:
        """The call may not go on: a person, and when nobody answered before, a goodbye."""
        asked = False
        if not self.view.handed_back:
            async for act in self._escalate("limit"):
                asked = True
                yield act
        if asked:
            return
        for act in self._tell.say(Speak(line("limit_goodbye"), "limit_goodbye")):
            yield act
        yield HangUp("limit")

    async def _escalate(self, reason: str) -> AsyncIterator[Act]:
        call = CallTool("transfer_to_operator", {"reason": reason})
        accepted = False
        async for step in self._tools.run(call, self._now(), self._settings):
            accepted = isinstance(step, Outcome) and step.ok
        if not accepted:
            return  # nobody is there: the brain is asked what to say
        for act in self._tell.say(Speak(line("transfer_limit"), "transfer_limit", interruptible=False)):
            yield act
        yield Transfer(reason, summary(self.view, reason))

    async def _hear_yes(self, heard: Heard, utterance: Utterance) -> None:
        """Journal the caller's yes to the open read-back, durably, before anything is done about it."""
        view = self.view
        keys = heard.keys if not heard.text.strip() else ""
        began = view.keyed_at if keys else view.began_at
        meant = answer(view, utterance, heard.confidence, keys, began)
        if meant == "yes" and view.read_back is not None:
            words = utterance.text or keys
            open_now = view.read_back
            await self._journal.append(
                Agreed(heard.turn, open_now.tool, open_now.digest, words), durable=True
            )
        elif meant == "unheard":
            self._tell.note("failed", {"slot": "unheard_read_back"})

    def _make(
        self, heard: Heard, utterance: Utterance, new: frozenset[str], said: frozenset[str], number: int
    ) -> Turn:
        return Turn(
            view=self.view,
            heard=utterance,
            now=self._now(),
            keys=heard.keys,
            silence=heard.silence,
            poor_line=heard.poor_line,
            round=number,
            new=new,
            said=said,
            agent_name=self._settings.name,
            shop=self._settings.shop,
            operators=self._settings.operators,
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), KYIV)


_REPEATED = frozenset({"again", "hello", "silence", "silence_goodbye"})
