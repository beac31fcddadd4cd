"""The agent's side of one call: understanding -> brain -> policy -> tools -> grounding -> acts.

`AgentRuntime` is the `Conversation` of the core. It owns no state: the view is folded from the journal before every
step, so another process can go on from the journal alone. Faults of tools and brains become speech or a transfer,
never an exception; closing the iterator cancels the work and the journal keeps what happened.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from call_center.agent.acts import acts
from call_center.agent.brain import Brain, CallTool, Finish, Note, Speak, Turn
from call_center.agent.dispatch import Dispatcher
from call_center.agent.grounding import ground
from call_center.agent.journal import Journal
from call_center.agent.ledger import build
from call_center.agent.offline import OfflineBrain
from call_center.agent.phrases import SESSION_PHRASES, line, split_sentences
from call_center.agent.policy import Limits, overtime
from call_center.agent.summary import summary
from call_center.agent.tools import Toolbox, default_toolbox
from call_center.agent.tools.shop import Shop
from call_center.agent.tracking import track
from call_center.agent.view import DialogueView, fold_all
from call_center.core.journal.events import Noted, Refused, TurnFailed
from call_center.core.ports import Act, Expected, HangUp, Heard, Question, Readiness, Say, Transfer
from call_center.logging.setup import get_logger
from call_center.understanding import Catalogue, Utterance, judge, understand

_log = get_logger("agent")
KYIV = ZoneInfo("Europe/Kyiv")
MAX_ROUNDS = 6
MAX_WORDS = 400  # of one utterance; the rest of a monologue is not analysed


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Persona, shop and bounds."""

    name: str = "Олена"
    shop: str = "Шинний двір"
    limits: Limits = field(default_factory=Limits)
    filler_after: float = 0.7  # seconds a tool may take in silence
    tool_timeout: float = 6.0


