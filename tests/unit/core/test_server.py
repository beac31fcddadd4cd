"""The AudioSocket server over a transport in memory and in virtual time: who gets in, what is told, how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID, uuid4

import pytest

from call_center.core.codec import HANG_UP, Decoder, Frame, Kind, encode_as_pbx
from call_center.core.connection import STALLED_FRAMES, Connection
from call_center.core.line import AudioHooks, CallFactory, CallHandler, Closed, Line
from call_center.core.server import AudioSocketServer
from call_center.core.vad import OnError, OnVoice
from call_center.errors import ConfigError
from call_center.testing.virtual_loop import run_virtual

pytestmark = pytest.mark.unit

TICKET = UUID("6f1b7e0c-58a2-4f0e-9b1d-2f3c4d5e6f70")
HELLO = encode_as_pbx(Frame(Kind.UUID, TICKET.bytes))
AUDIO = encode_as_pbx(Frame(Kind.SLIN8, b"\x05\x00" * 160))
SPEECH = b"\x11\x11" * 160


class _Wire(asyncio.Transport):
    """The peer's end: what was written to it, and whether it reads."""

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self.protocol = protocol
        self.writes: list[bytes] = []
        self.stuck = 0  # bytes the peer has not taken
        self.closed = False
        self.aborted = False

    def write(self, data: Any) -> None:
        assert not self.closed
        self.writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return self.stuck

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            if not self.stuck:
                asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        self.closed = self.aborted = True
        asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def frames(self) -> list[Frame]:
        return Decoder().feed(b"".join(self.writes))


class _Call:
    """A call that notes everything it is told."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.heard = b""
        self.told: list[Any] = []

    def on_audio(self, pcm: bytes) -> None:
        self.heard += pcm

    def on_voice(self, speech: bool, probability: float, samples: int) -> None:
        self.told.append(("voice", speech))

    def on_key(self, digit: str) -> None:
        self.told.append(("key", digit))

    def on_clip_started(self, clip: int, at: float) -> None:
        self.told.append(("started", clip))

    def on_clip_ended(self, clip: int, frames: int, complete: bool) -> None:
        self.told.append(("ended", clip, frames, complete))

    def on_idle(self) -> None:
        self.told.append("idle")

    def on_closed(self, reason: str) -> None:
        self.told.append(("closed", reason))


class _Failing(_Call):
    def on_key(self, digit: str) -> None:
        raise ValueError("a fault of the call")

    def on_clip_started(self, clip: int, at: float) -> None:
        raise ValueError("a fault of the call")


class _Ear:
    """Says speech for every chunk that is not silence."""

    def __init__(self, on_voice: OnVoice) -> None:
        self.on_voice = on_voice
        self.closed = False

    def feed(self, pcm: bytes) -> None:
        self.on_voice(any(pcm), 1.0, len(pcm) // 2)

    def close(self) -> None:
        self.closed = True


class _Ears:
    def __init__(self) -> None:
        self.opened: list[tuple[int, _Ear]] = []

    def open(self, rate: int, on_voice: OnVoice, on_error: OnError) -> _Ear:
        ear = _Ear(on_voice)
        self.opened.append((rate, ear))
        return ear


class _House:
    """A server that admits `TICKET`, with its calls and its account of closed connections."""

    def __init__(self, make: Callable[[Line], _Call] = _Call, **options: Any) -> None:
        self.make = make
        self.calls: list[_Call] = []
        self.closed: list[Closed] = []
        self.faults: list[str] = []
        self.dropped = 0
        self.ears = _Ears()
        loop = asyncio.get_running_loop()
        hooks = AudioHooks(closed=self.closed.append, fault=self.faults.append, dropped=self._drop)
        self.server = AudioSocketServer(
            admit=self.admit, vad=self.ears, hooks=hooks, clock=loop.time, **options
        )

    def _drop(self, frames: int) -> None:
        self.dropped += frames

    def admit(self, ticket: UUID) -> CallFactory | None:
        return self._answer if ticket == TICKET else None

    def _answer(self, line: Line) -> CallHandler:
        self.calls.append(self.make(line))
        return self.calls[-1]

    def dial(self, *data: bytes) -> _Wire:
        connection = self.server.connection()
        wire = _Wire(connection)
        connection.connection_made(wire)
        for piece in data:
            if not wire.closed:
                connection.data_received(piece)
        return wire

    @property
    def reasons(self) -> list[str]:
        return [closed.reason.value for closed in self.closed]


def _send(wire: _Wire, data: bytes) -> None:
    assert isinstance(wire.protocol, Connection)
    wire.protocol.data_received(data)


def _run[T](main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    return run_virtual(main())


def test_first_frame_leaves_with_the_ticket() -> None:
    """Before any audio came, the peer has its first frame in the same turn as its UUID."""

    async def main() -> list[Frame]:
        wire = _House().dial(HELLO)
        return wire.frames()

    assert _run(main) == [Frame(Kind.SLIN8, bytes(320))]


def test_line_talks_fifty_frames_a_second_whatever_the_caller_does() -> None:
    """One write a tick, each a whole frame, although the caller is silent."""

    async def main() -> list[bytes]:
        wire = _House().dial(HELLO)
        await asyncio.sleep(1.0005)
        return wire.writes

    writes = _run(main)
    assert len(writes) == 51
    assert {len(data) for data in writes} == {323}


def test_audio_reaches_the_call_and_the_detector() -> None:
    """Each inbound frame is given to the call and judged."""

    async def main() -> _Call:
        house = _House()
        house.dial(HELLO + AUDIO, AUDIO)
        return house.calls[0]

    call = _run(main)
    assert call.heard == b"\x05\x00" * 320
    assert call.told == [("voice", True), ("voice", True)]


def test_rate_is_that_of_the_first_audio_frame() -> None:
    """A wideband caller gets a 16 kHz line and is answered in its own kind."""

    async def main() -> tuple[int, int, list[Frame]]:
        house = _House()
        wire = house.dial(HELLO, encode_as_pbx(Frame(Kind.SLIN16, bytes(640))))
        await asyncio.sleep(0.1)
        return house.calls[0].line.rate, house.ears.opened[0][0], wire.frames()

    rate, judged, frames = _run(main)
    assert (rate, judged) == (16_000, 16_000)
    assert {(frame.kind, len(frame.payload)) for frame in frames[1:]} == {(Kind.SLIN16, 640)}


def test_silent_phone_gets_its_call_at_8_khz() -> None:
    """A caller whose phone sends nothing is greeted all the same."""

    async def main() -> list[int]:
        house = _House()
        house.dial(HELLO)
        await asyncio.sleep(0.15)
        return [call.line.rate for call in house.calls]

    assert _run(main) == [8000]


def test_frames_of_another_rate_are_converted() -> None:
    """Audio that changes its kind in the middle of a call still arrives at the line's rate."""

    async def main() -> int:
        house = _House()
        wire = house.dial(HELLO, AUDIO)
        for _ in range(50):
            _send(wire, encode_as_pbx(Frame(Kind.SLIN16, bytes(640))))
        return len(house.calls[0].heard)

    assert _run(main) == pytest.approx(320 * 51, rel=0.05)


