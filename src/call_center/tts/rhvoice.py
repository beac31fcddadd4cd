"""RHVoice as an engine: a small pool of synthesiser processes, first come first served.

`synthesise` streams PCM (s16 mono) at the rate asked for, the first piece after a few ms. Closing the iterator stops the
work in the process. A process that dies is replaced; the sentence it was speaking is taken up by another at the sample where
it broke off (RHVoice is deterministic), so the listener hears no more than a pause. VoiceError when that fails too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Protocol

import structlog

from call_center.errors import VoiceError
from call_center.tts.install import VOICES, ensure_voice
from call_center.tts.resample import Resampler
from call_center.tts.synthesiser_process import Job, ProcessGone, SynthesiserProcess

MAX_CHARACTERS = 2_000  # about two minutes of speech; the floor speaks sentence by sentence
PIECE_TIMEOUT_S = 3.0  # a piece takes 4 ms; a process that needs this long hangs
WAIT_TIMEOUT_S = 4.0  # for a free process
ATTEMPTS = 3  # of one sentence: a process may be found dead only when it is used
RESTART_PAUSES_S = (0.0, 0.5, 1.0, 2.0, 5.0)

log = structlog.get_logger(__name__)


class Engine(Protocol):
    """A synthesiser of spoken-form text."""

    @property
    def name(self) -> str:
        """Short name for logs and metrics."""

    def synthesise(
        self, text: str, voice: str = "natalia", rate: int = 8_000, tempo: float = 1.0
    ) -> AsyncGenerator[bytes, None]:
        """Stream PCM of `text`; raises VoiceError."""

    async def close(self) -> None:
        """Release everything."""


class RHVoiceEngine:
    """Pool of RHVoice processes; they start with the first sentence or `start`, in the loop that uses them."""

    name = "rhvoice"

    def __init__(self, home: Path | None = None, processes: int = 2) -> None:
        self._home = home
        self._size = processes
        self._pool: set[SynthesiserProcess] = set()
        self._idle: asyncio.Queue[SynthesiserProcess] = asyncio.Queue()
        self._starting: asyncio.Task[None] | None = None
        self._restarts: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """Process ids of the living synthesisers."""
        return [process.pid for process in self._pool if process.pid]

    async def start(self) -> None:
        """Fetch the voice if needed and start the processes. Raises ConfigError, VoiceError."""
        if self._starting is None:
            self._starting = asyncio.create_task(self._start(), name="rhvoice-start")
        await asyncio.shield(self._starting)

    async def _start(self) -> None:
        self._home = self._home or await asyncio.to_thread(ensure_voice)
        try:
            await asyncio.gather(*(self._spawn() for _ in range(self._size)))
        except (ProcessGone, OSError) as error:
            raise VoiceError(
                f"RHVoice does not start from {self._home}: delete the folder and run again"
            ) from error

    async def _spawn(self) -> None:
        if self._home is None:
            raise VoiceError("RHVoice was not fetched")
        process = SynthesiserProcess(self._home, self._idle.put_nowait, self._on_gone)
        await process.start()
        self._pool.add(process)

    def _on_gone(self, process: SynthesiserProcess) -> None:
        self._pool.discard(process)
        log.warning("synthesiser_died", engine=self.name)
        if not self._closed:
            task = asyncio.create_task(self._restart(), name="rhvoice-restart")
            self._restarts.add(task)
            task.add_done_callback(self._restarts.discard)

    async def _restart(self) -> None:
        for pause in RESTART_PAUSES_S:
            await asyncio.sleep(pause)
            try:
                await self._spawn()
            except (ProcessGone, OSError) as error:
                log.error("synthesiser_restart_failed", engine=self.name, reason=str(error))
            else:
                return

    async def synthesise(
        self, text: str, voice: str = "natalia", rate: int = 8_000, tempo: float = 1.0
    ) -> AsyncGenerator[bytes, None]:
        """Stream PCM of `text` (spoken form) at `rate` Hz; `tempo` 1.0 is the voice's own speed."""
        if voice not in VOICES:
            raise VoiceError(f"RHVoice has no voice {voice!r}: use one of {', '.join(VOICES)}")
        if len(text) > MAX_CHARACTERS:
            raise VoiceError(
                f"a text of {len(text)} characters is too long to speak: at most {MAX_CHARACTERS}"
            )
        await self.start()
        resampler: Resampler | None = None
        sent = 0
        for _ in range(ATTEMPTS):
            process, job = await self._begin(text, voice, tempo)
            skip = sent
            try:
                while (piece := await job.next(PIECE_TIMEOUT_S)) is not None:
                    fresh, skip = piece[skip:], max(0, skip - len(piece))
                    sent += len(fresh)
                    resampler = resampler or Resampler(job.rate, rate)
                    if out := resampler.feed(fresh):
                        yield out
                if resampler and (out := resampler.finish()):
                    yield out
                return
            except TimeoutError:
                process.kill()
            except ProcessGone:
                continue
            finally:
                job.stop()
        raise VoiceError("RHVoice failed on one sentence several times: see the log of the synthesiser")

    async def _begin(self, text: str, voice: str, tempo: float) -> tuple[SynthesiserProcess, Job]:
        try:
            async with asyncio.timeout(WAIT_TIMEOUT_S):
                while True:
                    process = await self._idle.get()
                    if process.pid is None:
                        continue  # died while idle; its replacement comes by itself
                    try:
                        return process, process.begin(text, voice, tempo)
                    except ProcessGone:
                        continue
        except TimeoutError as error:
            raise VoiceError(f"no RHVoice process was free within {WAIT_TIMEOUT_S} s") from error

    async def close(self) -> None:
        """End every process."""
        self._closed = True
        tasks = [*self._restarts, *([self._starting] if self._starting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(process.close() for process in self._pool))
        self._pool.clear()


async def _render_all(texts: list[str], voice: str, rate: int) -> list[bytes]:
    engine = RHVoiceEngine(processes=1)
    try:
        return [b"".join([piece async for piece in engine.synthesise(text, voice, rate)]) for text in texts]
    finally:
        await engine.close()


def render(texts: list[str], voice: str = "natalia", rate: int = 8_000) -> list[bytes]:
    """PCM of each of `texts`, blocking; for tools and tests, outside an event loop."""
    return asyncio.run(_render_all(texts, voice, rate))
