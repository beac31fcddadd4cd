"""The demo store as a process of its own, with the test port: put back, made slow, asked what changed."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from call_center.errors import ConfigError

START_S = 120.0
STOP_S = 15.0
KEY = "a-shop-for-tests-on-loopback"


@dataclass(frozen=True, slots=True)
class TestStore:
    """A running store. All requests block for some milliseconds."""

    __test__ = False  # no test class, whatever pytest makes of the name
    url: str
    test_url: str
    key: str = field(repr=False, default=KEY)

    def reset(self) -> None:
        """Put the seed back and end all faults."""
        self._post("reset", {})

    def slow(self, method: str, path: str, latency_ms: int) -> None:
        """Answer the next such request late, and no other."""
        fault = {"kind": "latency", "method": method, "path": path, "times": 1, "latency_ms": latency_ms}
        self._post("faults", {"faults": [fault]})

    def changes(self) -> dict[str, Any]:
        """Rows added or changed since `reset`."""
        with urllib.request.urlopen(f"{self.test_url}/_test/changes", timeout=10) as answer:  # noqa: S310
            data: dict[str, Any] = json.load(answer)["data"]
        return data

    def _post(self, name: str, body: dict[str, Any]) -> None:
        request = urllib.request.Request(  # noqa: S310
            f"{self.test_url}/_test/{name}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310
            pass


@contextlib.contextmanager
def running_store(folder: Path) -> Iterator[TestStore]:
    """Start a store whose data and log are under `folder`; ended by pid. Raises `ConfigError`."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "call_center", "store", "--json", "--reset", "--test-port", "0"]
    log_path = folder / "store.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  this program itself
            [*command, "--folder", str(folder / "services")],
            env={**os.environ, "STORE_API_KEY": KEY},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None  # noqa: S101  we asked for a pipe
    try:
        with process.stdout:
            ready, _, _ = select.select([process.stdout], [], [], START_S)
            line = process.stdout.readline() if ready else b""
            if not line:
                words = log_path.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
                raise ConfigError(f"the store did not start: {words[-1][:200]}")
            told = json.loads(line)
            yield TestStore(told["url"], told["test_url"])
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