def test_speech_is_heard_and_accounted() -> None:
    """What the call appends goes out from the next tick, and it is told when it began, ended and ran out."""

    async def main() -> tuple[_Call, list[Frame]]:
        house = _House()
        wire = house.dial(HELLO + AUDIO)
        call = house.calls[0]
        call.told.clear()
        call.line.outlet.append(1, SPEECH * 3)
        call.line.outlet.end(1)
        await asyncio.sleep(0.2)
        return call, wire.frames()

    call, frames = _run(main)
    assert [frame.payload for frame in frames].count(SPEECH) == 3
    assert call.told == [("started", 1), ("ended", 1, 3, True), "idle"]


def test_greeting_ready_at_once_is_the_first_frame() -> None:
    """A call that appends in its factory is heard in the frame that answers the ticket."""

    class Ready(_Call):
        def __init__(self, line: Line) -> None:
            super().__init__(line)
            line.outlet.append(1, SPEECH)

    async def main() -> list[Frame]:
        return _House(Ready).dial(HELLO + AUDIO).frames()

    assert _run(main) == [Frame(Kind.SLIN8, SPEECH)]


@pytest.mark.parametrize("key", list("0123456789*#ABCD"))
def test_key_reaches_the_call(key: str) -> None:
    """Every DTMF key is an event."""

    async def main() -> list[Any]:
        house = _House()
        house.dial(HELLO, encode_as_pbx(Frame(Kind.DTMF, key.encode())))
        return house.calls[0].told

    assert _run(main) == [("key", key)]


