"""espeak-ng, the last resort: hardly understood on a telephone, but the call is not silent.

One short-lived process a sentence (GPL-3: never loaded into ours). The program is the system's, else one unpacked from Debian
packages into the project's cache at the first use. Closing the iterator kills the process.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

from call_center.errors import ConfigError, VoiceError
from call_center.tts.install import ensure_espeak
from call_center.tts.resample import Resampler

RATE = 22_050  # what espeak-ng speaks at
WORDS_PER_MINUTE = 150
WAV_HEADER = 44  # bytes before the samples on stdout
PIECE = 8_820  # bytes, 200 ms
TIMEOUT_S = 5.0


class EspeakEngine:
    """The espeak-ng program with its Ukrainian voice; `voice` of the caller is ignored, there is one."""

    name = "espeak-ng"

    def __init__(self, program: Path | None = None) -> None:
        self._program = program
        self._environment: dict[str, str] = dict(os.environ)

    def _find(self) -> Path:
        found = shutil.which("espeak-ng")
        if found:
            return Path(found)
        root = ensure_espeak()
        libraries = dict.fromkeys(
            str(path.parent) for path in sorted(root.rglob("*.so.*")) if "espeak" in path.name
        )
        libraries |= dict.fromkeys(str(path.parent) for path in sorted(root.rglob("libpulsecommon*.so")))
        tables = next(iter(sorted(root.rglob("phontab"))), root / "espeak-ng-data" / "phontab")
        self._environment |= {
            "LD_LIBRARY_PATH": os.pathsep.join(libraries),
            "ESPEAK_DATA_PATH": str(tables.parent.parent),
        }
        return root / "usr/bin/espeak-ng"

    async def start(self) -> None:
        """Find or fetch the program. Raises VoiceError."""
        if self._program is None:
            try:
                self._program = await asyncio.to_thread(self._find)
            except ConfigError as error:
                raise VoiceError(f"no espeak-ng either: {error}") from error

    async def synthesise(
        self, text: str, voice: str = "uk", rate: int = 8_000, tempo: float = 1.0
    ) -> AsyncGenerator[bytes, None]:
        """Stream PCM of `text` at `rate` Hz."""
        await self.start()
        speed = str(round(WORDS_PER_MINUTE * tempo))
        try:
            process = await asyncio.create_subprocess_exec(
                str(self._program), "-v", "uk", "-s", speed, "--stdin", "--stdout",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                env=self._environment,
            )  # fmt: skip
        except OSError as error:
            raise VoiceError(
                f"espeak-ng does not start ({error}): install it with the system's package manager"
            ) from error
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._give(process, text)
                header = await process.stdout.readexactly(WAV_HEADER) if process.stdout else b""
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
            await self._end(process)
            raise VoiceError(
                "espeak-ng gave no sound: install it with the system's package manager"
            ) from error
        resampler, rest = Resampler(int.from_bytes(header[24:28], "little") or RATE, rate), b""
        try:
            while process.stdout and (piece := await process.stdout.read(PIECE)):
                rest += piece
                even = len(rest) // 2 * 2
                if out := resampler.feed(rest[:even]):
                    yield out
                rest = rest[even:]
            if out := resampler.finish():
                yield out
        finally:
            await self._end(process)

    @staticmethod
    async def _give(process: asyncio.subprocess.Process, text: str) -> None:
        if process.stdin:
            process.stdin.write(text.encode() + b"\n")
            await process.stdin.drain()
            process.stdin.close()

    @staticmethod
    async def _end(process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            process.kill()
        await process.wait()

    async def close(self) -> None:
        """Nothing is kept between sentences."""
