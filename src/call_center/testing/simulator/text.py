"""One scenario in text: the agent in this process, the shop's store over HTTP, the call's clock held at `now`.

`Maker` is the seam for other brains: it makes the conversation of a call, and makes it anew from nothing but the
journal when the scenario kills the worker.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from call_center.agent.brain import Brain
from call_center.agent.journal import MemoryJournal
from call_center.agent.runtime import AgentRuntime
from call_center.agent.text_call import EndingConversation, TextCall
from call_center.agent.tools.shop import Shop
from call_center.errors import ConfigError
from call_center.testing.simulator.arena import Arena
from call_center.testing.simulator.faults import DownShop, llm_down, mishear, store_faults
from call_center.testing.simulator.guarantees import guarantees
from call_center.testing.simulator.judge import judge
from call_center.testing.simulator.play import play
from call_center.testing.simulator.results import Result
from call_center.testing.simulator.scenario import Scenario
from call_center.tts.spoken.normaliser import spoken
from call_center.understanding import load_catalogue


@dataclass(frozen=True, slots=True)
class Part:
    """What a conversation is made of; `llm_down`: the model's provider does not answer in this scenario."""

    journal: MemoryJournal
    shop: Shop
    clock: Callable[[], float]
    llm_down: bool = False


Maker = Callable[[Part], EndingConversation]


def answered_by(brain: Brain | None) -> Maker:
    """The agent with this brain; the built-in one when None, or when the scenario's model is down."""

    def make(part: Part) -> EndingConversation:
        chosen = None if part.llm_down else brain
        return AgentRuntime(part.journal, load_catalogue(), part.shop, clock=part.clock, brain=chosen)

    return make


offline: Maker = answered_by(None)


async def play_one(
    scenario: Scenario, arena: Arena, *, noise: float = 0.0, seed: int = 1, maker: Maker = offline
) -> Result:
    """Play one scenario, with the faults it asks for, and judge it."""
    clock = frozen_clock(scenario)
    at_start, later = store_faults(scenario)
    await arena.reset(scenario.now, at_start)
    journal = MemoryJournal(str(uuid.uuid4()), clock)
    shop = DownShop() if scenario.faults.get("store") == "down" else arena.shop
    part = Part(journal, shop, clock, llm_down(scenario))

    async def before_turn(turn: int) -> None:
        if turn in later:
            await arena.faults(later[turn])

    began = time.perf_counter()
    call = TextCall(journal, maker(part), spoken, scenario.caller.number)
    hear = mishear(noise, f"{seed}/{scenario.id}")
    outcome = await play(scenario, call, lambda: maker(part), mishear=hear, before_turn=before_turn)
    await arena.faults([])
    outcome.journal, outcome.changes = journal.entries, await arena.changes()
    return Result.of(scenario, outcome, guarantees(outcome), judge(scenario, outcome), seed=seed, began=began)


def frozen_clock(scenario: Scenario) -> Callable[[], float]:
    """The scenario's `now`, standing still: two runs are the same to the letter."""
    try:
        began = datetime.fromisoformat(scenario.now).timestamp()
    except ValueError:
        raise ConfigError(f"{scenario.id}: now: {scenario.now!r} is no ISO 8601 time") from None
    return lambda: began
