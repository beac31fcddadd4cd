"""One call in text: what `call-center chat` and the simulator drive instead of a telephone line.

It does for the journal what the session does by voice (caller turns, keys, silence, sentences spoken) and turns
everything that happened into the events of SCENARIOS.md, in order.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from call_center.agent.dictation import redact
from call_center.agent.journal import Journal
from call_center.core.journal.events import (
    Announced,
    Answered,
    CallerSaid,
    CallerSilent,
    Connected,
    Ended,
    KeyPressed,
    Speaking,
    Spoken,
    ToolAnswered,
    ToolIntended,
    TransferRequested,
)
from call_center.core.ports import Act, Conversation, HangUp, Heard, Say, Transfer

TextEvent = dict[str, Any]
TEXT_RATE = 8000


class EndingConversation(Conversation, Protocol):
    """A conversation that is told when its call is over."""

    async def end(self, reason: str) -> None:
        """Release what the call holds at the shop."""


class TextCall:
    """A call from `caller`; `spoken` renders the words a synthesiser would get."""

    def __init__(
        self,
        journal: Journal,
        agent: EndingConversation,
        spoken: Callable[[str], str],
        caller: str | None = None,
        *,
        resumed: bool = False,
    ) -> None:
        self._journal = journal
        self._agent = agent
        self._spoken = spoken
        self._turn = max(
            (e.event.turn for e in journal.entries if isinstance(e.event, CallerSaid)), default=0
        )
        self._sentence = max(
            (e.event.sentence for e in journal.entries if isinstance(e.event, Speaking)), default=0
        )
        self._silence = 0
        self._unplayed: list[int] = []
        self._seen = len(journal.entries)
        self._resumed = resumed
        self.ended = False
        journal.append(Announced(caller, None, None, None))
        journal.append(Connected("text", TEXT_RATE, resumed))
        self._connected_at = journal.entries[-1].at

    async def begin(self) -> AsyncIterator[TextEvent]:
        """The agent's first words."""
        async for event in self._play(self._agent.greet(resumed=self._resumed)):
            yield event

    async def say(self, text: str, *, cuts: bool = False) -> AsyncIterator[TextEvent]:
        """A caller turn; an empty text is silence. `cuts`: only the first sentence of the agent's turn was heard."""
        self._played(cuts=cuts)
        if text.strip():
            self._silence = 0
            self._turn += 1
            text = redact(text)
            self._journal.append(CallerSaid(self._turn, text, 1.0, self._ms(), self._ms()))
            heard = Heard(self._turn, text)
        else:
            self._silence += 1
            self._journal.append(CallerSilent(self._silence))
            heard = Heard(self._turn, "", silence=self._silence)
        async for event in self._play(self._agent.respond(heard)):
            yield event

    async def press(self, keys: str) -> AsyncIterator[TextEvent]:
        """Keypad digits as one turn."""
        self._played()
        self._silence = 0
        self._turn += 1
        for digit in keys:
            self._journal.append(KeyPressed(digit))
        self._journal.append(CallerSaid(self._turn, "", 1.0, self._ms(), self._ms(), keys=keys))
        async for event in self._play(self._agent.respond(Heard(self._turn, "", keys=keys))):
            yield event

    def _played(self, *, cuts: bool = False) -> None:
        """What the caller heard of the agent's turn before saying anything."""
        for number, sentence in enumerate(self._unplayed):
            self._journal.append(Spoken(sentence, 0, not (cuts and number > 0)))
        self._unplayed.clear()

    def take_over(self, agent: EndingConversation) -> None:
        """Another process has the call now; it knows nothing but the journal."""
        self._agent = agent

    async def hang_up(self) -> TextEvent:
        """The caller puts the phone down."""
        self._played()
        await self._agent.end("caller_hangup")
        return self._end("caller_hangup")

    def _ms(self) -> int:
        """Milliseconds since the call was connected, by the journal's own clock; a caller speaks after what was said."""
        return math.ceil((self._journal.entries[-1].at - self._connected_at) * 1000)

    async def _play(self, acts: AsyncIterator[Act]) -> AsyncIterator[TextEvent]:
        async for act in acts:
            for event in self._tools():
                yield event
            match act:
                case Say():
                    yield self._speak(act)
                case Transfer():
                    self._journal.append(TransferRequested(act.reason, act.summary))
                    yield {"event": "transfer", "reason": act.reason, "summary": act.summary}
                    yield self._end("transfer")
                case HangUp():
                    yield self._end("agent_hangup")
            if self.ended:
                return
        self._journal.append(Answered(self._turn))
        for event in self._tools():
            yield event
        yield {"event": "listening"}

    def _speak(self, say: Say) -> TextEvent:
        self._sentence += 1
        spoken = self._spoken(say.text)
        slot = say.expected.slot if say.expected else None
        question = say.expected.question.value if say.expected else None
        self._journal.append(
            Speaking(
                self._turn, self._sentence, say.text, spoken, slot, question, say.filler, say.interruptible
            )
        )
        self._unplayed.append(self._sentence)
        return {"event": "agent", "text": say.text, "spoken": spoken, "expects": slot}

    def _tools(self) -> list[TextEvent]:
        entries = self._journal.entries
        fresh, self._seen = entries[self._seen :], len(entries)
        args = {e.event.intent: e.event.args for e in entries if isinstance(e.event, ToolIntended)}
        return [
            {
                "event": "tool",
                "name": event.tool,
                "args": args.get(event.intent, {}),
                "ok": event.ok,
                "result": event.result if event.ok else {"error": event.error},
            }
            for event in (e.event for e in fresh)
            if isinstance(event, ToolAnswered)
        ]

    def _end(self, reason: str) -> TextEvent:
        self.ended = True
        self._played()
        self._journal.append(Ended(reason))
        return {"event": "ended", "reason": reason}
