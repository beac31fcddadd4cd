"""The AudioSocket server on real sockets and uvloop: a flood of silent peers, and a call in the middle of it."""

from __future__ import annotations

import asyncio
import os
import resource
from uuid import uuid4

import pytest
import uvloop

from call_center.core.codec import Decoder, Frame, Kind, encode_as_pbx
from call_center.core.server import AudioSocketServer
from call_center.core.vad import Vad
from call_center.testing.memory_wire import RecordingCall

pytestmark = pytest.mark.integration

FLOOD = 1000
HELLO_TIMEOUT = 2.0
FRAMES = 100  # two seconds of the call


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


async def _listen(reader: asyncio.StreamReader, frames: int) -> list[Frame]:
    decoder, heard = Decoder(), list[Frame]()
    while len(heard) < frames:
        heard += decoder.feed(await reader.read(4096))
    return heard


def test_thousand_silent_connections_leave_nothing_and_the_call_talks_on() -> None:
    """A flood holds at most `max_waiting` sockets; the call before and the one during it are served; all are closed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))

    async def main() -> None:
        server = AudioSocketServer(
            admit=lambda _: RecordingCall, vad=Vad(), hello_timeout=HELLO_TIMEOUT, max_waiting=100
        )
        await server.start()
        baseline = _descriptors()

        async def ring() -> list[Frame]:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(encode_as_pbx(Frame(Kind.UUID, uuid4().bytes)))
            heard = await _listen(reader, FRAMES)
            writer.close()
            await writer.wait_closed()
            return heard

        before = asyncio.create_task(ring())
        flood = await asyncio.gather(
            *(asyncio.open_connection("127.0.0.1", server.port) for _ in range(FLOOD))
        )
        during = asyncio.create_task(ring())
        assert server.waiting <= 101  # the newest call may be on its way in
        for heard in await asyncio.gather(before, during):
            assert {(frame.kind, frame.fault) for frame in heard} == {(Kind.SLIN8, None)}
        # A peer that was let go reads end of file or a reset; one that was kept would hang here.
        async with asyncio.timeout(HELLO_TIMEOUT + 5):
            await asyncio.gather(*(reader.read() for reader, _ in flood), return_exceptions=True)
        assert server.waiting == 0
        for _, writer in flood:
            writer.transport.abort()
        for _ in range(500):  # the loop closes them at its own pace
            if _descriptors() <= baseline:
                break
            await asyncio.sleep(0.01)
        assert _descriptors() <= baseline
        await server.close()

    try:
        uvloop.run(main())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