def test_unknown_ticket_gets_the_hang_up_frame_only() -> None:
    """0x00 sends the call back to the dialplan with SUCCESS."""

    async def main() -> tuple[list[bytes], bool, list[str]]:
        house = _House()
        wire = house.dial(encode_as_pbx(Frame(Kind.UUID, uuid4().bytes)))
        await asyncio.sleep(0.01)
        return wire.writes, wire.closed, house.reasons

    assert _run(main) == ([HANG_UP], True, ["unknown_ticket"])


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
        house = _House()
        wire = house.dial(first)
        await asyncio.sleep(0.01)
        return wire.writes, wire.closed, house.reasons

    assert _run(main) == ([], True, ["protocol_error"])


def test_silent_connection_is_closed_after_five_seconds() -> None:
    """Not before, and nothing of it is left."""

    async def main() -> tuple[bool, bool, list[str], int]:
        house = _House()
        wire = house.dial()
        await asyncio.sleep(4.9)
        before = wire.closed
        await asyncio.sleep(0.2)
        return before, wire.closed, house.reasons, house.server.waiting

    assert _run(main) == (False, True, ["no_ticket"], 0)


def test_thousand_silent_connections_neither_hurt_a_call_nor_stay() -> None:
    """The flood evicts its own oldest; a call gets in and talks on; after five seconds nothing is left."""

    async def main() -> tuple[int, int, list[str], int]:
        house = _House(max_waiting=64)
        flood = [house.dial() for _ in range(500)]
        wire = house.dial(HELLO + AUDIO)
        flood += [house.dial() for _ in range(500)]
        most = house.server.waiting
        await asyncio.sleep(6.0005)
        assert all(other.closed for other in flood)
        return most, house.server.waiting, house.reasons, len(wire.writes)

    most, left, reasons, frames = _run(main)
    assert (most, left, frames) == (64, 0, 301)
    assert sorted(set(reasons)) == ["evicted", "no_ticket"]


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
        house = _House()
        wire = house.dial(HELLO, AUDIO)
        _send(wire, data)
        written = len(wire.writes)
        await asyncio.sleep(1)
        return [told for told in house.calls[0].told if told[0] == "closed"], len(wire.writes) - written

    assert _run(main) == ([("closed", reason)], 0)


def test_end_of_file_closes_our_side_at_once() -> None:
    """Asterisk says goodbye by FIN: everything is released in the same turn of the loop, the call told in the next."""

    async def main() -> tuple[bool, int, bool, list[Any]]:
        house = _House()
        wire = house.dial(HELLO, AUDIO)
        wire.protocol.eof_received()
        now = wire.closed, house.server.lines, house.ears.opened[0][1].closed
        await asyncio.sleep(0)
        return *now, house.calls[0].told[-1:]

    assert _run(main) == (True, 0, True, [("closed", "peer_hangup")])


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
        house = _House()
        wire = house.dial(HELLO, AUDIO)
        wire.protocol.connection_lost(error)
        await asyncio.sleep(0)
        return house.reasons

    assert _run(main) == [reason]


def test_speech_cut_by_the_callers_hang_up_is_accounted() -> None:
    """The frames sent of the sentence are told before the end is."""

    async def main() -> list[Any]:
        house = _House()
        wire = house.dial(HELLO + AUDIO)
        call = house.calls[0]
        call.line.outlet.append(1, SPEECH * 100)
        await asyncio.sleep(0.2005)
        wire.protocol.eof_received()
        await asyncio.sleep(0)
        return call.told[-2:]

    assert _run(main) == [("ended", 1, 10, False), ("closed", "peer_hangup")]


def test_hang_up_drains_what_was_queued() -> None:
    """With drain the last word is played to its end, then 0x00, then nothing."""

    async def main() -> tuple[list[Frame], list[Any]]:
        house = _House()
        wire = house.dial(HELLO + AUDIO)
        call = house.calls[0]
        call.line.outlet.append(1, SPEECH * 10)
        call.line.outlet.end(1)
        call.line.hang_up(drain=True)
        call.line.hang_up(drain=True)
        await asyncio.sleep(1)
        return wire.frames(), call.told[-1:]

    frames, told = _run(main)
    assert [frame.payload for frame in frames[-11:]] == [SPEECH] * 10 + [b""]
    assert frames[-1] == Frame(Kind.HANGUP)
    assert told == [("closed", "our_hangup")]


