"""`call-center simulate PATH...`: scenarios played in text against the demo store, judged by what happened.

Prints a table (scenario, pass, turns, failed checks) and exits 1 when any failed. Each scenario gets the store at its
own time, reset to the seed; `--repeat N` reports how many passed once (pass@1) and every time (pass^N).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from call_center.errors import ConfigError

if TYPE_CHECKING:
    from call_center.agent.tools.shop import Shop
    from call_center.testing.simulator import Scenario


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one scenario."""

    scenario: str
    turns: int
    failed: tuple[str, ...]
    transcript: str


def simulate(
    paths: Annotated[list[Path], typer.Argument(help="scenario files or folders")],
    *,
    repeat: Annotated[int, typer.Option(min=1, max=1000, help="times each scenario is played")] = 1,
    report: Annotated[Path | None, typer.Option("--json", help="file for the results as JSON")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="print the dialogues that failed")] = False,
) -> None:
    """Play scenario files in text and judge their outcome."""
    from call_center.logging import configure
    from call_center.testing.simulator import load

    configure(level="error")
    scenarios = [s for path in paths for s in load(path)]
    results = asyncio.run(_run(scenarios, repeat))
    sys.stdout.write(_table(results, repeat, verbose=verbose))
    if report is not None:
        rows = [{"scenario": r.scenario, "turns": r.turns, "failed": list(r.failed)} for r in results]
        report.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if any(r.failed for r in results):
        raise typer.Exit(1)


async def _run(scenarios: list[Scenario], repeat: int) -> list[Result]:
    results: list[Result] = []
    for now in dict.fromkeys(s.now for s in scenarios):
        async with _store(now) as shop:
            results += [await play_one(s, shop) for s in scenarios if s.now == now for _ in range(repeat)]
    return results


@contextlib.asynccontextmanager
async def _store(now: str) -> AsyncIterator[Shop]:
    from call_center.agent.store_shop import StoreShop
    from call_center.commands.chat import open_shop
    from call_center.store_client.client import StoreClient

    async with open_shop("", now) as (url, key), StoreClient(url, key) as client:
        yield StoreShop(client)


async def play_one(scenario: Scenario, shop: Shop) -> Result:
    """Play one scenario against `shop`, with the faults it asks for."""
    from call_center.agent.journal import MemoryJournal
    from call_center.agent.runtime import AgentRuntime
    from call_center.agent.text_call import TextCall
    from call_center.testing.simulator import DownShop, judge, play
    from call_center.tts.spoken.normaliser import spoken
    from call_center.understanding import load_catalogue

    clock = _clock(scenario)
    journal = MemoryJournal(str(uuid.uuid4()), clock)
    unknown = set(scenario.faults) - {"kill_worker_after_turn", "store"}
    if unknown or scenario.faults.get("store") not in (None, "down"):
        raise ConfigError(f"{scenario.id}: faults {scenario.faults} cannot be played in text mode yet")
    used = DownShop() if scenario.faults.get("store") == "down" else shop

    def agent() -> AgentRuntime:
        return AgentRuntime(journal, load_catalogue(), used, clock=clock)

    call = TextCall(journal, agent(), spoken, scenario.caller.number)
    outcome = await play(scenario, call, agent)
    return Result(scenario.id, len(outcome.caller), tuple(judge(scenario, outcome)), outcome.transcript())


def _clock(scenario: Scenario) -> Callable[[], float]:
    try:
        began = datetime.fromisoformat(scenario.now).timestamp()
    except ValueError:
        raise ConfigError(f"{scenario.id}: now: {scenario.now!r} is no ISO 8601 time") from None
    return lambda: began


def _table(results: list[Result], repeat: int, *, verbose: bool) -> str:
    lines = []
    for result in results:
        verdict = "pass" if not result.failed else "FAIL"
        lines.append(f"{result.scenario:<32} {verdict} {result.turns:>3}  {'; '.join(result.failed)}")
        if verbose and result.failed:
            lines.append(result.transcript)
    names = list(dict.fromkeys(r.scenario for r in results))
    runs = {name: [not r.failed for r in results if r.scenario == name] for name in names}
    once = sum(sum(r) / len(r) for r in runs.values()) / len(names)
    always = sum(all(r) for r in runs.values()) / len(names)
    lines.append(f"{len(names)} scenarios, pass@1 {once:.0%}, pass^{repeat} {always:.0%}")
    return "\n".join(lines) + "\n"
