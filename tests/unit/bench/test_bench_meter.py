"""The bench's arithmetic: what it reports is what happened on the line."""

from __future__ import annotations

import pytest
from bench.meter import Ear, Tally, percentiles
from bench.profiles import PROFILES, Limit
from bench.stall import parse, quantile
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

FRAME = 0.02


def _listen(
    ear: Ear, start: float, frames: int, *, loud: bool, late: dict[int, float] | None = None
) -> float:
    """`frames` frames from `start`, on time but for those in `late`; the time after them."""
    for n in range(frames):
        ear.frame(start + n * FRAME + (late or {}).get(n, 0.0), FRAME, loud)
    return start + frames * FRAME


def _ear(expected: float = 0.0) -> tuple[Ear, Tally]:
    tally = Tally()
    return Ear(tally, 0.0, 100.0, expected), tally


@given(st.lists(st.integers(0, 10**8).map(lambda n: n / 100), min_size=1, max_size=300))
def test_percentiles_are_ordered_and_within_the_values(values: list[float]) -> None:
    """p50 <= p95 <= p99 <= max, all of them among the values."""
    found = percentiles(values)
    assert {found[name] for name in ("p50", "p95", "p99", "max")} <= set(values)
    ordered = [found[name] for name in ("p50", "p95", "p99", "p99.9", "max")]
    assert ordered == sorted(ordered)
    assert found["max"] == pytest.approx(max(values))
    assert found["n"] == len(values)


def test_no_values_is_no_percentile() -> None:
    """A run without answers has n 0 and no figure that could pass a limit."""
    assert percentiles([]) == {"n": 0}


@given(st.floats(0.03, 2.0))
def test_latency_is_from_the_last_speech_frame_to_the_first_loud_one(delay: float) -> None:
    """Silence in between does not count as an answer."""
    ear, tally = _ear()
    ear.speech_begins(1.0)
    ear.speech_ends(4.0)
    ear.frame(4.01, FRAME, False)
    ear.frame(4.0 + delay, FRAME, True)
    assert tally.latency == [pytest.approx(1000 * delay)]
    assert tally.turns == 1


def test_turn_without_an_answer_is_missed() -> None:
    """Silence until the caller speaks again is one missed turn."""
    ear, tally = _ear()
    ear.speech_begins(1.0)
    ear.speech_ends(4.0)
    _listen(ear, 4.0, 200, loud=False)
    ear.speech_begins(9.0)
    assert (tally.missed, tally.latency) == (1, [])


def test_answer_cut_off_is_short() -> None:
    """Less than 90 % of the expected answer counts, all of it does not."""
    ear, tally = _ear(expected=3.0)
    for start, frames in ((0.0, 100), (10.0, 150)):
        ear.speech_begins(start)
        ear.speech_ends(start + 3)
        _listen(ear, start + 3.5, frames, loud=True)
    ear.speech_begins(20.0)
    assert (tally.short, tally.missed) == (1, 0)


def test_end_of_the_run_is_no_failure() -> None:
    """An answer that was still being heard when the run ended is not short."""
    ear, tally = _ear(expected=3.0)
    ear.speech_begins(0.0)
    ear.speech_ends(3.0)
    _listen(ear, 3.5, 20, loud=True)
    ear.call_over(4.0)
    assert (tally.short, tally.missed) == (0, 0)


def test_speaking_over_the_caller_is_early() -> None:
    """Loud frames later than half a second into the caller's speech count once a turn."""
    ear, tally = _ear()
    ear.speech_begins(1.0)
    _listen(ear, 1.1, 10, loud=True)
    assert tally.early == 0
    _listen(ear, 1.6, 10, loud=True)
    assert tally.early == 1


def test_even_frames_have_no_jitter() -> None:
    """20 ms apart is 0 ms of jitter and never late."""
    ear, tally = _ear()
    _listen(ear, 1.0, 100, loud=False)
    assert max(tally.jitter) < 1e-6
    assert max(tally.late) < 1e-6


def test_one_late_frame_is_two_jitters_and_one_lateness() -> None:
    """A frame 30 ms late shows in the interval before and after it; the phone's buffer of 60 ms holds."""
    ear, tally = _ear()
    _listen(ear, 1.0, 50, loud=False, late={10: 0.03})
    assert sum(value > 25 for value in tally.jitter) == 2
    assert sum(value > 25 for value in tally.late) == 1
    assert tally.underruns == 0


def test_stall_longer_than_the_phones_buffer_is_an_underrun() -> None:
    """A stop of 100 ms runs the buffer dry once; after that the phone plays on its slipped clock."""
    ear, tally = _ear()
    after = _listen(ear, 1.0, 50, loud=False)
    _listen(ear, after + 0.1, 50, loud=False)
    assert tally.underruns == 1


def test_pause_is_not_jitter() -> None:
    """A second without frames, as servers without a pacer have it, starts a new playout."""
    ear, tally = _ear()
    after = _listen(ear, 1.0, 50, loud=False)
    _listen(ear, after + 2.0, 50, loud=False)
    assert max(tally.jitter) < 1e-6
    assert tally.underruns == 0


def test_what_lies_outside_the_window_does_not_count() -> None:
    """Turns of the ramp and those with less than 3 s left for the answer are measured by nobody."""
    tally = Tally()
    ear = Ear(tally, 10.0, 20.0, 0.0)
    for end in (5.0, 18.0):
        ear.speech_begins(end - 3)
        ear.speech_ends(end)
        ear.frame(end + 0.3, FRAME, True)
    assert (tally.turns, tally.latency) == (0, [])


def test_missing_figure_does_not_hold_a_limit() -> None:
    """A run that has no such figure has not reached it."""
    assert not Limit("latency_net_ms/p95", 150.0).held({"latency_net_ms": {"n": 0}})
    assert Limit("latency_net_ms/p95", 150.0).held({"latency_net_ms": {"p95": 120.0}})


def test_profiles_have_their_own_names_and_limits() -> None:
    """Each profile of `make bench` can be chosen by name and is judged by something."""
    assert len({profile.name for profile in PROFILES}) == len(PROFILES)
    assert all(profile.limits for profile in PROFILES)


PAGE = """# TYPE callcenter_loop_stall_seconds histogram
callcenter_loop_stall_seconds_bucket{le="0.001"} 90.0
callcenter_loop_stall_seconds_bucket{le="0.01",worker="0"} 99.0
callcenter_loop_stall_seconds_bucket{le="0.1"} 100.0
callcenter_loop_stall_seconds_bucket{le="+Inf"} 100.0
callcenter_first_audio_seconds_bucket{le="0.001"} 7.0
"""


def test_stall_histogram_is_read_from_the_metrics_page() -> None:
    """Only the stall's buckets, whatever other labels they carry."""
    assert parse(PAGE) == {0.001: 90.0, 0.01: 99.0, 0.1: 100.0, float("inf"): 100.0}


def test_quantile_is_that_of_the_run_only() -> None:
    """What was observed before the run does not count; inside a bucket the value is interpolated."""
    after = parse(PAGE)
    assert quantile({}, after, 0.99) == pytest.approx(0.01)
    before = {0.001: 90.0, 0.01: 89.0, 0.1: 90.0, float("inf"): 90.0}
    assert quantile(before, after, 0.5) == pytest.approx(0.001 + 0.009 * 0.5)
    assert quantile(after, after, 0.5) is None
