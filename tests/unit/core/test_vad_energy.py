"""The energy gate: closed on line noise, open in time for speech, never closed on a loud line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.core.energy import BLOCK, HOLD, MAX_THRESHOLD, MIN_THRESHOLD, EnergyGate

pytestmark = pytest.mark.unit


def _feed(gate: EnergyGate, slot: int, levels: list[float]) -> list[bool]:
    """Whether the gate was open at each window."""
    slots = np.array([slot], np.intp)
    return [bool(gate.update(slots, np.array([level], np.float32))[0]) for level in levels]


@pytest.mark.parametrize("noise", [0.0, 3.0, 8.0, 15.0])
def test_quiet_line_never_opens(noise: float) -> None:
    """Digital silence and the hiss of a good line never reach the model, from the first window on."""
    assert not any(_feed(EnergyGate(1), 0, [noise] * 200))


@pytest.mark.parametrize("noise", [20.0, 34.6, 70.0, 100.0])
def test_steady_noise_closes_the_gate(noise: float) -> None:
    """A noisier line opens the gate until its first half second is known, and never again."""
    opened = _feed(EnergyGate(1), 0, [noise] * 300)
    assert not any(opened[BLOCK + HOLD :])


def test_noise_of_telephone_bandwidth_keeps_the_gate_closed() -> None:
    """Levels that scatter as those of band-limited noise do (7 %) are still noise."""
    levels = np.random.default_rng(5).normal(60.0, 4.2, 2000).tolist()
    opened = _feed(EnergyGate(1), 0, levels)
    assert sum(opened[BLOCK + HOLD :]) < 20


def test_speech_does_not_become_the_floor() -> None:
    """Ten seconds of speech, with its pauses, change nothing about what is noise on this line."""
    gate = EnergyGate(1)
    _feed(gate, 0, [34.6] * 100)
    before = gate.threshold(np.array([0], np.intp))[0]
    _feed(gate, 0, [500.0, 1500.0, 2500.0, 900.0, 40.0, 20.0, 300.0, 1200.0] * 40)
    assert gate.threshold(np.array([0], np.intp))[0] == before


@given(st.floats(0.0, 100.0), st.floats(2.0, 50.0))
def test_speech_opens_at_its_first_window(noise: float, above: float) -> None:
    """A window 6 dB over any floor that the gate can close on opens it at once."""
    gate = EnergyGate(1)
    _feed(gate, 0, [noise] * 100)
    speech = max(noise, MIN_THRESHOLD) * above * 1.001
    assert _feed(gate, 0, [speech]) == [True]


@given(st.floats(MAX_THRESHOLD * 1.01, 20_000.0))
def test_loud_line_is_never_closed(noise: float) -> None:
    """Where speech may be as loud as the noise the model alone decides."""
    assert all(_feed(EnergyGate(1), 0, [noise] * 300))


def test_gate_stays_open_over_a_gap_between_words() -> None:
    """The hold bridges the closure of a stop consonant and ends after it."""
    gate = EnergyGate(1)
    assert _feed(gate, 0, [1000.0] + [5.0] * (HOLD + 2)) == [True] * HOLD + [False] * 3


def test_floor_is_learned_again_after_a_change() -> None:
    """Noise that rises, in steps that open the gate, is known after four seconds."""
    gate = EnergyGate(1)
    _feed(gate, 0, [20.0] * 200)
    opened = _feed(gate, 0, [80.0] * (11 * BLOCK))
    assert opened[0]
    assert not opened[-1]


def test_digital_silence_does_not_count_as_the_floor() -> None:
    """A line that mixes zeros with noise closes on the noise all the same."""
    opened = _feed(EnergyGate(1), 0, ([0.0] * 10 + [70.0] * 40) * 20)
    assert not any(opened[BLOCK * 4 :])


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 3000)), max_size=150))
def test_lines_do_not_influence_each_other(windows: list[tuple[int, float]]) -> None:
    """Each slot behaves as if it were alone, whatever the others hear."""
    together = EnergyGate(3)
    alone = [EnergyGate(1) for _ in range(3)]
    for slot, level in windows:
        assert _feed(together, slot, [level]) == _feed(alone[slot], 0, [level])


def test_reset_and_growth_keep_the_other_lines() -> None:
    """A reused slot starts afresh, and room for more calls changes nothing for those that are there."""
    gate = EnergyGate(2)
    _feed(gate, 0, [80.0] * 100)
    _feed(gate, 1, [80.0] * 100)
    gate.reset(1)
    gate.grow(4)
    assert _feed(gate, 0, [80.0]) == [False]
    thresholds = gate.threshold(np.arange(4, dtype=np.intp)).tolist()
    assert thresholds[0] == pytest.approx(120.0)
    assert thresholds[1:] == [MIN_THRESHOLD] * 3
