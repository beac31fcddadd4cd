"""How AudioSocket connections end: every way has its reason, is told once and releases everything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from call_center.core.codec import Decoder, Frame, Kind, encode_as_pbx
from call_center.core.connection import STALLED_FRAMES
from call_center.errors import ConfigError
from call_center.testing.memory_wire import (
    AUDIO,
    HELLO,
    FailingCall,
    MemoryServer,
)
from call_center.testing.virtual_loop import run_virtual

pytestmark = pytest.mark.unit

SPEECH = b"\x11\x11" * 160


def run[T](main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a test's coroutine function in virtual time."""
    return run_virtual(main())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (encode_as_pbx(Frame(Kind.HANGUP)), "peer_hangup"),
        (encode_as_pbx(Frame(Kind.ERROR, b"\x01")), "peer_error"),
        (HELLO, "protocol_error"),
    ],
)
def test_peer_ends_the_call_by_a_frame(data: bytes, reason: str) -> None:
    """The call is told once, with the reason; no more frames are written."""

    async def main() -> tuple[list[Any], int]:
        house = MemoryServer()
        wire = house.dial(HELLO, AUDIO)
        wire.protocol.data_received(data)
        written = len(wire.writes)
        await asyncio.sleep(1)
        return [told for told in house.calls[0].told if told[0] == "closed"], len(wire.writes) - written

    assert run(main) == ([("closed", reason)], 0)


def test_end_of_file_closes_our_side_at_once() -> None:
    """Asterisk says goodbye by FIN: everything is released in the same turn of the loop, the call told in the next."""

    async def main() -> tuple[bool, int, bool, list[Any]]:
        house = MemoryServer()
        wire = house.dial(HELLO, AUDIO)
        wire.protocol.eof_received()
        now = wire.closed, house.server.lines, house.ears.opened[0][1].closed
        await asyncio.sleep(0)
        return *now, house.calls[0].told[-1:]

    assert run(main) == (True, 0, True, [("closed", "peer_hangup")])


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionResetError(), "peer_reset"),
        (BrokenPipeError(), "write_error"),
        (TimeoutError(), "write_error"),
    ],
)
def test_lost_connection_has_its_reason(error: Exception, reason: str) -> None:
    """A reset, a failed write and a time-out of TCP are told apart from a hang-up."""

    async def main() -> list[str]:
        house = MemoryServer()
        wire = house.dial(HELLO, AUDIO)
        wire.protocol.connection_lost(error)
        await asyncio.sleep(0)
        return house.reasons

    assert run(main) == [reason]


def test_speech_cut_by_the_callers_hang_up_is_accounted() -> None:
    """The frames sent of the sentence are told before the end is."""

    async def main() -> list[Any]:
        house = MemoryServer()
        wire = house.dial(HELLO + AUDIO)
        call = house.calls[0]
        call.line.outlet.append(1, SPEECH * 100)
        await asyncio.sleep(0.2005)
        wire.protocol.eof_received()
        await asyncio.sleep(0)
        return call.told[-2:]

    assert run(main) == [("ended", 1, 10, False), ("closed", "peer_hangup")]


def test_hang_up_drains_what_was_queued() -> None:
    """With drain the last word is played to its end, then 0x00, then nothing."""

    async def main() -> tuple[list[Frame], list[Any]]:
        house = MemoryServer()
        wire = house.dial(HELLO + AUDIO)
        call = house.calls[0]
        call.line.outlet.append(1, SPEECH * 10)
        call.line.outlet.end(1)
        call.line.hang_up(drain=True)
        call.line.hang_up(drain=True)
        await asyncio.sleep(1)
        return wire.frames(), call.told[-1:]

    frames, told = run(main)
    assert [frame.payload for frame in frames[-11:]] == [SPEECH] * 10 + [b""]
    assert frames[-1] == Frame(Kind.HANGUP)
    assert told == [("closed", "our_hangup")]


def test_hang_up_without_drain_is_immediate() -> None:
    """0x00 goes out at the next tick although speech is queued."""

    async def main() -> list[Frame]:
        house = MemoryServer()
        wire = house.dial(HELLO + AUDIO)
        house.calls[0].line.outlet.append(1, SPEECH * 100)
        house.calls[0].line.hang_up(drain=False)
        await asyncio.sleep(0.03)
        return wire.frames()

    assert run(main)[1:] == [Frame(Kind.HANGUP)]


def test_drain_does_not_wait_for_a_synthesiser_for_ever() -> None:
    """A clip that never ends keeps the line for the drain limit only."""

    async def main() -> list[str]:
        house = MemoryServer()
        house.dial(HELLO + AUDIO)
        house.calls[0].line.outlet.append(1, SPEECH)
        house.calls[0].line.hang_up(drain=True)
        await asyncio.sleep(31)
        return house.reasons

    assert run(main) == ["our_hangup"]


