"""Loudness and edges of synthesised speech."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_center.tts.level import LEAD_MS, TAIL_MS, TARGET_DBFS, Loudness, Shaper, rms_dbfs

pytestmark = pytest.mark.unit

RATE = 8_000


def tone(ms: int, amplitude: float) -> bytes:
    """A 400 Hz tone."""
    at = np.arange(RATE * ms // 1000) / RATE
    return bytes((np.sin(at * 2 * np.pi * 400) * amplitude).astype(np.int16).tobytes())


def silence(ms: int) -> bytes:
    """Digital silence."""
    return bytes(RATE * ms // 1000 * 2)


def shape(pcm: bytes, piece: int, gain: float = 1.0) -> bytes:
    """Feed `pcm` in pieces of an even number of bytes."""
    shaper = Shaper(RATE, gain)
    out = b"".join(shaper.feed(pcm[at : at + piece]) for at in range(0, len(pcm), piece))
    return out + shaper.finish()


def test_silence_at_the_edges_is_cut() -> None:
    """The first sound comes within the lead, the end keeps a breath."""
    out = shape(silence(300) + tone(200, 8000) + silence(400), 1600)
    assert abs(len(out) / 16 - (200 + LEAD_MS + TAIL_MS)) <= 10


def test_pauses_inside_stay() -> None:
    """A pause between words is part of speech."""
    out = shape(tone(100, 8000) + silence(250) + tone(100, 8000), 800)
    assert abs(len(out) / 16 - 450) <= 10


@settings(deadline=None)
@given(st.integers(1, 4000).map(lambda size: size * 2))
def test_pieces_do_not_change_the_sound(piece: int) -> None:
    """However the stream is cut, the result is the same."""
    pcm = silence(110) + tone(90, 9000) + silence(77) + tone(33, 500) + silence(200)
    assert shape(pcm, piece, 1.5) == shape(pcm, len(pcm), 1.5)


def test_loud_input_never_clips() -> None:
    """Peaks are bent below full scale even at the largest gain."""
    samples = np.frombuffer(shape(tone(100, 32_000), 640, 6.0), dtype=np.int16)
    assert np.abs(samples.astype(np.int32)).max() <= 32_767


def test_gain_brings_speech_to_the_target() -> None:
    """A voice measured at -26 dBFS leaves at the telephone's level."""
    pcm = tone(1000, 32_768 * 10 ** (-26 / 20) * 2**0.5)
    out = shape(pcm, 1600, Loudness(rms_dbfs(pcm, RATE)).gain)
    assert rms_dbfs(out, RATE) == pytest.approx(TARGET_DBFS, abs=0.5)


def test_nothing_but_silence_gives_nothing() -> None:
    """Silence is no speech."""
    assert shape(silence(500), 320) == b""
