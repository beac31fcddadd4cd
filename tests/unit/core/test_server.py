"""The AudioSocket server over a transport in memory and in virtual time: who gets in and what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import uuid4

import pytest

from call_center.core.codec import HANG_UP, Frame, Kind, encode_as_pbx
from call_center.core.line import Line
from call_center.testing.memory_wire import (
    AUDIO,
    HELLO,
    MemoryServer,
    RecordingCall,
)
from call_center.testing.virtual_loop import run_virtual

pytestmark = pytest.mark.unit

SPEECH = b"\x11\x11" * 160


def run[T](main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a test's coroutine function in virtual time."""
    return run_virtual(main())


def test_first_frame_leaves_with_the_ticket() -> None:
    """Before any audio came, the peer has its first frame in the same turn as its UUID."""

    async def main() -> list[Frame]:
        wire = MemoryServer().dial(HELLO)
        return wire.frames()

    assert run(main) == [Frame(Kind.SLIN8, bytes(320))]


def test_line_talks_fifty_frames_a_second_whatever_the_caller_does() -> None:
    """One write a tick, each a whole frame, although the caller is silent."""

    async def main() -> list[bytes]:
        wire = MemoryServer().dial(HELLO)
        await asyncio.sleep(1.0005)
        return wire.writes

    writes = run(main)
    assert len(writes) == 51
    assert {len(data) for data in writes} == {323}


def test_audio_reaches_the_call_and_the_detector() -> None:
    """Each inbound frame is given to the call and judged."""

    async def main() -> RecordingCall:
        house = MemoryServer()
        house.dial(HELLO + AUDIO, AUDIO)
        return house.calls[0]

    call = run(main)
    assert call.heard == b"\x05\x00" * 320
    assert call.told == [("voice", True), ("voice", True)]


def test_rate_is_that_of_the_first_audio_frame() -> None:
    """A wideband caller gets a 16 kHz line and is answered in its own kind."""

    async def main() -> tuple[int, int, list[Frame]]:
        house = MemoryServer()
        wire = house.dial(HELLO, encode_as_pbx(Frame(Kind.SLIN16, bytes(640))))
        await asyncio.sleep(0.1)
        return house.calls[0].line.rate, house.ears.opened[0][0], wire.frames()

    rate, judged, frames = run(main)
    assert (rate, judged) == (16_000, 16_000)
    assert {(frame.kind, len(frame.payload)) for frame in frames[1:]} == {(Kind.SLIN16, 640)}


def test_silent_phone_gets_its_call_at_8_khz() -> None:
    """A caller whose phone sends nothing is greeted all the same."""

    async def main() -> list[int]:
        house = MemoryServer()
        house.dial(HELLO)
        await asyncio.sleep(0.15)
        return [call.line.rate for call in house.calls]

    assert run(main) == [8000]


def test_frames_of_another_rate_are_converted() -> None:
    """Audio that changes its kind in the middle of a call still arrives at the line's rate."""

    async def main() -> int:
        house = MemoryServer()
        wire = house.dial(HELLO, AUDIO)
        for _ in range(50):
            wire.protocol.data_received(encode_as_pbx(Frame(Kind.SLIN16, bytes(640))))
        return len(house.calls[0].heard)

    assert run(main) == pytest.approx(320 * 51, rel=0.05)


def test_speech_is_heard_and_accounted() -> None:
    """What the call appends goes out from the next tick, and it is told when it began, ended and ran out."""

    async def main() -> tuple[RecordingCall, list[Frame]]:
        house = MemoryServer()
        wire = house.dial(HELLO + AUDIO)
        call = house.calls[0]
        call.told.clear()
        call.line.outlet.append(1, SPEECH * 3)
        call.line.outlet.end(1)
        await asyncio.sleep(0.2)
        return call, wire.frames()

    call, frames = run(main)
    assert [frame.payload for frame in frames].count(SPEECH) == 3
    assert call.told == [("started", 1), ("ended", 1, 3, True), "idle"]


def test_greeting_ready_at_once_is_the_first_frame() -> None:
    """A call that appends in its factory is heard in the frame that answers the ticket."""

    class Ready(RecordingCall):
        def __init__(self, line: Line) -> None:
            super().__init__(line)
            line.outlet.append(1, SPEECH)

    async def main() -> list[Frame]:
        return MemoryServer(Ready).dial(HELLO + AUDIO).frames()

    assert run(main) == [Frame(Kind.SLIN8, SPEECH)]


@pytest.mark.parametrize("key", list("0123456789*#ABCD"))
def test_key_reaches_the_call(key: str) -> None:
    """Every DTMF key is an event."""

    async def main() -> list[Any]:
        house = MemoryServer()
        house.dial(HELLO, encode_as_pbx(Frame(Kind.DTMF, key.encode())))
        return house.calls[0].told

    assert run(main) == [("key", key)]


def test_unknown_ticket_gets_the_hang_up_frame_only() -> None:
    """0x00 sends the call back to the dialplan with SUCCESS."""

    async def main() -> tuple[list[bytes], bool, list[str]]:
        house = MemoryServer()
        wire = house.dial(encode_as_pbx(Frame(Kind.UUID, uuid4().bytes)))
        await asyncio.sleep(0.01)
        return wire.writes, wire.closed, house.reasons

    assert run(main) == ([HANG_UP], True, ["unknown_ticket"])


@pytest.mark.parametrize(
    "first",
    [
        AUDIO,
        encode_as_pbx(Frame(Kind.UUID, bytes(15))),
        encode_as_pbx(Frame(Kind.UUID, b"")),
        encode_as_pbx(Frame(0x47, b"ET / HTTP/1.1")),
        encode_as_pbx(Frame(Kind.HANGUP)),
    ],
)
def test_anything_before_the_ticket_closes_at_once(first: bytes) -> None:
    """A peer that does not begin with a UUID hears nothing."""

    async def main() -> tuple[list[bytes], bool, list[str]]:
        house = MemoryServer()
        wire = house.dial(first)
        await asyncio.sleep(0.01)
        return wire.writes, wire.closed, house.reasons

    assert run(main) == ([], True, ["protocol_error"])


def test_silent_connection_is_closed_after_five_seconds() -> None:
    """Not before, and nothing of it is left."""

    async def main() -> tuple[bool, bool, list[str], int]:
        house = MemoryServer()
        wire = house.dial()
        await asyncio.sleep(4.9)
        before = wire.closed
        await asyncio.sleep(0.2)
        return before, wire.closed, house.reasons, house.server.waiting

    assert run(main) == (False, True, ["no_ticket"], 0)


def test_thousand_silent_connections_neither_hurt_a_call_nor_stay() -> None:
    """The flood evicts its own oldest; a call gets in and talks on; after five seconds nothing is left."""

    async def main() -> tuple[int, int, list[str], int]:
        house = MemoryServer(max_waiting=64)
        flood = [house.dial() for _ in range(500)]
        wire = house.dial(HELLO + AUDIO)
        flood += [house.dial() for _ in range(500)]
        most = house.server.waiting
        await asyncio.sleep(6.0005)
        assert all(other.closed for other in flood)
        return most, house.server.waiting, house.reasons, len(wire.writes)

    most, left, reasons, frames = run(main)
    assert (most, left, frames) == (64, 0, 301)
    assert sorted(set(reasons)) == ["evicted", "no_ticket"]