def test_peer_that_does_not_read_gets_no_queue() -> None:
    """While the transport holds bytes, frames are dropped and counted; time goes on, so speech is not late after."""

    async def main() -> tuple[int, int, list[Any]]:
        house = MemoryServer()
        wire = house.dial(HELLO + AUDIO)
        call = house.calls[0]
        await asyncio.sleep(0.1005)
        written = len(wire.writes)
        wire.stuck = 323
        call.line.outlet.append(1, SPEECH * 10)
        call.line.outlet.end(1)
        await asyncio.sleep(0.2)
        return len(wire.writes) - written, house.dropped, call.told[-2:]

    assert run(main) == (0, 10, [("ended", 1, 10, True), "idle"])


def test_peer_that_never_reads_again_is_given_up() -> None:
    """After five seconds of dropped frames the line is aborted with its own reason."""

    async def main() -> tuple[list[str], bool, int]:
        house = MemoryServer()
        wire = house.dial(HELLO + AUDIO)
        await asyncio.sleep(0.1)
        wire.stuck = 323
        await asyncio.sleep(6)
        return house.reasons, wire.aborted, house.dropped

    assert run(main) == (["peer_stalled"], True, STALLED_FRAMES)


def test_exception_in_a_call_ends_that_line_only() -> None:
    """A fault in one call's code closes it with `internal_error`; the other line talks on."""

    async def main() -> tuple[list[str], int]:
        house = MemoryServer(FailingCall)
        other = house.dial(HELLO, AUDIO)
        bad = house.dial(HELLO, AUDIO)
        bad.protocol.data_received(encode_as_pbx(Frame(Kind.DTMF, b"1")))
        await asyncio.sleep(1.0005)
        return house.reasons, len(other.writes)

    assert run(main) == (["internal_error"], 51)


def test_exception_in_the_tick_does_not_stop_the_clock() -> None:
    """A fault while the pacer tells a call about its clip costs that line, not the worker's clock."""

    async def main() -> tuple[list[str], int]:
        house = MemoryServer(FailingCall)
        house.dial(HELLO, AUDIO)
        other = house.dial(HELLO, AUDIO)
        house.calls[0].line.outlet.append(1, SPEECH)
        await asyncio.sleep(1.0005)
        return house.reasons, len(other.writes)

    assert run(main) == (["internal_error"], 51)


@pytest.mark.parametrize(
    ("frame", "fault", "heard"),
    [
        (Frame(0x02, b"?"), "unknown_kind", 320),
        (Frame(Kind.SLIN8, b""), "empty_audio", 320),
        (Frame(Kind.SLIN8, bytes(17_000)), "oversized_audio", 320),
        (Frame(Kind.SLIN8, bytes(321)), "odd_audio", 640),
        (Frame(Kind.DTMF, b"\xff"), "bad_digit", 320),
    ],
)
def test_odd_frames_are_counted_and_survived(frame: Frame, fault: str, heard: int) -> None:
    """Nothing a PBX may send by mistake ends a call; it shows in the counters."""

    async def main() -> tuple[list[str], int, int]:
        house = MemoryServer()
        house.dial(HELLO, AUDIO, encode_as_pbx(frame))
        return house.faults, len(house.calls[0].heard), house.server.lines

    assert run(main) == ([fault], heard, 1)


def test_account_says_that_the_last_frame_was_truncated() -> None:
    """A peer that left inside a frame is visible as such."""

    async def main() -> list[bool]:
        house = MemoryServer()
        wire = house.dial(HELLO, AUDIO, AUDIO[:100])
        wire.protocol.eof_received()
        await asyncio.sleep(0)
        return [closed.truncated for closed in house.closed]

    assert run(main) == [True]


def test_close_ends_every_connection_and_tells_every_call() -> None:
    """Shutdown leaves no line, no waiting peer and no timer of the pacer."""

    async def main() -> tuple[list[str], int, int, int]:
        house = MemoryServer()
        house.dial(HELLO, AUDIO)
        house.dial()
        await house.server.close()
        return (
            sorted(house.reasons),
            house.server.lines,
            house.server.waiting,
            house.server.pacer.lines,
        )

    assert run(main) == (["shutdown", "shutdown"], 0, 0, 0)


def test_taken_port_is_one_clear_sentence() -> None:
    """The error names the address and says what to do."""

    async def main() -> None:
        first, second = MemoryServer().server, MemoryServer().server
        await first.start("127.0.0.1", 0)
        try:
            with pytest.raises(ConfigError, match=rf"127\.0\.0\.1:{first.port} is in use: .* another port"):
                await second.start("127.0.0.1", first.port)
        finally:
            await first.close()

    asyncio.run(main())


def test_real_socket_carries_a_call_from_ticket_to_hang_up() -> None:
    """Over TCP: ticket in, frames out, our hang-up ends with 0x00 and end of file."""

    async def main() -> tuple[list[Frame], list[str]]:
        house = MemoryServer()
        house.server.clock = asyncio.get_running_loop().time
        await house.server.start("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
        writer.write(HELLO + AUDIO)
        first = await reader.readexactly(323)
        house.calls[0].line.hang_up(drain=False)
        rest = await reader.read()
        writer.close()
        await writer.wait_closed()
        await house.server.close()
        return Decoder().feed(first + rest), house.reasons

    frames, reasons = asyncio.run(main())
    assert frames[0] == Frame(Kind.SLIN8, bytes(320))
    assert frames[-1] == Frame(Kind.HANGUP)
    assert reasons == ["our_hangup"]
