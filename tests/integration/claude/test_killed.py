"""The model dies after every turn k of ten dialogues: the built-in brain finishes each, and asks for nothing twice.

The outcome is judged from the store, as in every scenario. `claude` must have answered before it died, else the test
would prove nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.integration.claude.line import SHORT, client_of

from call_center.agent.brain import Brain, Output, Speak, Turn
from call_center.agent.claude import ClaudeBrain
from call_center.commands.simulate import open_arena
from call_center.store_client.breaker import Breaker
from call_center.testing.emulators.messages_api import Emulator, emulator
from call_center.testing.emulators.messages_api import behaviours as provider_does
from call_center.testing.simulator import load, play_one
from call_center.testing.simulator.text import answered_by
from call_center.understanding import load_catalogue
from demo_store.process import StoreAddress

pytestmark = pytest.mark.integration
FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
DIALOGUES = (
    "order-size-delivery", "order-after-select", "order-from-price", "order-all-at-once", "order-correct-quantity",
    "order-name-with-phone", "select-by-car", "select-change-car", "select-correct-season", "availability-price-ru",
)  # fmt: skip
ONCE = frozenset(
    {"tyre_size", "season", "quantity", "delivery", "city", "branch", "name", "phone", "payment", "year"}
)


class Mortal:
    """A brain whose provider dies after turn `after`; counts what the model answered before."""

    def __init__(self, brain: Brain, provider: Emulator, after: int) -> None:
        self._brain, self._provider, self._after = brain, provider, after
        self.answered = 0
        self.again: list[str] = []

    async def respond(self, turn: Turn) -> AsyncIterator[Output]:
        """As the brain, on a provider that is dead by now or not; notes questions for what is known."""
        if turn.view.turn > self._after:
            self._provider.behaviour = provider_does.SERVER_ERROR
        before = len(self._provider.requests)
        async for output in self._brain.respond(turn):
            asked = output.expected.slot if isinstance(output, Speak) and output.expected else ""
            if asked in ONCE and turn.view.value(asked) is not None:
                self.again.append(asked)
            yield output
        if turn.view.turn <= self._after:
            self.answered += len(self._provider.requests) - before


@pytest.mark.parametrize("name", DIALOGUES)
def test_model_killed_after_every_turn(name: str, fresh_store: StoreAddress) -> None:
    """For each k the dialogue ends as its file expects; no slot that was answered is asked for again."""
    scenario = load(FOLDER / f"{name}.yaml")[0]

    async def run() -> tuple[list[str], int]:
        failed: list[str] = []
        answered = turns = after = 0
        async with open_arena(fresh_store.url, fresh_store.key, fresh_store.test_url) as arena:
            while after <= turns:
                async with emulator() as provider, client_of(provider) as client:
                    breaker = Breaker(lambda: 0.0)
                    brain = ClaudeBrain(client, load_catalogue(), SHORT, breaker=breaker)
                    mortal = Mortal(brain, provider, after)
                    result = await play_one(scenario, arena, maker=answered_by(mortal))
                failed += [f"k={after}: {line}\n{result.transcript}" for line in result.failed]
                failed += [f"k={after}: {slot} asked twice" for slot in mortal.again]
                answered, turns, after = answered + mortal.answered, result.turns, after + 1
        return failed, answered

    failed, answered = asyncio.run(run())
    assert failed == []
    assert answered > 0
