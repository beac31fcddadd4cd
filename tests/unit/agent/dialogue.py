"""Drives `AgentRuntime` by text: one caller turn in, what the agent said out; the journal is inspected after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.unit.agent.shelf import ShelfShop

from call_center.agent.journal import MemoryJournal
from call_center.agent.runtime import AgentRuntime
from call_center.core.journal.events import (
    Announced,
    Answered,
    CallerSaid,
    Connected,
    Ended,
    KeyPressed,
    Refused,
    Speaking,
    Spoken,
    ToolAnswered,
    ToolIntended,
    TransferRequested,
)
from call_center.core.ports import Act, HangUp, Heard, Say, Transfer
from call_center.understanding import load_catalogue

NOW = datetime.fromisoformat("2026-11-23T10:30:00+02:00").timestamp()


@dataclass(frozen=True, slots=True)
class Reply:
    """What one turn brought."""

    says: tuple[Say, ...]
    transfer: Transfer | None = None
    hang_up: HangUp | None = None

    @property
    def text(self) -> str:
        """Everything said, joined."""
        return " ".join(s.text for s in self.says)


@dataclass(slots=True)
class Dialogue:
    """A call in text; `clock` is advanced by hand."""

    caller: str | None = "+380990001234"
    shop: ShelfShop = field(default_factory=ShelfShop)
    clock: list[float] = field(default_factory=lambda: [NOW])
    journal: MemoryJournal = field(init=False)
    agent: AgentRuntime = field(init=False)
    turn: int = 0
    sentence: int = 0
    heard: bool = True  # whether the caller hears every sentence to its end
    run: Callable[[Coroutine[Any, Any, Reply]], Reply] = asyncio.run

    def __post_init__(self) -> None:
        """Announce and connect the call."""
        self.journal = MemoryJournal("0c1d", lambda: self.clock[0])
        self.journal.append(Announced(self.caller, None, None, None))
        self.journal.append(Connected("w1", 8000))
        self.agent = self.process()

    def process(self) -> AgentRuntime:
        """A new process with nothing but the journal."""
        return AgentRuntime(self.journal, load_catalogue(), self.shop, clock=lambda: self.clock[0])

    def greet(self, *, resumed: bool = False) -> Reply:
        """The agent's first words."""
        return self.run(self._collect_greeting(resumed))

    def say(
        self,
        text: str,
        *,
        keys: str = "",
        silence: int = 0,
        poor_line: bool = False,
        confidence: float = 0.9,
        began: float | None = None,
    ) -> Reply:
        """One caller turn that began now, or `began` seconds after the call was connected."""
        self.turn += 1
        if text or not silence:
            now = 0.0 if keys else self.clock[0] - NOW  # a turn of keys has no words that began
            started = now if began is None else began
            self.journal.append(CallerSaid(self.turn, text, confidence, round(started * 1000), 0))
        for digit in keys:
            self.journal.append(KeyPressed(digit))
        heard = Heard(self.turn, text, confidence, keys=keys, silence=silence, poor_line=poor_line)
        return self.run(self._collect(heard))

    async def _collect_greeting(self, resumed: bool) -> Reply:
        acts = [act async for act in self.agent.greet(resumed=resumed)]
        self._play(acts)
        return Reply(tuple(act for act in acts if isinstance(act, Say)))

    def _play(self, acts: Sequence[Act]) -> None:
        """Journal what the voice would: every sentence handed over, and heard to its end or cut."""
        for act in acts:
            if isinstance(act, Say):
                self.sentence += 1
                self.journal.append(Speaking(self.turn, self.sentence, act.text, act.text))
                self.journal.append(Spoken(self.sentence, 50 if self.heard else 3, self.heard, 50))
        self.journal.append(Answered(self.turn))

    def hand_over(self, transfer: Transfer) -> None:
        """The call goes to a person; whoever speaks next has got it back."""
        self.journal.append(TransferRequested(transfer.reason, transfer.summary))
        self.journal.append(Ended("transfer"))

    async def _collect(self, heard: Heard) -> Reply:
        acts = [act async for act in self.agent.respond(heard)]
        self._play(acts)
        return Reply(
            tuple(a for a in acts if isinstance(a, Say)),
            next((a for a in acts if isinstance(a, Transfer)), None),
            next((a for a in acts if isinstance(a, HangUp)), None),
        )

    def tools(self) -> list[str]:
        """Names of the tools that were really called."""
        return [e.event.tool for e in self.journal.entries if isinstance(e.event, ToolIntended)]

    def answers(self) -> list[ToolAnswered]:
        """Outcomes of tools."""
        return [e.event for e in self.journal.entries if isinstance(e.event, ToolAnswered)]

    def refused(self) -> list[Refused]:
        """What rules stopped."""
        return [e.event for e in self.journal.entries if isinstance(e.event, Refused)]
