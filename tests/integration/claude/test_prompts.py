"""Prompt versions in calls: which text the provider gets, what the journal keeps, what survives a take-over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.integration.claude.line import SHORT, client_of
from tests.integration.claude.test_faults import OPENING
from tests.unit.agent.shelf import ShelfShop

from call_center.agent.build import build_conversation
from call_center.agent.claude import ClaudeBrain
from call_center.agent.claude.wording import Wording
from call_center.agent.journal import MemoryJournal
from call_center.agent.prompts import FOLDER, Book, Part, PromptStore, Variant, Version
from call_center.agent.prompts.outcomes import outcome_of
from call_center.agent.runtime import AgentRuntime
from call_center.agent.text_call import TextCall
from call_center.config import Settings, load_settings
from call_center.core.journal.events import Announced, Connected, Noted
from call_center.core.ports import CallInfo
from call_center.store_client.breaker import Breaker
from call_center.testing.emulators.messages_api import Emulator, emulator
from call_center.tts.spoken.normaliser import spoken
from call_center.understanding import load_catalogue

pytestmark = pytest.mark.integration
TONE = "Speak a little warmer than usual."
WARM = Version("warm", (Part("tone", "add", TONE),))


def settings_of(folder: Path, provider: Emulator | None) -> Settings:
    """Claude on the emulator (or no key), no shop that answers."""
    made = load_settings(var_dir=folder)
    made.store_api.url, made.store_api.key = "http://127.0.0.1:9", SecretStr("none")
    if provider is not None:
        made.anthropic.api_key, made.anthropic.base_url = SecretStr("emulated"), provider.url
    return made


def prompt_notes(journal: MemoryJournal) -> list[dict[str, Any]]:
    """What the journal says of prompts."""
    events = [entry.event for entry in journal.entries]
    return [e.data for e in events if isinstance(e, Noted) and e.what == "prompt"]


def system_of(provider: Emulator) -> str:
    """The system prompt of the newest request."""
    return str(provider.requests[-1]["system"][0]["text"])


async def say(call: TextCall, *texts: str) -> None:
    """Greeting, then caller turns."""
    async for _ in call.begin():
        pass
    for text in texts:
        async for _ in call.say(text):
            pass


def test_the_version_of_a_call_is_journalled_before_it_begins(tmp_path: Path) -> None:
    """The composition gives an announced call the active version, once; its text reaches the provider."""
    PromptStore(tmp_path / FOLDER).change(lambda b: b.draft(WARM).activate("warm", 1.0))
    journal = MemoryJournal("c1")
    info = CallInfo("c1", "+380990000001")

    async def run() -> str:
        async with (
            emulator() as provider,
            build_conversation(settings_of(tmp_path, provider)) as (converse, _),
        ):
            journal.append(Announced(info.caller, None, None, None))
            agent = converse(info, journal)
            assert [type(e.event) for e in journal.entries] == [Announced, Noted]
            await say(TextCall(journal, agent, spoken, info.caller), OPENING)
            converse(info, journal)
            return system_of(provider)

    system = asyncio.run(run())
    assert TONE in system
    (note,) = prompt_notes(journal)
    assert note == {"version": "warm", "digest": WARM.digest, "experiment": None}


def test_without_a_key_no_call_is_counted_for_a_version(tmp_path: Path) -> None:
    """The built-in brain has no prompt."""
    PromptStore(tmp_path / FOLDER).change(lambda b: b.draft(WARM).activate("warm", 1.0))
    journal = MemoryJournal("c1")

    async def run() -> None:
        async with build_conversation(settings_of(tmp_path, None)) as (converse, _):
            converse(CallInfo("c1"), journal)

    asyncio.run(run())
    assert list(journal.entries) == []


def test_an_experiment_gives_each_caller_their_variant(tmp_path: Path) -> None:
    """Two calls of a number get the same one; over forty numbers both appear, with the experiment's name."""
    half = (Variant("builtin", 1), Variant("warm", 1))
    PromptStore(tmp_path / FOLDER).change(lambda b: b.draft(WARM).start("t1", half, 1.0))

    async def run() -> list[list[dict[str, Any]]]:
        async with (
            emulator() as provider,
            build_conversation(settings_of(tmp_path, provider)) as (converse, _),
        ):
            made = []
            for attempt in ("a", "b"):
                rows = []
                for number in range(40):
                    journal = MemoryJournal(f"{attempt}{number}")
                    converse(CallInfo(f"{attempt}{number}", f"+38099000{number:04d}"), journal)
                    rows += prompt_notes(journal)
                made.append(rows)
            return made

    first, second = asyncio.run(run())
    assert first == second
    assert {row["version"] for row in first} == {"builtin", "warm"}
    assert {row["experiment"] for row in first} == {"t1"}


@asynccontextmanager
async def call_on(
    book: Book, journal: MemoryJournal, *, resumed: bool = False
) -> AsyncIterator[tuple[TextCall, Emulator]]:
    """A call in a process that has `book`."""
    async with emulator() as provider, client_of(provider) as client:
        breaker = Breaker(lambda: 0.0)
        brain = ClaudeBrain(client, load_catalogue(), SHORT, breaker=breaker, wording=Wording(book))
        agent = AgentRuntime(journal, load_catalogue(), ShelfShop(), brain=brain)
        yield TextCall(journal, agent, spoken, "+380990000001", resumed=resumed), provider


def begun() -> MemoryJournal:
    """The journal of a call that was given `warm`."""
    journal = MemoryJournal("c1")
    journal.append(Noted("prompt", {"version": "warm", "digest": WARM.digest, "experiment": "t1"}))
    return journal


def test_a_call_keeps_its_version_in_another_process() -> None:
    """After a take-over the journal decides, also when another version is active by then."""
    journal = begun()
    first = Book().draft(WARM).activate("warm", 1.0)
    later = first.activate("builtin", 2.0)

    async def run() -> tuple[str, str]:
        async with call_on(first, journal) as (call, provider):
            await say(call, OPENING)
            before = system_of(provider)
        async with call_on(later, journal, resumed=True) as (call, provider):
            await say(call, "а розкажіть, що порадите?")
            return before, system_of(provider)

    before, after = asyncio.run(run())
    assert TONE in before
    assert TONE in after


def test_a_version_that_is_not_here_is_replaced_and_said() -> None:
    """A process without that text goes on with the built-in prompt; the figures leave the call out."""
    journal = begun()
    other = Book().draft(Version("warm", (Part("tone", "add", "Other words."),)))

    async def run() -> str:
        async with call_on(other, journal) as (call, provider):
            await say(call, OPENING, "зимові, а що порадите?")
            await call.hang_up()
            return system_of(provider)

    system = asyncio.run(run())
    assert TONE not in system
    assert "Other words." not in system
    notes = prompt_notes(journal)
    assert [n["version"] for n in notes] == ["warm", "builtin"]
    assert notes[1]["instead_of"] == "warm"
    found = outcome_of(list(journal.entries))
    assert found is not None
    assert found.moved
    assert any(isinstance(e.event, Connected) for e in journal.entries)
