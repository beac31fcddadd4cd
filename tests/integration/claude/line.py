"""A call in text over the Claude brain on an emulator, within one event loop."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient
from tests.unit.agent.shelf import ShelfShop

from call_center.agent.brain import Brain
from call_center.agent.claude import BrainOptions, ClaudeBrain
from call_center.agent.journal import MemoryJournal
from call_center.agent.runtime import AgentRuntime
from call_center.agent.text_call import TextCall
from call_center.core.journal.events import Noted
from call_center.store_client.breaker import Breaker
from call_center.testing.emulators.messages_api import Emulator, emulator
from call_center.tts.spoken.normaliser import spoken
from call_center.understanding import load_catalogue

SHORT = BrainOptions(first_token_s=0.15, round_s=0.4)
"""Bounds that let a stalled provider be given up quickly."""


@dataclass(slots=True)
class Line:
    """One call; `say` gives the agent's words of the turn."""

    call: TextCall
    journal: MemoryJournal
    provider: Emulator
    agent: AgentRuntime

    async def say(self, text: str) -> str:
        """A caller turn."""
        return " ".join([e["text"] async for e in self.call.say(text) if e["event"] == "agent"])

    def owners(self) -> list[str]:
        """Who answered, in order, with why."""
        notes = self.notes("brain")
        return [f"{n['name']}:{n['why']}" for n in notes]

    def notes(self, what: str) -> list[dict[str, Any]]:
        """The data of all notes of a kind."""
        events = [e.event for e in self.journal.entries]
        return [e.data for e in events if isinstance(e, Noted) and e.what == what]


def brain_on(
    provider: Emulator, client: AsyncAnthropic, options: BrainOptions, breaker: Breaker | None
) -> Brain:
    """The brain as the builder makes it."""
    return ClaudeBrain(client, load_catalogue(), options, breaker=breaker or Breaker(time.monotonic))


def client_of(provider: Emulator) -> AsyncAnthropic:
    """The official client, pointed at the emulator."""
    return AsyncAnthropic(
        api_key="emulated",
        base_url=provider.url,
        max_retries=0,
        http_client=DefaultAsyncHttpxClient(trust_env=False),
    )


@asynccontextmanager
async def open_line(
    options: BrainOptions = SHORT,
    *,
    greet: bool = True,
    breaker: Breaker | None = None,
    said: Sequence[str] = (),
) -> AsyncIterator[Line]:
    """A call that was greeted and in which `said` was said."""
    async with emulator() as provider, client_of(provider) as client:
        journal = MemoryJournal("0c1d")
        brain = brain_on(provider, client, options, breaker)
        agent = AgentRuntime(journal, load_catalogue(), ShelfShop(), brain=brain)
        line = Line(TextCall(journal, agent, spoken, "+380990001234"), journal, provider, agent)
        async for _ in line.call.begin():
            pass
        for text in said:
            await line.say(text)
        yield line
