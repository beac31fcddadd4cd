"""`call-center serve` as a whole, for tests: real processes, real sockets, scripted engines; and the PBX's side of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from call_center.core.codec import Kind

SECRET = "integration-test-secret-0001"
TOKEN = "integration-test-operators-01"


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> int:
    """The first of `count` neighbouring free ports, below the ephemeral ones."""
    for first in range(20_000 + os.getpid() % 500 * 16, 32_000, count):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for port in range(first, first + count):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
    raise AssertionError("no free ports")


@dataclass
class System:
    """A running `serve`."""

    process: subprocess.Popen[str]
    api: str
    audio_port: int
    var: Path

    def post(self, path: str, secret: str = SECRET, **fields: str) -> httpx2.Response:
        """What the dialplan's CURL() sends."""
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        return httpx2.post(f"{self.api}/api/v1/telephony/{path}", data=fields, headers=headers, timeout=5)

    def announce(self, call_id: str, **fields: str) -> tuple[uuid.UUID, str, int]:
        """Announce a call and return ticket, host and port."""
        words = self.post(
            "announce", call_id=call_id, attempt="1", caller="+380990001234", **fields
        ).text.split()
        assert words[0] == "agent", words
        host, port = words[2].split(":")
        return uuid.UUID(words[1]), host, int(port)

    def workers(self) -> list[dict[str, Any]]:
        """The workers that have a slot, as `/health` shows them."""
        found: list[dict[str, Any]] = httpx2.get(f"{self.api}/health").json()["workers"]
        return found

    def active(self) -> int:
        """Calls that are up."""
        return sum(int(worker["active"]) for worker in self.workers())

    def pid_of(self, call_id: str) -> int:
        """Process id of the worker that has a call, from the name of the spool that holds it."""
        for path in (self.var / "spool").glob("*.jsonl"):
            if call_id in path.read_text():
                return int(path.name.split("-")[1])
        raise AssertionError("nobody has the call")

    def spares(self) -> int:
        """Workers without a slot: child processes that look like a worker and have opened their spool."""
        slots = {int(worker["pid"]) for worker in self.workers()}
        opened = {int(path.name.split("-")[1]) for path in (self.var / "spool").glob("*.jsonl")}
        return len([pid for pid in opened - slots if Path(f"/proc/{pid}").exists()])

    def worker_pid(self) -> int:
        """Process id of the worker of the first slot."""
        return next(int(worker["pid"]) for worker in self.workers() if worker["index"] == 0)


@contextlib.contextmanager
def serving(tmp_path: Path, workers: int = 1, engines: str = "scripted", **more: str) -> Iterator[System]:
    """A system; ended by pid. `more` are settings by the names of their variables."""
    audio, api = free_ports(workers), free_port()
    environment = {
        **os.environ,
        "TELEPHONY_SECRET": SECRET,
        "API_OPERATOR_TOKEN": TOKEN,
        "VAR_DIR": str(tmp_path),
        "LOG_FORMAT": "json",
        "AUDIO_WORKERS": str(workers),
        **more,
    }
    command = [sys.executable, "-m", "call_center", "serve", "--engines", engines, "--json"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--port", str(audio), "--api-port", str(api)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, (tmp_path / "log").read_text()
            assert json.loads(line)["event"] == "ready"
            yield System(process, f"http://127.0.0.1:{api}", audio, tmp_path)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


@contextlib.asynccontextmanager
async def ring(
    host: str, port: int, ticket: uuid.UUID
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect as the PBX does; hang up when the block ends."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(bytes([Kind.UUID, 0, 16]) + ticket.bytes + bytes([Kind.SLIN8, 1, 64]) + bytes(320))
    try:
        async with asyncio.timeout(10):
            yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def first_frame(host: str, port: int, ticket: uuid.UUID) -> bytes:
    """The first three bytes that come back for this ticket; b"" when closed."""
    async with ring(host, port, ticket) as (reader, _):
        return await reader.read(3)


def until(seconds: float, condition: Callable[[], bool]) -> None:
    """Poll a fact of other processes; a bounded wait, there is no virtual time across processes."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)
