"""Framing between calls and the recogniser."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.errors import ProtocolError
from call_center.stt.wire import MAX_FRAME, RATES, Cancel, Decode, Message, Reader, Result, encode

pytestmark = pytest.mark.unit

U32 = st.integers(0, 2**32 - 1)
DECODES = st.builds(
    Decode,
    stream=U32,
    request=U32,
    rate=st.sampled_from(RATES),
    slack_ms=st.integers(0, 65_535),
    speculative=st.booleans(),
    prompt=st.text(max_size=200),
    pcm=st.binary(max_size=500),
)
RESULTS = st.builds(
    Result,
    stream=U32,
    request=U32,
    text=st.text(max_size=100),
    confidence=st.floats(0, 1),
    rejected=st.none() | st.sampled_from(["no_speech", "failed"]),
    decode_ms=st.floats(0, 1e5),
    depth=st.integers(0, 1000),
)
MESSAGES = st.lists(DECODES | RESULTS | st.builds(Cancel, stream=U32), max_size=5)


@given(MESSAGES, st.integers(1, 97))
def test_messages_survive_any_cut_of_the_stream(messages: list[Message], piece: int) -> None:
    """What was encoded is read back in order, however the bytes arrive."""
    data = b"".join(encode(message) for message in messages)
    reader, got = Reader(), []
    for start in range(0, len(data), piece):
        got += reader.feed(data[start : start + piece])
    assert got == messages


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_garbage_is_a_protocol_error_and_nothing_else(pieces: list[bytes]) -> None:
    """No input raises anything but `ProtocolError`."""
    reader = Reader()
    with contextlib.suppress(ProtocolError):
        for piece in pieces:
            reader.feed(piece)


@given(DECODES | RESULTS, st.data())
def test_flipped_bytes_are_a_message_or_a_protocol_error(message: Message, data: st.DataObject) -> None:
    """A damaged frame never raises anything else, and never hangs on to more than it got."""
    frame = bytearray(encode(message))
    at = data.draw(st.integers(0, len(frame) - 1))
    frame[at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(ProtocolError):
        assert len(Reader().feed(bytes(frame))) <= 1


def test_absurd_length_is_refused_before_it_is_buffered() -> None:
    """A length field of 4 GB ends the connection at once."""
    with pytest.raises(ProtocolError):
        Reader().feed(b"\xff\xff\xff\xff")


def test_thirty_seconds_of_audio_fit_one_frame() -> None:
    """The longest utterance at the highest rate can be sent."""
    pcm = bytes(2 * 30 * max(RATES))
    frame = encode(Decode(1, 1, max(RATES), 600, False, "слово " * 50, pcm))
    assert len(frame) <= MAX_FRAME
