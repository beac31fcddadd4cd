"""`call-center simulate PATH...`: scenarios played against the demo store, judged by what happened.

In text the agent is in this process; by voice a caller rings the real processes (`--mode voice`). A row is printed as
each run ends, the figures at the end; exit 1 when any run failed. The store is put back to the seed, at the scenario's
own time, before each; its changes are read afterwards through the test port.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from call_center.commands.brains import BrainName, open_brain
from call_center.errors import ConfigError

if TYPE_CHECKING:
    from call_center.testing.simulator import Arena, Result, Scenario


class Mode(StrEnum):
    """How the caller and the agent hear each other."""

    TEXT = "text"
    VOICE = "voice"


Play = Callable[["Scenario", int], Awaitable["Result"]]
"""Plays a scenario with a seed."""


def simulate(
    paths: Annotated[list[Path], typer.Argument(help="scenario files or folders")],
    *,
    mode: Annotated[Mode, typer.Option(help="text: fast; voice: real audio through the call path")] = (
        Mode.TEXT
    ),
    repeat: Annotated[int, typer.Option(min=1, max=1000, help="times each scenario is played")] = 1,
    noise: Annotated[float, typer.Option(min=0.0, max=1.0, help="share of words misheard (text)")] = 0.0,
    seed: Annotated[int, typer.Option(help="of the noise, of a caller's pauses and line")] = 1,
    report: Annotated[Path | None, typer.Option("--json", help="file for the results as JSON")] = None,
    brain: Annotated[
        BrainName, typer.Option(help="who answers; claude without a key: the emulator")
    ] = BrainName.OFFLINE,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="print the dialogues that failed")] = False,
) -> None:
    """Play scenario files and judge their outcome."""
    from call_center.logging import configure
    from call_center.testing.simulator import results as told

    configure(level="error")
    if mode is Mode.VOICE and brain is not BrainName.OFFLINE:
        raise ConfigError("--mode voice takes the brain from the settings: set ANTHROPIC_API_KEY for Claude")
    if mode is Mode.VOICE and noise:
        raise ConfigError("--noise is for --mode text: by voice the real recogniser does the mishearing")
    if report is not None and not report.absolute().parent.is_dir():
        raise ConfigError(f"--json {report}: the folder {report.absolute().parent} does not exist")
    scenarios = _load(paths)
    results = asyncio.run(_run(scenarios, _player(mode, brain, noise), repeat, seed, verbose=verbose))
    sys.stdout.write(told.closing_lines(results, repeat))
    if report is not None:
        whole = told.report(results, repeat, mode=mode.value, noise=noise, seed=seed)
        report.write_text(json.dumps(whole, ensure_ascii=False, indent=1, default=str) + "\n", "utf-8")
    if any(r.failed for r in results):
        raise typer.Exit(1)


def _load(paths: list[Path]) -> list[Scenario]:
    from call_center.testing.simulator import load

    scenarios = [scenario for path in paths for scenario in load(path)]
    ids = [scenario.id for scenario in scenarios]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise ConfigError(f"more than one scenario is called {twice[0]}: ids must be unique")
    return scenarios


async def _run(
    scenarios: list[Scenario],
    player: AbstractAsyncContextManager[Play],
    repeat: int,
    seed: int,
    *,
    verbose: bool,
) -> list[Result]:
    results: list[Result] = []
    async with player as play:
        for scenario in scenarios:
            for number in range(repeat):
                result = await play(scenario, seed + number)
                results.append(result)
                sys.stdout.write(result.line + "\n")
                if verbose and result.failed:
                    sys.stdout.write(result.transcript + "\n")
                sys.stdout.flush()
    return results


@contextlib.asynccontextmanager
async def _player(mode: Mode, brain: BrainName, noise: float) -> AsyncIterator[Play]:
    if mode is Mode.VOICE:
        from call_center.testing.simulator.voice import VoiceStage

        with tempfile.TemporaryDirectory(prefix="simulate-", ignore_cleanup_errors=True) as folder:
            async with VoiceStage(Path(folder), _progress) as stage:
                yield stage.play_one
        return
    from call_center.testing.simulator import play_one
    from call_center.testing.simulator.text import answered_by

    async with open_arena() as arena, open_brain(brain) as chosen:
        maker = answered_by(chosen)
        yield lambda scenario, seed: play_one(scenario, arena, noise=noise, seed=seed, maker=maker)


def _progress(line: str) -> None:
    sys.stderr.write(f"  {line}\n")
    sys.stderr.flush()


@contextlib.asynccontextmanager
async def open_arena(url: str = "", key: str = "", test_url: str = "") -> AsyncIterator[Arena]:
    """An arena on the store given, or on a demo store of its own."""
    import httpx2

    from call_center.agent.store_shop import StoreShop
    from call_center.commands.chat import open_demo_store
    from call_center.store_client.client import StoreClient
    from call_center.testing.simulator import Arena

    async with contextlib.AsyncExitStack() as stack:
        if not url:
            store = await stack.enter_async_context(open_demo_store(None, test_port=True))
            url, key, test_url = store.url, store.key, store.test_url
        client = await stack.enter_async_context(StoreClient(url, key))
        test = await stack.enter_async_context(httpx2.AsyncClient(base_url=test_url, trust_env=False))
        yield Arena(test, StoreShop(client))
