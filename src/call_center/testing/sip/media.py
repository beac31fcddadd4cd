"""The sound of a test telephone: one UDP socket, a frame out every 20 ms, everything that comes in remembered.

The sender runs on an absolute clock from answer to end; it sends queued keys first, then queued speech, else silence.
All times are monotonic seconds.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections import deque
from collections.abc import Callable

import numpy as np

from call_center.testing.sip import rtp
from call_center.testing.sip.g711 import FRAME, Codec, Pcm, decode
from call_center.testing.sip.heard import Heard

HOST = "127.0.0.1"
TICK = 0.02
KEY_PAUSE = 0.1
RECEIVE_BYTES = 1 << 20

Address = tuple[str, int]


class Udp(asyncio.DatagramProtocol):
    """Hands datagrams on with their arrival time."""

    def __init__(self, receive: Callable[[bytes, Address, float], None]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Stamp and pass on."""
        self._receive(data, addr, time.monotonic())


class Media:
    """Sends and receives the RTP of one call after another."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.heard = Heard()
        self.remote: Address | None = None
        self.port = 0
        self.deaf = False
        self.first_rtp: float | None = None  # of the present call
        self._stream = rtp.Stream(codec)
        self._frames: deque[Pcm] = deque()
        self._keys: deque[bytes] = deque()
        self._drained = asyncio.Event()
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        """Bind a free port."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: Udp(self._receive), local_addr=(HOST, 0)
        )
        bound: socket.socket = self._transport.get_extra_info("socket")
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self.port = bound.getsockname()[1]

    def begin(self) -> None:
        """Forget the call before; `heard` goes on."""
        self._stream, self.remote, self.first_rtp = rtp.Stream(self.codec), None, None
        self.be_quiet()

    async def run(self) -> None:
        """Send one packet every 20 ms until `end` or the next call."""
        stream, silence = self._stream, np.zeros(FRAME, np.int16)
        due = time.monotonic()
        while self._stream is stream and self.remote is not None and self._transport is not None:
            if self._keys:
                packet = self._keys.popleft()
            else:
                packet = stream.audio(self._frames.popleft() if self._frames else silence)
            if not self._keys and not self._frames:
                self._drained.set()
            self._transport.sendto(packet, self.remote)
            due += TICK
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def play(self, pcm: Pcm) -> None:
        """Queue speech and return at once."""
        padded = np.concatenate([pcm, np.zeros(-len(pcm) % FRAME, np.int16)])
        self._frames.extend(padded.reshape(-1, FRAME))
        self._drained.clear()

    async def say(self, pcm: Pcm) -> tuple[float, float]:
        """Speak and return when the last frame has left: start and end."""
        start = time.monotonic()
        self.play(pcm)
        await self._drained.wait()
        return start, time.monotonic()

    async def press(self, keys: str) -> None:
        """Press one key after another."""
        for key in keys:
            self._keys.extend(self._stream.key(key))
            self._drained.clear()
            await self._drained.wait()
            await asyncio.sleep(KEY_PAUSE)

    def be_quiet(self) -> None:
        """Drop what is queued."""
        self._frames.clear()
        self._keys.clear()

    def end(self) -> None:
        """The call is over: nobody waits for queued speech any more."""
        self.be_quiet()
        self.remote = None
        self._drained.set()

    async def wait_sound(self, timeout: float = 10.0, after: float | None = None) -> float:  # noqa: ASYNC109
        """Arrival of the first sound after `after` (default: now). Raises TimeoutError."""
        since = time.monotonic() if after is None else after
        async with asyncio.timeout(timeout):
            while (found := self.heard.first_sound(since)) is None:  # noqa: ASYNC110 (looks once a frame)
                await asyncio.sleep(TICK)
        return found

    async def wait_quiet(self, seconds: float = 0.8, timeout: float = 30.0) -> float:  # noqa: ASYNC109
        """Time of the last sound, once nothing was heard for `seconds`. Raises TimeoutError."""
        began = time.monotonic()
        async with asyncio.timeout(timeout):
            while time.monotonic() - max(self.heard.last_sound() or 0.0, began) < seconds:  # noqa: ASYNC110
                await asyncio.sleep(TICK)
        return self.heard.last_sound() or began

    def close(self) -> None:
        """Release the socket."""
        if self._transport is not None:
            self._transport.close()

    def _receive(self, data: bytes, _peer: Address, now: float) -> None:
        packet = rtp.parse(data)
        if packet is None or self.deaf or packet.payload_type not in set(Codec):
            return
        self.first_rtp = self.first_rtp or now
        self.heard.add(now, packet.ssrc, packet.sequence, decode(packet.payload, Codec(packet.payload_type)))