class AgentRuntime:
    """One call's conversation. `clock` gives Unix seconds."""

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
    ) -> None:
        self._journal = journal
        self._catalogue = catalogue
        self._settings = settings or AgentSettings()
        self._clock = clock
        self._brain: Brain = brain or OfflineBrain()
        self._tools = Dispatcher(journal, shop, toolbox or default_toolbox(), self._settings.limits)
        self._view = DialogueView()
        self._folded = 0
        self._spoke = False

    @property
    def view(self) -> DialogueView:
        """The call as it stands, folded from the journal."""
        entries = self._journal.entries
        fold_all(entries[self._folded :], self._view)
        self._folded = len(entries)
        return self._view

    def expected(self) -> Expected:
        """What the caller is being asked now."""
        return self.view.expected

    def judge(self, text: str) -> Readiness:
        """Judge a transcript for turn taking."""
        expected = self.view.expected
        return judge(text, expected.slot, expected.question)

    def summary(self, reason: str) -> str:
        """What an operator reads about this call."""
        return summary(self.view, reason)

    async def greet(self, *, resumed: bool) -> AsyncIterator[Act]:
        """Greeting with the legal notice and one open question; after a gap, a bridging phrase.

        What the caller missed is said again by the core (`core.resuming`), after the bridging phrase.
        """
        self._spoke = False
        if resumed and self.view.greeted:
            async for act in self._bridge():
                yield act
            return
        hour = self._now().hour
        key = "greet_morning" if 4 <= hour < 11 else "greet_day" if 11 <= hour < 18 else "greet_evening"
        if 9 <= hour < 11:
            key = "greet_day"
        hello = line(key, 0, shop=self._settings.shop, name=self._settings.name)
        for act in self._say(Speak(hello, key, interruptible=False)):
            yield act
        question = Speak(line("greet_question"), "greet_question", Expected("open", Question.OPEN))
        for act in self._say(question):
            yield act

    async def _bridge(self) -> AsyncIterator[Act]:
        view = self.view
        if view.transferred:
            self._note("handed_back", {})
            again = Speak(
                SESSION_PHRASES.operator_unavailable, "operator_unavailable", Expected("open", Question.OPEN)
            )
            for act in self._say(again, vouched=True):
                yield act
        else:
            yield Say(SESSION_PHRASES.resumed)  # no line of the dialogue: what was asked stays asked

    async def respond(self, heard: Heard) -> AsyncIterator[Act]:
        """Answer one turn."""
        self._spoke = False
        try:
            async for act in self._turn(heard):
                yield act
        except Exception as fault:
            at = traceback.extract_tb(fault.__traceback__)[-1]
            where = f"{at.filename.rsplit('/', 1)[-1]}:{at.lineno}"  # no locals, no message: they hold the caller's words
            _log.error(
                "turn failed, the call goes on", turn=heard.turn, fault=type(fault).__name__, where=where
            )
            self._journal.append(TurnFailed(heard.turn, type(fault).__name__))
            for act in self._say(Speak(SESSION_PHRASES.apology, "apology", self.view.expected), vouched=True):
                yield act

    async def _turn(self, heard: Heard) -> AsyncIterator[Act]:
        utterance, new = self._listen(heard)
        said = acts(utterance)
        limits = self._settings.limits
        if overtime(self.view, self._clock(), limits) and not self.view.transferred:
            async for act in self._over_limit():
                yield act
            return
        for number in range(MAX_ROUNDS):
            turn = self._make(heard, utterance, new, said, number)
            call: CallTool | None = None
            async for step in self._round(turn):
                if isinstance(step, CallTool):
                    call = step
                else:
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
                    self._note(output.what, output.data)
                case Speak():
                    for act in self._say(output, vouched=output.key in _REPEATED):
                        yield act
                case Finish():
                    yield HangUp(output.reason)
                case CallTool():
                    yield output
                    return

    async def _use(self, call: CallTool) -> AsyncIterator[Act]:
        """Run a tool; a filler while it is slow, a transfer when a rule demands a person."""
        async for step in self._tools.run(call, self.view, self._now(), self._settings):
            if isinstance(step, Say):
                yield step
            elif step.escalate:
                async for act in self._escalate(step.escalate):
                    yield act

    def _never_silent(self) -> list[Act]:
        if self._spoke:
            return []
        return self._say(Speak(SESSION_PHRASES.apology, "apology", self.view.expected), vouched=True)

    async def _over_limit(self) -> AsyncIterator[Act]:
        """The call may not go on: a person, and when nobody answered before, a goodbye."""
        if not self.view.handed_back:
            async for act in self._escalate("limit"):
                yield act
            return
        for act in self._say(Speak(line("limit_goodbye"), "limit_goodbye")):
            yield act
        yield HangUp("limit")

    async def _escalate(self, reason: str) -> AsyncIterator[Act]:
        call = CallTool("transfer_to_operator", {"reason": reason})
        async for _ in self._tools.run(call, self.view, self._now(), self._settings):
            pass
        for act in self._say(Speak(line("transfer_limit"), "transfer_limit", interruptible=False)):
            yield act
        yield Transfer(reason, summary(self.view, reason))

    def _listen(self, heard: Heard) -> tuple[Utterance, frozenset[str]]:
        text = " ".join(heard.text.split()[:MAX_WORDS])
        if not text and heard.keys and self.view.expected.question is Question.DIGITS:
            text = heard.keys  # a number entered on the keypad answers a question for digits
        expected = self.view.expected
        utterance = understand(text, expected.slot, catalogue=self._catalogue, today=self._now().date())
        intents = sorted({i.name for i in utterance.intents})
        self._note(
            "turn",
            {
                "turn": heard.turn,
                "intents": intents,
                "keys": heard.keys,
                "silence": heard.silence,
                "poor_line": heard.poor_line,
            },
        )
        events, new = track(self.view, utterance, heard.turn, self._now().year, self._catalogue.sizes)
        for event in events:
            self._journal.append(event)
        return utterance, new

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
        )

    def _say(self, speak: Speak, *, vouched: bool = False) -> list[Act]:
        """Ground every sentence; `vouched` marks lines that were grounded when first spoken or state nothing."""
        ledger = build(self.view)
        sentences: list[str] = []
        for sentence in split_sentences(speak.text):
            found = ground(sentence, ledger)
            if not found.ok and not vouched:
                self._journal.append(Refused("grounding", found.text or sentence, found.reason))
                continue
            sentences.append(found.text or sentence)
        if not sentences:
            return []
        data: dict[str, object] = {"key": speak.key, "text": " ".join(sentences), "first": not self._spoke}
        if speak.expected is not None:
            data |= {"slot": speak.expected.slot, "question": speak.expected.question.value}
        self._note("line", data)
        self._spoke = True
        last = len(sentences) - 1
        return [
            Say(text, speak.interruptible, expected=speak.expected if index == last else None)
            for index, text in enumerate(sentences)
        ]

    def _note(self, what: str, data: dict[str, object]) -> None:
        self._journal.append(Noted(what, data))
        self.view  # noqa: B018  keep the live view in step: a brain looks at it between its outputs

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), KYIV)


_REPEATED = frozenset({"again", "silence", "silence_goodbye"})
