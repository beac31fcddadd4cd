"""A `CallerLeg` on a TCP connection: 20 ms frames on an absolute clock, one writer, everything ends with the call.

Used as an async context manager; inside it the call runs by itself. Waiting is by events of the audio, never by text.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

from call_center.errors import ConfigError
from call_center.testing.caller.leg import FRAME_S, CallerLeg

CONNECT_TIMEOUT_S = 5.0


def parse_address(text: str) -> tuple[str, int]:
    """`HOST:PORT` (IPv6 in brackets). Raises `ConfigError`."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise ConfigError(f"{text!r} is no address; write HOST:PORT, such as 127.0.0.1:9092")
    return host, int(port)


class CallerConnection:
    """One running call."""

    def __init__(self, host: str, port: int, leg: CallerLeg) -> None:
        self._host, self._port = host, port
        self.leg = leg
        self.frames_late = 0
        """Frames that left more than one frame time after their moment: the machine was too busy to be a telephone."""
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Connect and start to send. Raises `ConfigError`."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                reader, self._writer = await asyncio.open_connection(self._host, self._port)
        except (OSError, TimeoutError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "no answer"
            raise ConfigError(
                f"No AudioSocket server at {self._host}:{self._port} ({reason}); start it or give another address"
            ) from error
        self._writer.write(self.leg.hello(self.now()))
        self._tasks = [
            asyncio.create_task(self._listen(reader), name="caller-listen"),
            asyncio.create_task(self._talk(self._writer), name="caller-talk"),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up if nobody has, and release everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._writer is None:
            return
        with contextlib.suppress(OSError):
            if self.leg.ended is None:
                self._writer.write(self.leg.goodbye())
            self._writer.close()
            await self._writer.wait_closed()

    async def wait(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Wait for a condition of the leg, looked at with every frame; False when it did not come or the call ended."""
        deadline = self.now() + timeout_s
        while not condition():
            if self.leg.ended is not None or self.now() >= deadline:
                return False
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, deadline - self.now())):
                    await self._changed.wait()
        return True

    async def agent_finished(self, quiet_s: float, timeout_s: float) -> bool:
        """Wait until the agent was heard and has been quiet for `quiet_s`."""
        return await self.wait(lambda: self.leg.ear.turn_over(self.now(), quiet_s), timeout_s)

    async def say(self, pcm: bytes, text: str = "") -> None:
        """Speak and wait until the last frame is sent."""
        self.leg.say(pcm, text)
        await self.wait(lambda: not self.leg.speaking, 60.0)

    def now(self) -> float:
        """The clock of the call, seconds."""
        return asyncio.get_running_loop().time()

    async def _talk(self, writer: asyncio.StreamWriter) -> None:
        began, frame = self.now(), 0
        while self.leg.ended is None:
            due = began + frame * FRAME_S
            now = self.now()
            if now < due:
                await asyncio.sleep(due - now)
            elif now - due > FRAME_S:
                self.frames_late += 1
            try:
                writer.write(self.leg.tick(self.now()))
                await writer.drain()
            except OSError:
                self.leg.end("closed")
            frame += 1
            self._changed.set()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while data := await reader.read(4096):
                self.leg.received(data, self.now())
        except OSError:
            pass  # a reset is an end like any other
        self.leg.end("closed")
        self._changed.set()
