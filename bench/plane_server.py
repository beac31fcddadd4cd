"""The audio plane alone under load: server, pacer, outlet and VAD with a call that answers each utterance by a tone.

No recogniser, no dialogue, no journal: what this costs is what the plane costs, and what is left of the budget is the
session's. `python -m bench.plane_server --port P [--stop-ms 200]` prints `listening P` and serves until killed.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
from pathlib import Path

import numpy as np
import uvloop

from call_center.core.line import AudioHooks, Line
from call_center.core.server import AudioSocketServer
from call_center.core.vad import Vad

TONE_SECONDS = 3


def tone(rate: int, seconds: float = TONE_SECONDS, hertz: float = 440.0) -> bytes:
    """A sine of half amplitude as PCM."""
    at = np.arange(int(rate * seconds)) / rate
    return (16_000 * np.sin(2 * np.pi * hertz * at)).astype("<i2").tobytes()


class ToneCall:
    """Answers with a tone when the caller has been silent for `stop_ms` after speaking."""

    __slots__ = ("_answer", "_clip", "_line", "_silent", "_spoke", "_stop")

    def __init__(self, line: Line, answer: bytes, stop_ms: int) -> None:
        self._line = line
        self._answer = answer
        self._stop = stop_ms * line.rate // 1000
        self._silent = 0
        self._spoke = False
        self._clip = 0

    def on_audio(self, pcm: bytes) -> None:
        """A recogniser would be fed here."""

    def on_voice(self, speech: bool, probability: float, samples: int) -> None:
        """End of turn: `stop_ms` without speech."""
        if speech:
            self._spoke = True
            self._silent = 0
        elif self._spoke:
            self._silent += samples
            if self._silent >= self._stop:
                self._spoke = False
                self._clip += 1
                self._line.outlet.append(self._clip, self._answer)
                self._line.outlet.end(self._clip)

    def on_key(self, digit: str) -> None:
        """Not used."""

    def on_clip_started(self, clip: int, at: float) -> None:
        """Not used."""

    def on_clip_ended(self, clip: int, frames: int, complete: bool) -> None:
        """Not used."""

    def on_idle(self) -> None:
        """Not used."""

    def on_closed(self, reason: str) -> None:
        """Not used."""


async def serve(port: int, stop_ms: int, stalls: Path | None) -> None:
    """Serve until cancelled; pacer lateness in ms, one a line, goes to `stalls` at the end."""
    answers: dict[int, bytes] = {}
    late: list[float] = []

    def call(line: Line) -> ToneCall:
        return ToneCall(line, answers.setdefault(line.rate, tone(line.rate)), stop_ms)

    hooks = AudioHooks(stall=late.append) if stalls else AudioHooks()
    vad = Vad()
    server = AudioSocketServer(admit=lambda _: call, vad=vad, hooks=hooks)
    await server.start("127.0.0.1", port)
    gc.freeze()
    print(f"listening {server.port}", flush=True)
    try:
        while True:
            await asyncio.sleep(10)
            print(f"lines {server.lines} windows {vad.windows} through the model {vad.runs}", flush=True)
            if stalls:
                await asyncio.to_thread(stalls.write_text, "\n".join(f"{1000 * x:.3f}" for x in list(late)))
    finally:
        await server.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--stop-ms", type=int, default=200)
    parser.add_argument(
        "--stalls", type=Path, default=None, help="file for the lateness of the pacer's ticks"
    )
    args = parser.parse_args()
    uvloop.run(serve(args.port, args.stop_ms, args.stalls))


if __name__ == "__main__":
    main()
