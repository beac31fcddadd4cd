"""`call-center simulate PATH...`: scenarios played in text against the demo store, judged by what happened.

Prints a table (scenario, pass, turns, failed checks) and exits 1 when any failed. The store is put back to the seed, at
the scenario's own time, before each; its changes are read afterwards through the test port. `--repeat N` reports how
many passed once (pass@1) and every time (pass^N); `--noise P` replaces words as a recogniser would, from `--seed`.
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
from typing import TYPE_CHECKING, Annotated, Any

import typer

from call_center.errors import ConfigError

if TYPE_CHECKING:
    import httpx2

    from call_center.agent.tools.shop import Shop
    from call_center.testing.simulator import Scenario


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one scenario. `broken` are the failed checks that every scenario has."""

    scenario: str
    turns: int
    failed: tuple[str, ...]
    transcript: str
    broken: tuple[str, ...] = ()
    route: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arena:
    """A shop and its test port, for one scenario after another."""

    shop: Shop
    test: httpx2.AsyncClient

    async def reset(self, now: str, faults: list[dict[str, Any]]) -> None:
        """The seed, at that time, with these faults."""
        for path, body in (("/_test/reset", {"now": now}), ("/_test/faults", {"faults": faults})):
            answer = await self.test.post(path, json=body)
            if answer.status_code != 200:
                raise ConfigError(f"the store's test port refused {path}: {answer.text[:200]}")

    async def faults(self, faults: list[dict[str, Any]]) -> None:
        """Replace the faults."""
        await self.test.post("/_test/faults", json={"faults": faults})

    async def changes(self) -> dict[str, Any]:
        """Rows added or changed since the reset; articles by id under `tyres`."""
        found: dict[str, Any] = (await self.test.get("/_test/changes")).json()["data"]
        return found


def simulate(
    paths: Annotated[list[Path], typer.Argument(help="scenario files or folders")],
    *,
    repeat: Annotated[int, typer.Option(min=1, max=1000, help="times each scenario is played")] = 1,
    noise: Annotated[float, typer.Option(min=0.0, max=1.0, help="share of words that are misheard")] = 0.0,
    seed: Annotated[int, typer.Option(help="of the noise")] = 1,
    report: Annotated[Path | None, typer.Option("--json", help="file for the results as JSON")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="print the dialogues that failed")] = False,
) -> None:
    """Play scenario files in text and judge their outcome."""
    from call_center.logging import configure
    from call_center.testing.simulator import load

    configure(level="error")
    scenarios = [s for path in paths for s in load(path)]
    results = asyncio.run(_run(scenarios, repeat, noise, seed))
    sys.stdout.write(_table(results, repeat, verbose=verbose))
    if report is not None:
        rows = [
            {"scenario": r.scenario, "turns": r.turns, "failed": list(r.failed), "broken": list(r.broken)}
            for r in results
        ]
        report.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if any(r.failed for r in results):
        raise typer.Exit(1)


async def _run(scenarios: list[Scenario], repeat: int, noise: float, seed: int) -> list[Result]:
    async with open_arena() as arena:
        return [
            await play_one(scenario, arena, noise=noise, seed=seed + number)
            for scenario in scenarios
            for number in range(repeat)
        ]


@contextlib.asynccontextmanager
async def open_arena(url: str = "", key: str = "", test_url: str = "") -> AsyncIterator[Arena]:
    """An arena on the store given, or on a demo store of its own."""
    import httpx2

    from call_center.agent.store_shop import StoreShop
    from call_center.commands.chat import open_demo_store
    from call_center.store_client.client import StoreClient

    async with contextlib.AsyncExitStack() as stack:
        if not url:
            store = await stack.enter_async_context(open_demo_store(None, test_port=True))
            url, key, test_url = store.url, store.key, store.test_url
        client = await stack.enter_async_context(StoreClient(url, key))
        test = await stack.enter_async_context(httpx2.AsyncClient(base_url=test_url, trust_env=False))
        yield Arena(StoreShop(client), test)


async def play_one(scenario: Scenario, arena: Arena, *, noise: float = 0.0, seed: int = 1) -> Result:
    """Play one scenario, with the faults it asks for, and judge it."""
    from call_center.agent.journal import MemoryJournal
    from call_center.agent.runtime import AgentRuntime
    from call_center.agent.text_call import TextCall
    from call_center.testing.simulator import DownShop, guarantees, judge, mishear, play, store_faults
    from call_center.tts.spoken.normaliser import spoken
    from call_center.understanding import load_catalogue

    clock = _clock(scenario)
    journal = MemoryJournal(str(uuid.uuid4()), clock)
    at_start, later = store_faults(scenario)
    await arena.reset(scenario.now, at_start)
    used = DownShop() if scenario.faults.get("store") == "down" else arena.shop

    def agent() -> AgentRuntime:
        return AgentRuntime(journal, load_catalogue(), used, clock=clock)

    async def before_turn(turn: int) -> None:
        if turn in later:
            await arena.faults(later[turn])

    call = TextCall(journal, agent(), spoken, scenario.caller.number)
    hear = mishear(noise, f"{seed}/{scenario.id}")
    outcome = await play(scenario, call, agent, mishear=hear, before_turn=before_turn)
    await arena.faults([])
    outcome.journal, outcome.changes = journal.entries, await arena.changes()
    broken = tuple(guarantees(outcome))
    failed = (*broken, *judge(scenario, outcome))
    return Result(scenario.id, len(outcome.caller), failed, outcome.transcript(), broken, outcome.route())


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
    broken = sum(1 for r in results if r.broken)
    lines.append(
        f"{len(names)} scenarios, pass@1 {once:.0%}, pass^{repeat} {always:.0%}, {broken} with a broken guarantee"
    )
    return "\n".join(lines) + "\n"
