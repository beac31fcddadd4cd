"""The supervisor's memory of calls and workers."""

from __future__ import annotations

import pytest

from call_center.processes.registry import FRESH_S, KEEP_S, MAX_CALLS, Registry, WorkerRecord

pytestmark = pytest.mark.unit


class Clock:
    """Seconds that pass when told."""

    now = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def worker(index: int, clock: Clock, **fields: object) -> WorkerRecord:
    """A worker that just sent its heartbeat."""
    record = WorkerRecord(index, 1000 + index, f"127.0.0.1:{9092 + index}", None, clock.now, limit=10)
    for name, value in fields.items():
        setattr(record, name, value)
    return record


def registry(clock: Clock, *workers: WorkerRecord) -> Registry:
    """A registry that knows these workers."""
    made = Registry(clock, max_stall_ms=100.0)
    made.workers = {w.index: w for w in workers}
    return made


def test_least_loaded_worker_comes_first() -> None:
    """A new call goes where the fewest calls are."""
    clock = Clock()
    made = registry(clock, worker(0, clock, active=5), worker(1, clock, active=2), worker(2, clock, active=9))
    assert [w.index for w in made.candidates()] == [1, 0, 2]


def test_worker_that_holds_the_conversation_is_preferred() -> None:
    """A call that comes back goes to the process that remembers it, even a busier one."""
    clock = Clock()
    made = registry(clock, worker(0, clock, active=0), worker(1, clock, active=7))
    assert [w.index for w in made.candidates(prefer=1)] == [1, 0]


@pytest.mark.parametrize(
    "unfit", [{"active": 10}, {"draining": True}, {"stall_ms": 150.0}, {"beat": 100.0 - FRESH_S}]
)
def test_unfit_worker_gets_no_call(unfit: dict[str, object]) -> None:
    """Full, draining, stalling or silent workers are passed over."""
    clock = Clock()
    assert registry(clock, worker(0, clock, **unfit)).candidates() == []


def test_summary_can_be_read_by_its_id_only() -> None:
    """The id in the SIP header leads to the call; a call id does not."""
    made = registry(Clock())
    record = made.call("call-1")
    summary_id = made.publish(record, "Хоче зимові шини.", "customer_request")
    assert made.by_summary(summary_id) is record
    assert made.by_summary("call-1") is None
    assert len(summary_id) >= 16


def test_summary_keeps_its_id_when_it_is_renewed() -> None:
    """A second transfer of a call updates what the operator reads under the same id."""
    made = registry(Clock())
    record = made.call("call-1")
    first = made.publish(record, "перше", "customer_request")
    assert made.publish(record, "друге", "cannot_help") == first
    assert record.summary == "друге"


def test_calls_are_forgotten_after_their_time() -> None:
    """Half an hour after its last event nothing of a call is left, nor its summary."""
    clock = Clock()
    made = registry(clock)
    old = made.call("old")
    summary_id = made.publish(old, "щось", "limit")
    clock.now += KEEP_S + 1
    made.call("new")
    assert made.known("old") is None
    assert made.by_summary(summary_id) is None
    assert made.known("new") is not None


def test_memory_is_bounded_in_calls() -> None:
    """A flood of announcements forgets the oldest instead of growing."""
    made = registry(Clock())
    for number in range(MAX_CALLS + 5):
        made.call(str(number))
    assert made.known("4") is None
    assert len(list(made.calls())) == MAX_CALLS