def test_hang_up_without_drain_is_immediate() -> None:
    """0x00 goes out at the next tick although speech is queued."""

    async def main() -> list[Frame]:
        house = _House()
        wire = house.dial(HELLO + AUDIO)
        house.calls[0].line.outlet.append(1, SPEECH * 100)
        house.calls[0].line.hang_up(drain=False)
        await asyncio.sleep(0.03)
        return wire.frames()

    assert _run(main)[1:] == [Frame(Kind.HANGUP)]


def test_drain_does_not_wait_for_a_synthesiser_for_ever() -> None:
    """A clip that never ends keeps the line for the drain limit only."""

    async def main() -> list[str]:
        house = _House()
        house.dial(HELLO + AUDIO)
        house.calls[0].line.outlet.append(1, SPEECH)
        house.calls[0].line.hang_up(drain=True)
        await asyncio.sleep(31)
        return house.reasons

    assert _run(main) == ["our_hangup"]


def test_peer_that_does_not_read_gets_no_queue() -> None:
    """While the transport holds bytes, frames are dropped and counted; time goes on, so speech is not late after."""

    async def main() -> tuple[int, int, list[Any]]:
        house = _House()
        wire = house.dial(HELLO + AUDIO)
        call = house.calls[0]
        await asyncio.sleep(0.1005)
        written = len(wire.writes)
        wire.stuck = 323
        call.line.outlet.append(1, SPEECH * 10)
        call.line.outlet.end(1)
        await asyncio.sleep(0.2)
        return len(wire.writes) - written, house.dropped, call.told[-2:]

    assert _run(main) == (0, 10, [("ended", 1, 10, True), "idle"])


def test_peer_that_never_reads_again_is_given_up() -> None:
    """After five seconds of dropped frames the line is aborted with its own reason."""

    async def main() -> tuple[list[str], bool, int]:
        house = _House()
        wire = house.dial(HELLO + AUDIO)
        await asyncio.sleep(0.1)
        wire.stuck = 323
        await asyncio.sleep(6)
        return house.reasons, wire.aborted, house.dropped

    assert _run(main) == (["peer_stalled"], True, STALLED_FRAMES)


def test_exception_in_a_call_ends_that_line_only() -> None:
    """A fault in one call's code closes it with `internal_error`; the other line talks on."""

    async def main() -> tuple[list[str], int]:
        house = _House(_Failing)
        other = house.dial(HELLO, AUDIO)
        bad = house.dial(HELLO, AUDIO)
        _send(bad, encode_as_pbx(Frame(Kind.DTMF, b"1")))
        await asyncio.sleep(1.0005)
        return house.reasons, len(other.writes)

    assert _run(main) == (["internal_error"], 51)


def test_exception_in_the_tick_does_not_stop_the_clock() -> None:
    """A fault while the pacer tells a call about its clip costs that line, not the worker's clock."""

    async def main() -> tuple[list[str], int]:
        house = _House(_Failing)
        house.dial(HELLO, AUDIO)
        other = house.dial(HELLO, AUDIO)
        house.calls[0].line.outlet.append(1, SPEECH)
        await asyncio.sleep(1.0005)
        return house.reasons, len(other.writes)

    assert _run(main) == (["internal_error"], 51)


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
        house = _House()
        house.dial(HELLO, AUDIO, encode_as_pbx(frame))
        return house.faults, len(house.calls[0].heard), house.server.lines

    assert _run(main) == ([fault], heard, 1)


def test_account_says_that_the_last_frame_was_truncated() -> None:
    """A peer that left inside a frame is visible as such."""

    async def main() -> list[bool]:
        house = _House()
        wire = house.dial(HELLO, AUDIO, AUDIO[:100])
        wire.protocol.eof_received()
        await asyncio.sleep(0)
        return [closed.truncated for closed in house.closed]

    assert _run(main) == [True]


def test_close_ends_every_connection_and_tells_every_call() -> None:
    """Shutdown leaves no line, no waiting peer and no timer of the pacer."""

    async def main() -> tuple[list[str], int, int, int]:
        house = _House()
        house.dial(HELLO, AUDIO)
        house.dial()
        await house.server.close()
        return (
            sorted(house.reasons),
            house.server.lines,
            house.server.waiting,
            house.server.pacer.lines,
        )

    assert _run(main) == (["shutdown", "shutdown"], 0, 0, 0)


def test_taken_port_is_one_clear_sentence() -> None:
    """The error names the address and says what to do."""

    async def main() -> None:
        first, second = _House().server, _House().server
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
        house = _House()
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
