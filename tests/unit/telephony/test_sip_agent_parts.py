"""The pure parts of the SIP test agent: G.711, RTP, messages, the timeline of what was heard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.testing.sip import message as sip
from call_center.testing.sip import rtp
from call_center.testing.sip.g711 import FRAME, Codec, decode, encode
from call_center.testing.sip.heard import Heard

pytestmark = pytest.mark.unit

SILENCE = np.zeros(FRAME, np.int16)
LOUD = np.full(FRAME, 5000, np.int16)


@pytest.mark.parametrize("codec", list(Codec))
def test_g711_bytes_survive(codec: Codec) -> None:
    """Every byte expands to a value that compresses to it again, except the two zeros of u-law."""
    values = bytes(set(range(256)) - ({0x7F} if codec is Codec.PCMU else set()))
    assert encode(decode(values, codec), codec) == values


@pytest.mark.parametrize("codec", list(Codec))
def test_g711_error_is_small(codec: Codec) -> None:
    """Compression loses less than 4 % of a value, or 16 steps of a quiet one."""
    pcm = np.arange(-32000, 32000, 7, dtype=np.int16)
    error = np.abs(decode(encode(pcm, codec), codec).astype(int) - pcm)
    assert (error <= np.maximum(16, np.abs(pcm.astype(int)) * 0.04)).all()


@pytest.mark.parametrize(
    ("codec", "byte", "value"),
    [(Codec.PCMU, 0xFF, 0), (Codec.PCMU, 0x80, 32124), (Codec.PCMA, 0xD5, 8), (Codec.PCMA, 0x2A, -32256)],
)
def test_g711_matches_the_standard(codec: Codec, byte: int, value: int) -> None:
    """Known values of ITU-T G.711: silence and the loudest steps."""
    assert decode(bytes([byte]), codec)[0] == value


def test_rtp_round_trip() -> None:
    """What the sender packs, the receiver reads; timestamps run by 160 a frame."""
    stream = rtp.Stream(Codec.PCMA)
    first, second = rtp.parse(stream.audio(LOUD)), rtp.parse(stream.audio(SILENCE))
    assert first is not None
    assert second is not None
    assert (second.sequence - first.sequence, second.timestamp - first.timestamp) == (1, FRAME)
    assert first.payload == encode(LOUD, Codec.PCMA)


def test_key_is_one_event_of_one_timestamp() -> None:
    """All packets of a key share a timestamp, the end is sent three times, the duration never shrinks (RFC 4733)."""
    packets = [rtp.parse(data) for data in rtp.Stream(Codec.PCMA).key("#")]
    events = [
        (p.timestamp, p.payload[0], p.payload[1] >> 7, int.from_bytes(p.payload[2:])) for p in packets if p
    ]
    assert len({event[0] for event in events}) == 1
    assert {event[1] for event in events} == {11}
    assert [event[2] for event in events][-3:] == [1, 1, 1]
    assert [event[3] for event in events] == sorted(event[3] for event in events)


@given(st.binary(max_size=64))
def test_any_datagram_is_rtp_or_nothing(data: bytes) -> None:
    """No datagram makes the parser fail."""
    packet = rtp.parse(data)
    assert packet is None or len(packet.payload) <= len(data)


@given(st.binary(max_size=200))
def test_any_datagram_is_sip_or_nothing(data: bytes) -> None:
    """No datagram makes the SIP parser fail."""
    assert sip.parse(data) is None or b"SIP/2.0" in data


def test_message_round_trip() -> None:
    """A request survives the wire with its headers in order, short names included."""
    dialog = sip.Dialog("id@h", "<sip:a@h>", "t1", "sip:a@h:1", remote="<sip:b@h>", target="sip:b@h")
    packet = sip.parse(dialog.request("INVITE", "z9", "h:1", "v=0\r\n").encode().replace(b"Call-ID:", b"i:"))
    assert packet is not None
    assert (packet.method, packet.header("call-id"), packet.tag("from"), packet.uri("to")) == (
        "INVITE",
        "id@h",
        "t1",
        "sip:b@h",
    )
    assert packet.body == "v=0\r\n"


def test_ack_has_the_number_of_its_invite() -> None:
    """ACK repeats CSeq 1, BYE goes on to 2 (RFC 3261 17.1.1.3)."""
    dialog = sip.Dialog("id@h", "<sip:a@h>", "t1", "sip:a@h:1", remote="<sip:b@h>", target="sip:b@h")
    numbers = [dialog.request(method, "z9", "h:1").header("cseq") for method in ("INVITE", "ACK", "BYE")]
    assert numbers == ["1 INVITE", "1 ACK", "2 BYE"]


def test_media_address_is_read_from_sdp() -> None:
    """Where RTP goes is in the session description."""
    assert sip.media_address(sip.sdp("127.0.0.1", 4000, 8, "PCMA")) == ("127.0.0.1", 4000)
    assert sip.media_address("v=0\r\n") is None


def heard(arrivals: list[tuple[float, np.ndarray[tuple[int], np.dtype[np.int16]]]], ssrc: int = 1) -> Heard:
    """A timeline of packets that arrived at these times."""
    timeline = Heard()
    for sequence, (at, pcm) in enumerate(arrivals):
        timeline.add(at, ssrc, sequence, pcm)
    return timeline


def test_jitter_leaves_no_hole() -> None:
    """Packets up to 60 ms late play without a gap; speech is not chopped."""
    timeline = heard([(1.0, LOUD), (1.05, LOUD), (1.06, LOUD), (1.07, LOUD)])
    assert [round(piece.plays, 3) for piece in timeline.pieces] == [1.0, 1.02, 1.04, 1.06]
    assert (timeline.audio() == 5000).sum() == 4 * FRAME


def test_real_silence_is_a_gap() -> None:
    """A packet half a second late is placed where it was heard and begins a new segment."""
    timeline = heard([(1.0, LOUD), (1.5, LOUD)])
    assert [(round(s.start, 2), round(s.end, 2)) for s in timeline.segments()] == [(1.0, 1.02), (1.5, 1.52)]
    assert timeline.longest_gap() == pytest.approx(0.5)


def test_quiet_packets_are_no_sound() -> None:
    """Line noise and silence are not in any segment."""
    timeline = heard([(1.0, SILENCE), (1.02, LOUD), (1.04, SILENCE)])
    assert timeline.first_sound() == 1.02
    assert timeline.last_sound() == 1.02
    assert len(timeline.segments()) == 1


def test_lost_packets_are_counted_within_a_stream() -> None:
    """A hole in the numbers is loss; a new source is not."""
    timeline = Heard()
    for ssrc, sequence in ((1, 10), (1, 13), (2, 500), (2, 501)):
        timeline.add(1.0, ssrc, sequence, SILENCE)
    assert timeline.lost == 2


def test_pitch_names_the_tone() -> None:
    """The strongest frequency of what was heard."""
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)).astype(np.int16)
    timeline = heard([(1.0 + n * 0.02, tone[n * FRAME : (n + 1) * FRAME]) for n in range(50)])
    assert timeline.pitch() == pytest.approx(440, abs=2)
