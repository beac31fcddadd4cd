"""The demo store as a child process: for the demo, for `serve` without a shop, for tests.

The child ends when its standard input closes, so it cannot outlive a parent that was killed. It runs under the parent's
interpreter; a database URL of "" lets it start its own embedded PostgreSQL.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from demo_store.errors import StartError

START_PATIENCE_S = 60.0  # a first start makes a database, on a loaded machine
STOP_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """Where a running store is. `url` has no base path; `test_url` is "" without a test port."""

    url: str
    key: str
    pid: int
    test_url: str = ""


class StoreProcess:
    """`with StoreProcess(...) as address`. Raises `StartError` with the store's own line."""

    def __init__(
        self,
        *,
        database_url: str = "",
        schema: str = "demo_store",
        now: str | None = None,
        port: int = 0,
        test_port: int | None = None,
        key: str = "",
        folder: Path | None = None,
        reset: bool = False,
    ) -> None:
        self._arguments = ["--json", "--leashed", "--schema", schema, "--port", str(port)]
        if now is not None:
            self._arguments += ["--now", now]
        if test_port is not None:
            self._arguments += ["--test-port", str(test_port)]
        if folder is not None:
            self._arguments += ["--folder", str(folder)]
        if reset:
            self._arguments.append("--reset")
        self._environment = os.environ | {"DATABASE_URL": database_url, "STORE_API_KEY": key}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> StoreAddress:
        """Start the child and wait until it answers."""
        argv: Sequence[str] = [sys.executable, "-m", "demo_store", *self._arguments]
        source = str(Path(__file__).resolve().parents[1])
        path = os.pathsep.join(filter(None, [source, self._environment.get("PYTHONPATH")]))
        process = self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment | {"PYTHONPATH": path},
            start_new_session=True,
        )
        line = self._first_line(process)
        if not line:
            process.kill()
            _, errors = process.communicate()
            self._process = None
            said = errors.decode(errors="replace").strip().splitlines()
            raise StartError(
                said[-1].removeprefix("error: ") if said else "the demo store did not start in time"
            )
        told = json.loads(line)
        return StoreAddress(told["url"], told["key"], told["pid"], told.get("test_url", ""))

    def stop(self) -> None:
        """End the child by its pid. Safe to call twice."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

    def __enter__(self) -> StoreAddress:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @staticmethod
    def _first_line(process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout is not None  # noqa: S101 - narrows: it was asked for above
        deadline = time.monotonic() + START_PATIENCE_S
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    return b""
                part = os.read(process.stdout.fileno(), 4096)
                if not part:
                    return b""
                line += part
        return line
