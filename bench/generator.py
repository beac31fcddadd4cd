"""The PBX side of N calls in real time: speaks, listens, measures; prints one JSON document.

Every caller sends its ticket, `settle` seconds of line noise, and then again and again the clip and `silence` seconds of
noise, one frame each 20 ms on an absolute clock. Callers are spread over one cycle and over the 20 ms, so the load is
flat. How late the generator itself was is measured too: do not trust a run where its p99 is above 10 ms.
`python -m bench.generator --port P --calls N`; `bench.run` starts it pinned to a core of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
import time
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import uvloop
from bench.machine import between, pin, sample
from bench.meter import Ear, Tally
from bench.speech import clip

from call_center.core.codec import KINDS, RATES, Decoder, Frame, Kind, encode_as_pbx

FRAME = 0.020
LOUD = 500  # peak that counts as speech coming back
CONNECT_LIMIT = 10.0


@dataclass(frozen=True, slots=True)
class Script:
    """What every caller does. Frames are encoded; times in seconds."""

    speech: list[bytes]
    quiet: list[bytes]
    quiet_frames: int
    settle_frames: int
    kind: Kind
    begin: float
    end: float
    expected: float


class Caller(asyncio.Protocol):
    """One call."""

    def __init__(self, script: Script, tally: Tally) -> None:
        self._script = script
        self._tally = tally
        self._ear = Ear(tally, script.begin, script.end, script.expected)
        self._decoder = Decoder()
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None  # uvloop's transport is no asyncio.Transport
        self._timer: asyncio.TimerHandle | None = None
        self._at = -script.settle_frames  # in the cycle; negative while settling
        self._due = 0.0
        self._connected = 0.0
        self._waits_first = self._waits_loud = True
        self.alive = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Show a ticket and begin to send."""
        peer = transport.get_extra_info("socket")
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._transport = transport
        self.alive = True
        self._connected = time.monotonic()
        self._transport.write(encode_as_pbx(Frame(Kind.UUID, uuid4().bytes)))
        self._due = self._loop.time()
        self._tick()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it unless we hung up."""
        if self._timer is not None:
            self._timer.cancel()
        if self.alive:
            self.alive = False
            self._tally.lost += 1
            if exc is not None:
                self._tally.note(exc)

    def data_received(self, data: bytes) -> None:
        """Measure every frame."""
        now = time.monotonic()
        for frame in self._decoder.feed(data):
            rate = RATES.get(frame.kind)
            if rate is None:
                self._tally.note(RuntimeError(f"server sent frame kind 0x{frame.kind:02x}"))
                continue
            samples = array("h", frame.payload)[::4]
            loud = max(samples) > LOUD or min(samples) < -LOUD
            if self._waits_first:
                self._waits_first = False
                self._tally.first_frame.append((now - self._connected) * 1000)
            if loud and self._waits_loud:
                self._waits_loud = False
                self._tally.first_audio.append((now - self._connected) * 1000)
            self._ear.frame(now, len(frame.payload) / (2 * rate), loud)

    def _tick(self) -> None:
        if not self.alive or self._transport is None:
            return
        now = self._loop.time()
        if self._ear.counted(now):
            self._tally.lateness_of_generator.append((now - self._due) * 1000)
            self._tally.frames_sent += 1
        script, at = self._script, self._at
        talking = 0 <= at < len(script.speech)
        if at == 0:
            self._ear.speech_begins(time.monotonic())
            self._waits_loud = False  # from here on loud frames are answers
        self._transport.write(script.speech[at] if talking else script.quiet[at % len(script.quiet)])
        if at == len(script.speech) - 1:
            self._ear.speech_ends(time.monotonic())
        self._at = at + 1 if at + 1 < len(script.speech) + script.quiet_frames else 0
        self._due += FRAME
        self._timer = self._loop.call_at(self._due, self._tick)

    def hang_up(self) -> None:
        """The caller is done."""
        self._ear.call_over(time.monotonic())
        if self.alive and self._transport is not None:
            self.alive = False
            self._transport.write(encode_as_pbx(Frame(Kind.HANGUP)))
            self._transport.close()


def _quiet(rate: int, kind: Kind, noise: int) -> list[bytes]:
    """A few frames of uniform line noise of peak `noise`."""
    dice = np.random.default_rng(1)
    return [
        encode_as_pbx(Frame(kind, dice.integers(-noise, noise + 1, rate // 50).astype("<i2").tobytes()))
        for _ in range(16 if noise else 1)
    ]


async def measure(args: argparse.Namespace, voice: str, speech: list[bytes]) -> dict[str, Any]:
    """Run the calls and return the document."""
    kind = KINDS[args.rate]
    cycle = len(speech) * FRAME + args.silence
    ramp = cycle * (args.calls - 1) / args.calls
    idle = sample(args.server_pid) if args.server_pid else None
    begin = time.monotonic() + ramp + args.settle + args.warmup
    script = Script(
        speech=[encode_as_pbx(Frame(kind, frame)) for frame in speech],
        quiet=_quiet(args.rate, kind, args.noise),
        quiet_frames=int(args.silence * 50),
        settle_frames=int(args.settle * 50),
        kind=kind,
        begin=begin,
        end=begin + args.seconds,
        expected=args.expect_ms / 1000,
    )
    tally = Tally()
    callers: list[Caller] = []

    async def ring(number: int) -> None:
        await asyncio.sleep(number * ramp / max(1, args.calls - 1) + number * 0.0071 % FRAME)
        caller = Caller(script, tally)
        try:
            async with asyncio.timeout(CONNECT_LIMIT):
                await asyncio.get_running_loop().create_connection(lambda: caller, args.host, args.port)
            callers.append(caller)
        except OSError as error:
            tally.refused += 1
            tally.note(error)

    async with asyncio.TaskGroup() as ringing:
        for number in range(args.calls):
            ringing.create_task(ring(number))
    await asyncio.sleep(script.begin - time.monotonic())
    first, alive, own = _now(args.server_pid), sum(c.alive for c in callers), time.process_time()
    if args.at_begin:
        await asyncio.to_thread(Path(args.at_begin).touch)
    await asyncio.sleep(script.end - time.monotonic())
    last, own = _now(args.server_pid), time.process_time() - own
    calls = (alive + sum(c.alive for c in callers)) / 2
    for caller in callers:
        caller.hang_up()
    await asyncio.sleep(0.3)
    result = {
        "calls": args.calls,
        "seconds": args.seconds,
        "rate": args.rate,
        "noise_peak": args.noise,
        "stop_ms": args.stop_ms,
        "voice": voice,
        "speech_ms": len(speech) * 20,
        "calls_up": calls,
        **tally.summary(args.stop_ms),
        "generator_cpu_percent": round(100 * own / args.seconds, 1),
    }
    result["failures"]["down"] = args.calls - calls
    if idle and first and last and calls:
        result["server"] = between(idle, first, last, calls)
    return result


def _now(pid: int | None) -> Any:
    return sample(pid) if pid else None


def main() -> None:
    """Read the command line, run, print JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--calls", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=30.0, help="steady window")
    parser.add_argument("--rate", type=int, choices=sorted(KINDS), default=8000)
    parser.add_argument("--silence", type=float, default=5.0)
    parser.add_argument("--settle", type=float, default=1.0, help="silence before the first speech")
    parser.add_argument("--warmup", type=float, default=2.0)
    parser.add_argument("--noise", type=int, default=60, help="peak of the line noise")
    parser.add_argument("--stop-ms", type=float, default=0.0, help="the server's end-of-turn silence")
    parser.add_argument("--expect-ms", type=float, default=0.0, help="length of an answer; 0: any")
    parser.add_argument("--server-pid", type=int, default=None)
    parser.add_argument("--at-begin", default=None, help="file to touch when the steady window begins")
    parser.add_argument("--core", type=int, default=None, help="stay on this core")
    args = parser.parse_args()
    if args.core is not None:
        pin(args.core)
    voice, speech = clip(args.rate)
    json.dump(uvloop.run(measure(args, voice, speech)), sys.stdout)


if __name__ == "__main__":
    main()
