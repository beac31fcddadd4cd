"""The parent's end of one synthesiser process: starts it, sends sentences, sorts its frames into jobs.

One job at a time (the pool in `rhvoice` queues fairly). Audio is read as fast as it comes, so a slow listener never holds
the process. A process that dies or hangs ends its job with `ProcessGone`; the owner starts a new one.
Owns its reader task; `close` ends process and task and is safe to call twice.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from call_center.tts.rhvoice_server import HEADER, Kind

START_TIMEOUT_S = 20.0
SOURCE_ROOT = Path(__file__).resolve().parents[2]


class ProcessGone(Exception):
    """The process ended or refused; the sentence may be tried on another."""


class Job:
    """The audio of one sentence as it arrives."""

    def __init__(self, number: int, stop: Callable[[int], None]) -> None:
        self.number = number
        self.rate = 24_000
        self._pieces: asyncio.Queue[bytes | Exception | None] = (
            asyncio.Queue()
        )  # one sentence at most: bounded by the text
        self._stop = stop
        self._open = True

    def put(self, piece: bytes | Exception | None) -> None:
        """Take a piece; None ends the audio, an exception fails it."""
        self._pieces.put_nowait(piece)
        if not isinstance(piece, bytes):
            self._open = False

    async def next(self, timeout_s: float) -> bytes | None:
        """The next piece, None at the end. Raises ProcessGone; TimeoutError after `timeout_s` without a piece."""
        async with asyncio.timeout(timeout_s):
            piece = await self._pieces.get()
        if isinstance(piece, Exception):
            raise piece
        return piece

    def stop(self) -> None:
        """Stop the synthesis; nothing happens when it is finished."""
        if self._open:
            self._stop(self.number)


class SynthesiserProcess:
    """One child process. `on_idle` is called whenever it can take the next job, `on_gone` once when it died."""

    def __init__(
        self,
        home: Path,
        on_idle: Callable[[SynthesiserProcess], None],
        on_gone: Callable[[SynthesiserProcess], None],
    ) -> None:
        self._home = home
        self._on_idle, self._on_gone = on_idle, on_gone
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._job: Job | None = None
        self._last = 0
        self._closing = False

    @property
    def pid(self) -> int | None:
        """Process id while it lives."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start and wait until both voices are loaded. Raises ProcessGone."""
        path = os.pathsep.join(filter(None, (str(SOURCE_ROOT), os.environ.get("PYTHONPATH"))))
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "call_center.tts.rhvoice_server",
            str(self._home),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C must not silence calls that are being drained
        )
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                kind, _, _ = await self._frame(self._process)
        except asyncio.CancelledError:
            await self.close()
            raise
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            await self.close()
            raise ProcessGone("the RHVoice process did not start") from error
        if kind is not Kind.READY:
            await self.close()
            raise ProcessGone("the RHVoice process answered out of turn")
        self._reader = asyncio.create_task(self._read(self._process), name=f"rhvoice-{self._process.pid}")
        self._on_idle(self)

    def begin(self, text: str, voice: str, tempo: float) -> Job:
        """Start synthesising; only after `on_idle`. Raises ProcessGone when the pipe is closed."""
        self._last += 1
        self._job = Job(self._last, self._send_stop)
        self._send({"id": self._last, "text": text, "voice": voice, "tempo": tempo})
        return self._job

    def kill(self) -> None:
        """End a process that hangs; `on_gone` follows."""
        if self._process and self._process.returncode is None:
            self._process.kill()

    async def close(self) -> None:
        """End the process and the reader."""
        self._closing = True
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        self.kill()
        await self._process.wait()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)
        elif self._process.stdout is not None:
            await self._process.stdout.read()  # a pipe that is open when the loop ends outlives it

    def _send(self, request: dict[str, object]) -> None:
        stdin = self._process.stdin if self._process else None
        if stdin is None or stdin.is_closing():
            raise ProcessGone("the RHVoice process is closed")
        stdin.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")

    def _send_stop(self, number: int) -> None:
        try:
            self._send({"stop": number})
        except ProcessGone:
            return  # it stopped in its own way

    @staticmethod
    async def _frame(process: asyncio.subprocess.Process) -> tuple[Kind, int, bytes]:
        stdout = process.stdout
        if stdout is None:  # never: it was started with a pipe
            raise ProcessGone("no pipe")
        kind, number, length = HEADER.unpack(await stdout.readexactly(HEADER.size))
        return Kind(kind), number, await stdout.readexactly(length)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        try:
            while True:
                self._take(*await self._frame(process))
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            if self._job is not None:
                self._job.put(ProcessGone("the RHVoice process ended in the middle of a sentence"))
                self._job = None
            self.kill()  # after garbage on the pipe it still lives
            await process.wait()
            if not self._closing:
                self._on_gone(self)

    def _take(self, kind: Kind, number: int, payload: bytes) -> None:
        job = self._job
        if job is None or job.number != number:
            return
        if kind is Kind.RATE:
            job.rate = struct.unpack("<I", payload)[0]
        elif kind is Kind.AUDIO:
            job.put(payload)
        else:
            job.put(None if kind is Kind.END else ProcessGone(payload.decode(errors="replace")))
            self._job = None
            self._on_idle(self)
