"""The AudioSocket server of one worker: accepts, limits who has no ticket, and owns every connection.

A peer has `hello_timeout` seconds to show a UUID that `admit` knows. At most `max_waiting` peers may be without one;
when there are more, the oldest of them goes (a PBX shows its ticket 5 ms after connecting, so a flood of silent
connections evicts only its own). Calls are limited by `admit`, not here.
"""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import Callable

from call_center.core.connection import Connection
from call_center.core.line import Admit, AudioHooks, Closed, CloseReason
from call_center.core.pacer import Pacer
from call_center.core.vad import VoiceDetector
from call_center.errors import ConfigError

__all__ = ["AudioHooks", "AudioSocketServer", "Closed"]

HELLO_TIMEOUT = 5.0  # seconds
MAX_WAITING = 256
BACKLOG = 1024


class AudioSocketServer:
    """`start`, hand out calls by `admit`, `stop_accepting` to drain, `close`."""

    def __init__(
        self,
        *,
        admit: Admit,
        vad: VoiceDetector,
        hooks: AudioHooks | None = None,
        hello_timeout: float = HELLO_TIMEOUT,
        max_waiting: int = MAX_WAITING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.admit = admit
        self.detector = vad
        self.hooks = hooks or AudioHooks()
        self.hello_timeout = hello_timeout
        self.clock = clock
        self.pacer = Pacer(clock=clock, stall=self.hooks.stall)
        self._max_waiting = max_waiting
        self._waiting: dict[Connection, None] = {}
        self._lines: dict[Connection, None] = {}
        self._listener: asyncio.Server | None = None
        self._silent = asyncio.Event()
        self._silent.set()

    @property
    def port(self) -> int:
        """The TCP port it listens on."""
        if self._listener is None or not self._listener.sockets:
            raise ConfigError("the AudioSocket server is not listening: call start() first")
        return int(self._listener.sockets[0].getsockname()[1])

    @property
    def lines(self) -> int:
        """Calls that are up."""
        return len(self._lines)

    @property
    def waiting(self) -> int:
        """Connections that have shown no ticket yet."""
        return len(self._waiting)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one. Raises `ConfigError` when the address cannot be used."""
        loop = asyncio.get_running_loop()
        try:
            self._listener = await loop.create_server(self.connection, host, port, backlog=BACKLOG)
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"
            raise ConfigError(
                f"AudioSocket address {host}:{port} {why}: free it or choose another port"
            ) from error

    def connection(self) -> Connection:
        """The protocol of a new connection; for event loops and tests."""
        return Connection(self)

    async def wait_silent(self) -> None:
        """Return as soon as no call is up."""
        await self._silent.wait()

    def stop_accepting(self) -> None:
        """Refuse new connections from now on; calls go on."""
        if self._listener is not None:
            self._listener.close()

    async def close(self) -> None:
        """Stop accepting and end every connection."""
        self.stop_accepting()
        for connection in [*self._waiting, *self._lines]:
            connection.close(CloseReason.SHUTDOWN)
        await asyncio.sleep(0)  # the calls are told in the next turn of the loop
        self._listener = None

    # -- connections report here ----------------------------------------------------------------------------

    def joined(self, connection: Connection) -> None:
        """A peer without ticket; evicts the oldest when there are too many."""
        self._waiting[connection] = None
        if len(self._waiting) > self._max_waiting:
            next(iter(self._waiting)).close(CloseReason.EVICTED)

    def admitted(self, connection: Connection) -> None:
        """A peer became a line."""
        self._waiting.pop(connection, None)
        self._lines[connection] = None
        self._silent.clear()

    def left(self, connection: Connection) -> None:
        """A connection is over."""
        self._waiting.pop(connection, None)
        self._lines.pop(connection, None)
        if not self._lines:
            self._silent.set()
