"""Child processes of the supervisor: started, watched, restarted with back-off, ended by pid.

A child that ends by itself is started again after `rest_s` (0.1 s), doubling to 5 s while it keeps dying within 10 s. Every
child gets SIGTERM from the kernel when the supervisor dies (Linux parent-death signal), so nothing outlives it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from call_center.logging import get_logger

log = get_logger(__name__)
_PR_SET_PDEATHSIG = 1
_QUICK_S = 10.0
_LONGEST_REST_S = 5.0


AUDIO: Final = frozenset({"worker", "recogniser"})
BACKGROUND: Final = 10
"""Niceness of the others. API and demo store may wait a few milliseconds for a core; a frame is due every twenty."""


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent dies (prctl(2)); runs between fork and exec."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def prepare(kind: str) -> None:
    """What a child does between fork and exec: end with its parent, and let audio go first when it carries none."""
    die_with_parent()
    if kind not in AUDIO:
        os.nice(BACKGROUND)


class Child:
    """One supervised process. `why` of the next restart is set by whoever kills it on purpose."""

    def __init__(
        self,
        kind: str,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        on_restart: Callable[[str, str], None] = lambda kind, why: None,
        on_exit: Callable[[int], None] = lambda pid: None,
        *,
        rest_s: float = 0.1,
    ) -> None:
        self.kind, self._argv, self._env = kind, list(argv), dict(env or os.environ)
        self._on_restart, self._on_exit = on_restart, on_exit
        self._rest_s = rest_s
        self._process: asyncio.subprocess.Process | None = None
        self._retired = asyncio.Event()
        self.why = ""

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def run(self) -> None:
        """Keep the child running until `stop`."""
        loop = asyncio.get_running_loop()
        delay = self._rest_s
        while not self._retired.is_set():
            started = loop.time()
            self._process = await asyncio.create_subprocess_exec(
                *self._argv,
                env=self._env,
                preexec_fn=partial(prepare, self.kind),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sys.stderr.fileno(),  # our own stdout is for the line that says "ready"
            )
            pid = self._process.pid
            code = await self._process.wait()
            self._on_exit(pid)
            if self._retired.is_set():
                return
            why, self.why = self.why or f"exit {code}", ""
            log.error("child ended, restarting", kind=self.kind, why=why, pid=pid)
            self._on_restart(self.kind, why)
            quick = loop.time() - started <= _QUICK_S
            delay = min(delay * 2, _LONGEST_REST_S) if quick else self._rest_s
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._retired.wait()

    def retire(self) -> None:
        """Let it run, but do not start it again."""
        self._retired.set()

    def kill(self, why: str) -> None:
        """SIGKILL now; `run` starts it again."""
        self.why = why
        if pid := self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def stop(self, seconds: float) -> None:
        """SIGTERM, then SIGKILL after `seconds`."""
        self.retire()
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(seconds):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
