"""Every scenario with the Claude brain on the emulator: outcome, guarantees, and that a model really took part."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from call_center.agent.journal import MemoryJournal
from call_center.agent.text_call import EndingConversation
from call_center.commands.brains import BrainName, open_brain
from call_center.commands.simulate import open_arena
from call_center.core.journal.events import Noted
from call_center.testing.simulator import Result, load, play_one
from call_center.testing.simulator.text import Part, answered_by
from demo_store.process import StoreAddress

pytestmark = pytest.mark.integration
SCENARIOS = load(Path(__file__).resolve().parents[2] / "scenarios")
SHARE = 0.95
OF_THE_MODEL = 0.3  # of all turns: less would mean that the script plays alone


def test_claude_on_the_emulator_serves_the_callers(
    fresh_store: StoreAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least 95 % of all scenarios pass, no guarantee is broken, and a third of the turns went to the model."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    journals: list[MemoryJournal] = []

    async def run() -> list[Result]:
        address = fresh_store.url, fresh_store.key, fresh_store.test_url
        async with open_arena(*address) as arena, open_brain(BrainName.CLAUDE) as brain:

            def make(part: Part) -> EndingConversation:
                journals.append(part.journal)
                return answered_by(brain)(part)

            return [await play_one(scenario, arena, maker=make) for scenario in SCENARIOS]

    results = asyncio.run(run())
    owners = [
        entry.event.data["name"]
        for journal in {id(j): j for j in journals}.values()
        for entry in journal.entries
        if isinstance(entry.event, Noted) and entry.event.what == "brain"
    ]
    turns = [name for name in owners if name in ("claude", "fast", "offline")]
    missed = [r.scenario for r in results if r.failed]
    assert {r.scenario: r.broken for r in results if r.broken} == {}
    assert len(missed) <= (1 - SHARE) * len(SCENARIOS), missed
    assert turns.count("claude") >= OF_THE_MODEL * len(turns)
