"""The log-mel spectrogram against facts of its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_center.stt import mel

pytestmark = pytest.mark.unit


def tone(hz: float, seconds: float = 1.0) -> mel.Floats:
    """A sine at 16 kHz."""
    time = np.arange(round(seconds * mel.RATE)) / mel.RATE
    return (0.3 * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def test_picture_has_a_column_for_every_hop() -> None:
    """Shape is (80, 100 a second of window), whatever the length of the audio."""
    assert mel.log_mel(tone(440, 0.5), 8.0).shape == (80, 800)
    assert mel.log_mel(tone(440, 12.0), 8.0).shape == (80, 800)


def test_silence_is_finite_and_flat() -> None:
    """Digital silence, even of length zero, gives one constant value."""
    picture = mel.log_mel(np.zeros(0, dtype=np.float32), 8.0)
    assert np.isfinite(picture).all()
    assert np.ptp(picture) == 0


@settings(max_examples=25, deadline=None)
@given(st.floats(150, 7000))
def test_a_tone_lights_the_band_that_contains_it(hz: float) -> None:
    """The loudest band's triangle reaches over the frequency of a pure tone."""
    picture = mel.log_mel(tone(hz), 2.0)
    loudest = int(picture[:, 20:80].mean(axis=1).argmax())
    support = np.flatnonzero(mel.filter_bank()[loudest]) * mel.RATE / mel.WINDOW
    resolution = 2 * mel.RATE / mel.WINDOW
    assert support[0] - resolution <= hz <= support[-1] + resolution


def test_quiet_cells_are_held_at_eight_decades() -> None:
    """The range of the picture is at most 8 decades, 2 units after scaling."""
    assert np.ptp(mel.log_mel(tone(1000), 8.0)) <= 2.0 + 1e-6


def test_bands_narrow_below_a_kilohertz_have_equal_width() -> None:
    """Slaney's scale is linear below 1 kHz: peak gains of those triangles are alike where bins resolve them."""
    widths = [np.count_nonzero(row) for row in mel.filter_bank()[:20]]
    assert max(widths) - min(widths) <= 1
