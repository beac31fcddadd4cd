"""Starts server processes that cannot outlive us.

Linux sends a child's parent-death signal when the *thread* that forked it ends, so every child is forked by one
thread that lives as long as this process: a kill -9 of this process then stops its servers too. Children get their
own session (Ctrl-C in a terminal is ours to handle), a minimal environment and no inherited descriptor.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO


class _Spawner:
    """The one forking thread of a process; made anew after a fork, where threads do not survive."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._jobs: queue.SimpleQueue[tuple[Callable[[], object], queue.SimpleQueue[object]]] = (
            queue.SimpleQueue()
        )
        threading.Thread(target=self._run, name="embedded-services-spawner", daemon=True).start()

    def _run(self) -> None:
        while True:
            job, answer = self._jobs.get()
            try:
                answer.put(job())
            except BaseException as error:  # handed to the caller, who raises it
                answer.put(error)

    def popen(self, argv: list[str], *, stdin: bytes | None, log: IO[bytes]) -> subprocess.Popen[bytes]:
        def job() -> subprocess.Popen[bytes]:
            return subprocess.Popen(  # noqa: S603 - argv is ours, no shell
                argv,
                stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=child_environment(),
                start_new_session=True,
            )

        answer: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._jobs.put((job, answer))
        result = answer.get()
        if isinstance(result, BaseException):
            raise result
        assert isinstance(result, subprocess.Popen)  # noqa: S101 - narrows the queue's type
        if stdin is not None and result.stdin is not None:
            result.stdin.write(stdin)
            result.stdin.close()
        return result


_lock = threading.Lock()
_spawner: _Spawner | None = None


def child_environment() -> dict[str, str]:
    """What a server may know of our environment: a path and a UTF-8 locale, no secret."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}


def spawn(argv: list[str], *, log_file: Path, stdin: bytes | None = None) -> subprocess.Popen[bytes]:
    """Start `argv`, output appended to `log_file`, from the thread that lives as long as this process."""
    global _spawner  # noqa: PLW0603 - one per process by nature
    with _lock:
        if _spawner is None or _spawner.pid != os.getpid():
            _spawner = _Spawner()
        spawner = _spawner
    with log_file.open("ab") as log:
        return spawner.popen(argv, stdin=stdin, log=log)


def stop(process: subprocess.Popen[bytes], first: signal.Signals, *, patience_s: float = 8.0) -> None:
    """Ask a child to end with signal `first`; after `patience_s` seconds kill it. Returns when it is gone."""
    if process.poll() is None:
        process.send_signal(first)
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(patience_s)
