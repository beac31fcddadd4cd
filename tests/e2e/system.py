"""The system under test as its users start it: `python -m call_center serve`, its own process, its own folder."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from call_center.core.journal.events import Announced, Entry
from call_center.core.journal.spool import read_spool

KEEP_VARIABLE = "E2E_KEEP"  # set it to look at the journal and the log of a run
START_SECONDS = 180.0  # first start of the embedded engines loads models and starts databases


@dataclass
class System:
    """A running `serve`."""

    port: int  # of the first worker; the others follow
    api_port: int
    folder: Path
    pid: int
    secret: str = field(repr=False)
    operator_token: str = field(repr=False)

    @property
    def api(self) -> str:
        """Base URL."""
        return f"http://127.0.0.1:{self.api_port}"

    def request(self, path: str, token: str = "", form: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and text of an answer."""
        body = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(f"{self.api}{path}", body)  # noqa: S310
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait_ready(self) -> None:
        """Return when `/readyz` says so."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                if self.request("/readyz")[0] == 200:
                    return
            except OSError:
                pass
            assert time.monotonic() < deadline, f"never ready; {self.log[-600:]}"
            time.sleep(0.05)

    def wait_spare(self) -> None:
        """Return when a worker would take the place of one that dies."""
        deadline = time.monotonic() + START_SECONDS
        while json.loads(self.request("/health")[1]).get("spares", 0) < 1:
            assert time.monotonic() < deadline, f"no spare worker; {self.log[-600:]}"
            time.sleep(0.1)

    def announce(self, call_id: str) -> str:
        """What the dialplan would be told."""
        return self.request("/api/v1/telephony/announce", self.secret, {"call_id": call_id, "attempt": "1"})[
            1
        ]

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over its labels (those given must match)."""
        text = self.request("/metrics")[1]
        total = 0.0
        for match in re.finditer(rf"^{name}(?:\{{(.*?)\}})? ([0-9.e+-]+)$", text, re.M):
            present = dict(re.findall(r'(\w+)="([^"]*)"', match.group(1) or ""))
            if all(present.get(key) == value for key, value in labels.items()):
                total += float(match.group(2))
        return total

    def wait_metric(self, name: str, wanted: float, seconds: float = 10.0, **labels: str) -> float:
        """Return how many seconds it took until the metric had this value."""
        began = time.monotonic()
        while (value := self.metric(name, **labels)) != wanted:
            assert time.monotonic() - began < seconds, (
                f"{name} is {value}, not {wanted}, after {seconds:.0f} s"
            )
            time.sleep(0.02)
        return time.monotonic() - began

    def memory(self) -> int:
        """Resident kilobytes of the whole process tree."""
        return sum(_resident(pid) for pid in [self.pid, *descendants(self.pid)])

    def workers(self) -> list[int]:
        """Process ids of the audio workers."""
        return [pid for pid in descendants(self.pid) if b"call_center.app\0worker" in _command(pid)]

    def entries(self) -> list[Entry]:
        """Journal entries that are on disk, in order within each process."""
        return [
            entry
            for path in sorted((self.folder / "var/spool").glob("*"))
            for entry in read_spool(path).entries
        ]

    def holder_of_next(self, call_id: str) -> int:
        """Process id of the worker that has the call announced after `call_id`, once it has written of it."""
        deadline = time.monotonic() + 5
        while True:
            newest = self.last_call()
            for path in (self.folder / "var/spool").glob("worker-*"):
                if newest != call_id and any(e.call_id == newest for e in read_spool(path).entries):
                    return int(path.name.split("-")[1])
            assert time.monotonic() < deadline, "no worker has written of a new call"
            time.sleep(0.05)

    def last_call(self) -> str:
        """The call that was announced last, "" before the first."""
        announced = [(e.at, e.call_id) for e in self.entries() if isinstance(e.event, Announced)]
        return max(announced, default=(0.0, ""))[1]  # by time: each worker has a file of its own

    def events[E](self, kind: type[E], call_id: str) -> list[E]:
        """What happened in a call, of one kind."""
        return [e.event for e in self.entries() if e.call_id == call_id and isinstance(e.event, kind)]

    @property
    def log(self) -> str:
        """What it logged so far."""
        return (self.folder / "serve.log").read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def running(engines: str, workers: int, api_port: int = 0, **settings: str) -> Iterator[System]:
    """Start `serve`, wait until it takes calls, end it when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="system-"))
    port = free_tcp_ports(workers + 1)
    api_port = api_port or port + workers
    secret, token = secrets.token_hex(16), secrets.token_hex(16)
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path("src").resolve()),
        "ENVIRONMENT": "development",
        "VAR_DIR": str(folder / "var"),
        "TELEPHONY_SECRET": secret,
        "API_OPERATOR_TOKEN": token,
        "AGENT_OPERATORS_FROM": "0",  # tests run at any hour
        "AGENT_OPERATORS_TO": "24",
        "AUDIO_MAX_STALL_MS": "1000",  # a busy test machine is no overload; admission has tests of its own
        **settings,
    }
    command = [sys.executable, "-m", "call_center", "serve", "--engines", engines, "--workers", str(workers)]
    command += ["--port", str(port), "--api-port", str(api_port), "--json"]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
    assert process.stdout is not None
    try:
        with process.stdout:
            system = System(port, api_port, folder, process.pid, secret, token)
            ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
            assert ready, f"serve was not ready in {START_SECONDS:.0f} s; {system.log[-600:]}"
            line = process.stdout.readline()
            assert line, f"serve ended; {system.log[-600:]}"
            system.wait_ready()
            yield system
    finally:
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)  # the second one does not wait for calls
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its own session: nothing of it may outlive the tests
        process.wait()
        if not os.environ.get(KEEP_VARIABLE):
            shutil.rmtree(folder, ignore_errors=True)


def free_tcp_ports(count: int) -> int:
    """The first of `count` neighbouring free ports, below the ephemeral ones."""
    for step in range(200):
        first = 9_100 + (os.getpid() * 8 + step * 8) % 8_000
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no free TCP ports from 9100 to 17100")


def descendants(pid: int) -> list[int]:
    """All processes below a process."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread may end while we look
            for child in task.read_text().split():
                found += [int(child), *descendants(int(child))]
    return found


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    status = Path(f"/proc/{pid}/status")
    return status.exists() and not re.search(r"^State:\s+Z", status.read_text(), re.M)


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    match = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(match.group(1)) if match else 0


def _command(pid: int) -> bytes:
    path = Path(f"/proc/{pid}/cmdline")
    return path.read_bytes() if path.exists() else b""
