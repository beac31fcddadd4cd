"""The telephone line of the synthetic caller."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_center.testing.caller import line

pytestmark = pytest.mark.unit

SAMPLES = st.lists(st.integers(-32_768, 32_767), min_size=1, max_size=200)


def pcm_of(samples: list[int]) -> bytes:
    """Samples as PCM bytes."""
    return np.array(samples, dtype="<i2").tobytes()


def tone(hz: float) -> line.Floats:
    """One second of a sine at 8 kHz."""
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(line.RATE) / line.RATE)).astype(np.float32)


def rms(signal: line.Floats) -> float:
    """Level of the middle of a signal."""
    return float(np.sqrt(np.mean(signal[1000:-1000] ** 2)))


@given(SAMPLES)
def test_alaw_loses_at_most_its_quantising_step(samples: list[int]) -> None:
    """G.711: the error is within half a step, 1/32 of the value or 16 units near zero."""
    back = np.frombuffer(line.alaw_decode(line.alaw_encode(pcm_of(samples))), dtype="<i2").astype(int)
    for before, after in zip(samples, back, strict=True):
        assert abs(before - int(after)) <= max(16, abs(before) // 32 + 1)


def test_alaw_bytes_survive_the_way_through_pcm() -> None:
    """Decoding and encoding again gives every one of the 256 codes back."""
    codes = bytes(range(256))
    assert line.alaw_encode(line.alaw_decode(codes)) == codes


@pytest.mark.parametrize(("pcm", "code"), [(0, 0xD5), (-1, 0x55), (32_767, 0xAA), (-32_768, 0x2A)])
def test_alaw_codes_of_the_standard(pcm: int, code: int) -> None:
    """Zero and full scale have the codes of G.711, table 1."""
    assert line.alaw_encode(pcm_of([pcm]))[0] == code


@pytest.mark.parametrize("hz", [100, 3_800])
def test_channel_stops_what_a_telephone_stops(hz: float) -> None:
    """Outside 300-3400 Hz at least 20 dB are lost."""
    assert rms(line.band_limit(tone(hz))) < 0.1 * rms(tone(hz))


@pytest.mark.parametrize("hz", [500, 1_000, 3_000])
def test_channel_passes_speech(hz: float) -> None:
    """Inside the band less than half a decibel is lost."""
    assert rms(line.band_limit(tone(hz))) == pytest.approx(rms(tone(hz)), rel=0.05)


@settings(deadline=None)
@given(st.integers(1, 4_000), st.floats(0.0001, 0.1), st.integers(0, 100))
def test_noise_has_the_asked_level_and_repeats(samples: int, level: float, seed: int) -> None:
    """The same seed gives the same noise, at the level asked for."""
    first = line.pink_noise(samples, level, np.random.default_rng(seed))
    assert np.array_equal(first, line.pink_noise(samples, level, np.random.default_rng(seed)))
    if samples > 100:
        assert float(np.sqrt(np.mean(first.astype(float) ** 2))) == pytest.approx(level, rel=0.01)


def test_pcm_saturates() -> None:
    """Too loud is clipped, never wrapped."""
    assert line.to_pcm(np.array([2.0, -2.0], dtype=np.float32)) == pcm_of([32_767, -32_768])
