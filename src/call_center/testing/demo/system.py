"""Starts what the demo rings: demo store and `serve` on free loopback ports, as a user would, and ends them by pid."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from call_center.errors import ConfigError

START_S = 180.0
THIS = (sys.executable, "-m", "call_center")
AT_ANY_HOUR = {"AGENT_OPERATORS_FROM": "0", "AGENT_OPERATORS_TO": "24"}
SECRET = "demo-on-loopback-only"  # noqa: S105  the demo's own processes on loopback


@dataclass(frozen=True, slots=True)
class DemoSystem:
    """Where everything is."""

    api: str
    store_url: str
    store_key: str
    store_test_url: str  # the store's own tables, for the verdict
    spool: Path


@contextlib.asynccontextmanager
async def demo_system(folder: Path, progress: Callable[[str], None]) -> AsyncIterator[DemoSystem]:
    """Run a store and a call processor under `folder`; logs go to files there. Raises `ConfigError`."""
    var = folder / "system"
    async with contextlib.AsyncExitStack() as stack:
        progress("starting the demo store (embedded PostgreSQL)")
        options = ["--reset", "--test-port", "0", "--folder", str(var / "services")]
        store = await stack.enter_async_context(store_process(var, *options))
        progress("starting recogniser, voice, agent, audio worker and API")
        yield await stack.enter_async_context(call_processor(var, store, settings=AT_ANY_HOUR))


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """A running demo store; `test_url` is empty without a test port."""

    url: str
    key: str
    test_url: str = ""


@contextlib.asynccontextmanager
async def store_process(var: Path, *options: str) -> AsyncIterator[StoreAddress]:
    """Run `call-center store` with `options`; its log goes to `var`. Raises `ConfigError`."""
    await asyncio.to_thread(var.mkdir, parents=True, exist_ok=True)
    command = [*THIS, "store", "--json", *options]
    async with _child(command, var / "store.log", {}) as store:
        yield StoreAddress(store["url"], store["key"], store.get("test_url", ""))


@contextlib.asynccontextmanager
async def call_processor(
    var: Path, store: StoreAddress, *options: str, settings: Mapping[str, str] | None = None
) -> AsyncIterator[DemoSystem]:
    """Run `call-center serve` on that store; `settings` are variables of its environment. Raises `ConfigError`."""
    await asyncio.to_thread(var.mkdir, parents=True, exist_ok=True)
    audio, api = _free_ports(2)
    environment = {
        "STORE_API_URL": store.url,
        "STORE_API_KEY": store.key,
        "TELEPHONY_SECRET": SECRET,
        "VAR_DIR": str(var),
        "ENVIRONMENT": "development",
        **(settings or {}),
    }
    command = [*THIS, "serve", "--json", "--port", str(audio), "--api-port", str(api), *options]
    async with _child(command, var / "serve.log", environment):
        yield DemoSystem(f"http://127.0.0.1:{api}", store.url, store.key, store.test_url, var / "spool")


@contextlib.asynccontextmanager
async def _child(command: list[str], log: Path, environment: dict[str, str]) -> AsyncIterator[dict[str, Any]]:
    """A child that prints one JSON line once it is ready; ended by SIGTERM, then SIGKILL."""
    with log.open("w") as lines:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=lines,
            env={**os.environ, **environment},
        )
        try:
            yield await _first_line(process, log)
        finally:
            if process.returncode is None:
                process.terminate()
                try:
                    async with asyncio.timeout(15):
                        await process.wait()
                except TimeoutError:
                    process.kill()
                    await process.wait()


async def _first_line(process: asyncio.subprocess.Process, log: Path) -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101  we asked for a pipe
    try:
        async with asyncio.timeout(START_S):
            line = await process.stdout.readline()
        ready: dict[str, Any] = json.loads(line)
    except (TimeoutError, ValueError):
        raise ConfigError(f"a part of the demo did not start: {_last_line(log)} (all of it: {log})") from None
    return ready


def _last_line(log: Path) -> str:
    return (log.read_text().strip().splitlines() or ["it said nothing"])[-1]


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
