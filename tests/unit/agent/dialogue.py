"""Drives `AgentRuntime` by text: one caller turn in, what the agent said out; the journal is inspected after."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from tests.unit.agent.shelf import ShelfShop

from call_center.agent.journal import MemoryJournal
from call_center.agent.runtime import AgentRuntime
from call_center.core.journal.events import (
    Announced,
    CallerSaid,
    Connected,
    Refused,
    ToolAnswered,
    ToolIntended,
)
from call_center.core.ports import HangUp, Heard, Say, Transfer
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
        return asyncio.run(self._collect_greeting(resumed))

    def say(self, text: str, *, keys: str = "", silence: int = 0, poor_line: bool = False) -> Reply:
        """One caller turn."""
        self.turn += 1
        if text or not silence:
            self.journal.append(CallerSaid(self.turn, text, 0.9, 0, 0))
        heard = Heard(self.turn, text, keys=keys, silence=silence, poor_line=poor_line)
        return asyncio.run(self._collect(heard))

    async def _collect_greeting(self, resumed: bool) -> Reply:
        return Reply(tuple([act async for act in self.agent.greet(resumed=resumed) if isinstance(act, Say)]))

    async def _collect(self, heard: Heard) -> Reply:
        acts = [act async for act in self.agent.respond(heard)]
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
