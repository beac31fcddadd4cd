"""Where the sound is, by energy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_center.stt.activity import find_activity, tonal_share

pytestmark = pytest.mark.unit
RATE = 8_000


def burst(before_s: float, loud_s: float, after_s: float, level: float = 0.2) -> np.ndarray:
    """Silence, noise of a level, silence; all at 8 kHz."""
    rng = np.random.default_rng(1)
    parts = [(before_s, 1e-4), (loud_s, level), (after_s, 1e-4)]
    return np.concatenate([rng.standard_normal(round(s * RATE)) * g for s, g in parts]).astype(np.float32)


def test_digital_silence_has_no_extent() -> None:
    """Zeros, and nothing at all, hold no sound."""
    assert find_activity(np.zeros(RATE, dtype=np.float32), RATE).loud_ms == 0
    assert find_activity(np.zeros(0, dtype=np.float32), RATE).stop == 0


@settings(max_examples=50, deadline=None)
@given(st.floats(0.5, 3), st.floats(0.2, 5), st.floats(0.5, 3), st.floats(0.01, 0.3))
def test_extent_covers_the_sound_and_little_more(
    before: float, loud: float, after: float, level: float
) -> None:
    """The trimmed part holds the whole burst and at most its margins (200 and 300 ms, plus a frame)."""
    found = find_activity(burst(before, loud, after, level), RATE)
    assert found.start <= before * RATE
    assert found.stop >= (before + loud) * RATE - 1
    assert found.start >= (before - 0.24) * RATE
    assert found.stop <= (before + loud + 0.34) * RATE


def test_loudness_of_the_line_does_not_move_the_edges() -> None:
    """The same utterance 20 dB quieter has the same extent."""
    loud, quiet = burst(1, 1, 1, 0.3), burst(1, 1, 1, 0.03)
    assert find_activity(loud, RATE).start == find_activity(quiet, RATE).start


def test_steady_noise_is_all_sound() -> None:
    """Noise without a gap is handed on whole; the model's gates decide about it."""
    noise = np.random.default_rng(2).standard_normal(2 * RATE).astype(np.float32) * 0.1
    found = find_activity(noise, RATE)
    assert found.loud_ms > 1900


def voiced(seconds: float, pitch: float) -> np.ndarray:
    """A gliding tone with twenty even harmonics, as a buzzing voice has."""
    time = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.2 * np.sin(3 * time))) / RATE
    return sum((np.sin(n * phase) for n in range(1, 20)), np.zeros(1)).astype(np.float32) / 20


@settings(max_examples=30, deadline=None)
@given(st.floats(350, 2_400), st.floats(0.02, 0.9))
def test_pure_tone_is_told_from_a_voice(hz: float, level: float) -> None:
    """One sine, at any level, is all tone; twenty harmonics are none."""
    sine = (level * np.sin(2 * np.pi * hz * np.arange(2 * RATE) / RATE)).astype(np.float32)
    assert tonal_share(sine, RATE) > 0.95
    assert tonal_share(voiced(2.0, hz / 4), RATE) < 0.3


def test_nothing_is_no_tone() -> None:
    """Shorter than a window, or silent: not a tone."""
    assert tonal_share(np.zeros(10, dtype=np.float32), RATE) == 0.0
