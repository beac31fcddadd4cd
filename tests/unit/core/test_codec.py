"""The AudioSocket codec: what comes in is never an exception, what goes out never ends a session by mistake."""

from __future__ import annotations

import struct
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.core.codec import (
    HANG_UP,
    KINDS,
    RATES,
    Decoder,
    Fault,
    Frame,
    Kind,
    audio_header,
    encode,
    encode_as_pbx,
)
from call_center.errors import ProtocolError

pytestmark = pytest.mark.unit

TICKET = UUID("6f1b7e0c-58a2-4f0e-9b1d-2f3c4d5e6f70")

frames = st.builds(Frame, st.integers(0, 255), st.binary(max_size=700))
streams = st.lists(frames, max_size=12)


def _wire(*sent: Frame) -> bytes:
    return b"".join(encode_as_pbx(frame) for frame in sent)


def test_whole_20_ms_frame_is_one_audio_frame() -> None:
    """The frame that Asterisk sends 50 times a second comes out with its 320 bytes."""
    assert Decoder().feed(b"\x10\x01\x40" + b"\x01\x02" * 160) == [Frame(Kind.SLIN8, b"\x01\x02" * 160)]


def test_ticket_and_digit_are_read_from_their_frames() -> None:
    """0x01 carries 16 bytes of UUID, 0x03 one ASCII key."""
    ticket, key = Decoder().feed(_wire(Frame(Kind.UUID, TICKET.bytes), Frame(Kind.DTMF, b"#")))
    assert (ticket.uuid, key.digit) == (TICKET, "#")


@pytest.mark.parametrize(("kind", "rate"), sorted(RATES.items()))
def test_rate_follows_from_the_kind(kind: int, rate: int) -> None:
    """Each audio kind has its rate, and each rate its kind, and 20 ms of it is a whole number of samples."""
    assert KINDS[rate] == kind
    assert rate % 50 == 0


@given(streams, st.data())
def test_cuts_in_the_stream_do_not_matter(sent: list[Frame], data: st.DataObject) -> None:
    """Bytes split anywhere, also inside a header, give the frames that the whole stream gives."""
    stream = _wire(*sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    decoder = Decoder()
    got: list[Frame] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += decoder.feed(stream[start:end])
    assert got == Decoder().feed(stream)
    assert decoder.held == 0


@given(streams)
def test_every_frame_sent_comes_out_once_with_its_kind(sent: list[Frame]) -> None:
    """No frame is lost or merged, whatever it is."""
    assert [frame.kind for frame in Decoder().feed(_wire(*sent))] == [frame.kind for frame in sent]


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_noise_never_raises_and_never_piles_up(chunks: list[bytes]) -> None:
    """Random bytes give frames or wait for more; what is held is less than one frame."""
    decoder = Decoder()
    for chunk in chunks:
        for frame in decoder.feed(chunk):
            assert 0 <= frame.kind <= 255
        assert decoder.held < 3 + 0xFFFF


@given(st.integers(0, 255).filter(lambda kind: kind not in set(Kind)), st.binary(max_size=64))
def test_unknown_kind_is_an_event(kind: int, payload: bytes) -> None:
    """A kind of a later Asterisk is named, not raised, and the frame after it is read."""
    first, second = Decoder().feed(_wire(Frame(kind, payload), Frame(Kind.HANGUP)))
    assert first == Frame(kind, payload, Fault.UNKNOWN_KIND)
    assert second == Frame(Kind.HANGUP)


@pytest.mark.parametrize(
    ("frame", "fault"),
    [
        (Frame(Kind.SLIN8, b""), Fault.EMPTY_AUDIO),
        (Frame(Kind.SLIN8, bytes(16_002)), Fault.OVERSIZED_AUDIO),
        (Frame(Kind.SLIN16, bytes(0xFFFF)), Fault.OVERSIZED_AUDIO),
        (Frame(Kind.UUID, bytes(15)), Fault.BAD_UUID),
        (Frame(Kind.UUID, b""), Fault.BAD_UUID),
        (Frame(Kind.DTMF, b""), Fault.BAD_DIGIT),
        (Frame(Kind.DTMF, b"12"), Fault.BAD_DIGIT),
        (Frame(Kind.DTMF, b"\xd0"), Fault.BAD_DIGIT),
    ],
)
def test_broken_frame_names_its_fault(frame: Frame, fault: Fault) -> None:
    """Zero-length, oversized and malformed frames come back with what is wrong."""
    assert Decoder().feed(_wire(frame)) == [frame._replace(fault=fault)]


def test_odd_audio_loses_its_last_byte_only() -> None:
    """Half a sample at the end is cut off, as Asterisk does, and the rest can be heard."""
    assert Decoder().feed(_wire(Frame(Kind.SLIN8, b"abcde"))) == [Frame(Kind.SLIN8, b"abcd", Fault.ODD_AUDIO)]


def test_truncated_frame_is_held() -> None:
    """At the end of file `held` says that the peer left in the middle of a frame."""
    decoder = Decoder()
    assert decoder.feed(b"\x10\x01") == []
    assert decoder.held == 2


@given(st.sampled_from(sorted(RATES)), st.binary(min_size=2, max_size=2000).filter(lambda b: len(b) % 2 == 0))
def test_audio_survives_the_way_there_and_back(kind: int, pcm: bytes) -> None:
    """What `encode` writes, `feed` reads."""
    assert Decoder().feed(encode(Frame(kind, pcm))) == [Frame(kind, pcm)]


@given(st.integers(0, 255), st.binary(max_size=9))
def test_encode_says_only_what_the_pbx_survives(kind: int, payload: bytes) -> None:
    """Audio with whole samples and the bare hang-up are encoded; everything else is refused."""
    harmless = kind in RATES and len(payload) > 0 and len(payload) % 2 == 0
    if harmless or (kind == Kind.HANGUP and not payload):
        assert encode(Frame(kind, payload)) == struct.pack(">BH", kind, len(payload)) + payload
    else:
        with pytest.raises(ProtocolError):
            encode(Frame(kind, payload))


def test_payload_above_the_length_field_is_refused() -> None:
    """65,536 bytes do not fit and are never sent with a wrong length."""
    with pytest.raises(ProtocolError, match="split it"):
        encode(Frame(Kind.SLIN16, bytes(0x10000)))


def test_hang_up_is_three_zero_bytes() -> None:
    """What ends a session with SUCCESS at the PBX."""
    assert HANG_UP == b"\x00\x00\x00"


def test_header_is_that_of_the_encoded_frame() -> None:
    """The pacer's prepared header equals what `encode` would write."""
    assert audio_header(Kind.SLIN16, 640) + bytes(640) == encode(Frame(Kind.SLIN16, bytes(640)))
