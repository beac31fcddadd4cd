"""What the Claude brain costs and how often it is asked, over every scenario in text on the emulator.

`python -m bench.model [FILE]` prints shares and costs and writes them to FILE. Tokens are the emulator's estimates (3 bytes a
token), prices those of `agent/claude/prices.py`; one cache entry serves all calls, as for a shop whose line is never idle
for five minutes. A median order is the median cost of the calls that ended with one confirmed order.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from call_center.agent.claude.prompt import estimated_tokens, static_prefix
from call_center.agent.journal import MemoryJournal
from call_center.agent.text_call import EndingConversation
from call_center.commands.brains import BrainName, open_brain
from call_center.commands.simulate import open_arena
from call_center.core.journal.events import Noted, ToolAnswered
from call_center.testing.simulator import load, play_one
from call_center.testing.simulator.text import Part, answered_by

SCENARIOS = Path(__file__).resolve().parents[1] / "tests" / "scenarios"
_TURNS = ("claude", "fast", "offline")


async def play() -> tuple[list[list[Noted]], list[bool], list[bool]]:
    """The notes of every call, whether it passed, whether it ended with one order."""
    notes: list[list[Noted]] = []
    passed: list[bool] = []
    ordered: list[bool] = []
    async with open_arena() as arena, open_brain(BrainName.CLAUDE) as brain:
        for scenario in load(SCENARIOS):
            journals: list[MemoryJournal] = []

            def make(part: Part, held: list[MemoryJournal] = journals) -> EndingConversation:
                held.append(part.journal)
                return answered_by(brain)(part)

            result = await play_one(scenario, arena, maker=make)
            events = [e.event for e in journals[0].entries]
            confirmed = [
                e for e in events if isinstance(e, ToolAnswered) and e.tool == "confirm_order" and e.ok
            ]
            notes.append([e for e in events if isinstance(e, Noted)])
            passed.append(not result.failed)
            ordered.append(len({e.intent for e in confirmed}) == 1)
    return notes, passed, ordered


def run() -> dict[str, Any]:
    """The figures."""
    notes, passed, ordered = asyncio.run(play())
    used = [n.data for call in notes for n in call if n.what == "usage"]
    tokens = {
        kind: sum(int(u[kind]) for u in used) for kind in ("input", "cache_write", "cache_read", "output")
    }
    whole = tokens["input"] + tokens["cache_write"] + tokens["cache_read"]
    owners = Counter(n.data["name"] for call in notes for n in call if n.what == "brain")
    turns = sum(owners[name] for name in _TURNS)
    cost = [sum(float(n.data["usd"]) for n in call if n.what == "usage") for call in notes]
    orders = [usd for usd, one in zip(cost, ordered, strict=True) if one]
    system, tools = static_prefix("Олена", "Шинний двір", True)
    return {
        "scenarios": len(passed), "passed_share": round(sum(passed) / len(passed), 3),
        "prefix_tokens": estimated_tokens(system[0]["text"]) + estimated_tokens(json.dumps(list(tools))),
        "requests": len(used), "input_tokens_a_request": round(whole / len(used)),
        "output_tokens_a_request": round(tokens["output"] / len(used)), "cached_share": round(tokens["cache_read"] / whole, 3),
        "turns": turns, **{f"{name}_share": round(owners[name] / turns, 3) for name in _TURNS},
        "median_order_usd": round(statistics.median(orders), 5), "orders": len(orders), "dearest_call_usd": round(max(cost), 5),
    }  # fmt: skip


if __name__ == "__main__":
    figures = run()
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    json.dump(figures, sys.stdout, indent=1)
