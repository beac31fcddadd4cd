"""The 20 ms grid: never drifts, catches up at most three frames, one emit a tick for every line."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.core.pacer import MAX_LEAD, TICK, Grid, Pacer
from call_center.testing.virtual_loop import run_virtual

pytestmark = pytest.mark.unit


class _Counter:
    """A line that notes what it was told to send and when."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, int]] = []

    def emit(self, frames: int) -> None:
        self.sent.append((asyncio.get_running_loop().time(), frames))

    @property
    def frames(self) -> int:
        return sum(frames for _, frames in self.sent)


def test_tick_on_time_owes_one_frame() -> None:
    """A grid asked exactly when it said owes one frame each time."""
    grid = Grid(5.0)
    assert [grid.advance(grid.next_at) for _ in range(1000)] == [1] * 1000


def test_too_early_owes_nothing() -> None:
    """A timer that fires half a tick early sends nothing."""
    assert Grid(5.0).advance(5.0 + TICK / 2) == 0


@given(st.lists(st.floats(0.0, 0.019), min_size=1, max_size=200))
def test_lateness_does_not_add_up(late: list[float]) -> None:
    """However late each tick is (below one period), the frames sent follow real time to within one tick."""
    grid = Grid(0.0)
    sent = 0
    for delay in late:
        now = grid.next_at + delay
        sent += grid.advance(now)
        assert -TICK < now - sent * TICK < 1.1 * TICK
    assert grid.skipped == 0


@given(st.integers(1, 500))
def test_stall_is_caught_up_by_three_frames_at_most(ticks: int) -> None:
    """After a stall of n ticks at most `MAX_LEAD` frames go out at once; the rest of the time is skipped."""
    grid = Grid(0.0)
    assert grid.advance(ticks * TICK) == min(ticks, MAX_LEAD)
    assert grid.skipped == max(0, ticks - MAX_LEAD)
    assert grid.advance(grid.next_at) == 1


def test_first_frame_goes_out_at_once_and_then_one_a_tick() -> None:
    """A new line hears something in the moment it joins and 50 frames in the second after."""

    async def main() -> _Counter:
        loop = asyncio.get_running_loop()
        pacer = Pacer(clock=loop.time, stall=lambda _: None)
        line = _Counter()
        pacer.add(line)
        assert line.frames == 1
        await asyncio.sleep(1.0005)
        pacer.remove(line)
        return line

    line = run_virtual(main())
    assert line.frames == 51
    assert all(frames == 1 for _, frames in line.sent)


def test_lines_share_the_grid() -> None:
    """A line that joins between two ticks gets its next frame at the same tick as the others."""

    async def main() -> tuple[_Counter, _Counter]:
        loop = asyncio.get_running_loop()
        pacer = Pacer(clock=loop.time, stall=lambda _: None)
        one, two = _Counter(), _Counter()
        pacer.add(one)
        await asyncio.sleep(0.033)
        pacer.add(two)
        await asyncio.sleep(0.1)
        pacer.remove(one)
        pacer.remove(two)
        return one, two

    one, two = run_virtual(main())
    assert {at for at, _ in two.sent[1:]} <= {at for at, _ in one.sent}


def test_pacer_sleeps_without_lines_and_wakes_again() -> None:
    """No timer is left when the last line goes, and the next line is driven again by exactly one."""

    async def main() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        stalls: list[float] = []
        pacer = Pacer(clock=loop.time, stall=stalls.append)
        first, second = _Counter(), _Counter()
        pacer.add(first)
        await asyncio.sleep(0.1)
        pacer.remove(first)
        quiet = len(stalls)
        await asyncio.sleep(10)
        assert len(stalls) == quiet
        pacer.add(second)
        await asyncio.sleep(0.1005)
        pacer.remove(second)
        return pacer.lines, second.frames

    assert run_virtual(main()) == (0, 6)


def test_line_swapped_in_the_middle_of_a_tick_is_driven_once() -> None:
    """The last line leaving and a new one joining inside one tick leaves one clock, not two."""

    async def main() -> int:
        loop = asyncio.get_running_loop()
        pacer = Pacer(clock=loop.time, stall=lambda _: None)
        heir = _Counter()

        class Leaving:
            ticks = 0

            def emit(self, frames: int) -> None:
                self.ticks += 1
                if self.ticks == 3:
                    pacer.remove(self)
                    pacer.add(heir)

        pacer.add(Leaving())
        await asyncio.sleep(0.0405)
        before = heir.frames
        await asyncio.sleep(1.0)
        pacer.remove(heir)
        return heir.frames - before

    assert run_virtual(main()) == 50


def test_stall_is_reported() -> None:
    """A loop that was blocked for 50 ms shows 30 ms of lateness at the tick and owes the frames."""

    async def main() -> tuple[list[float], _Counter]:
        loop = asyncio.get_running_loop()
        skew = 0.0
        stalls: list[float] = []
        pacer = Pacer(clock=lambda: loop.time() + skew, stall=stalls.append)
        line = _Counter()
        pacer.add(line)
        skew = 0.030  # the clock went on while the loop did not
        await asyncio.sleep(0.0205)
        pacer.remove(line)
        return stalls, line

    stalls, line = run_virtual(main())
    assert stalls[0] == pytest.approx(0.030, abs=0.001)
    assert line.sent[1][1] == 2
