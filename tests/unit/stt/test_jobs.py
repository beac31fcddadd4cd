"""Order, replacement and dropping of decodes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.stt.jobs import STALE_S, Job, JobQueue

pytestmark = pytest.mark.unit


def job(stream: int, deadline: float, *, speculative: bool = False, request: int = 1, client: int = 1) -> Job:
    """A job without audio."""
    return Job(client, stream, request, deadline, speculative, 8_000, "", b"")


@given(st.lists(st.floats(0, 3), min_size=1, max_size=20))
def test_jobs_leave_in_the_order_of_their_deadlines(deadlines: list[float]) -> None:
    """The most urgent job is decoded first."""
    queue = JobQueue()
    for stream, deadline in enumerate(deadlines):
        queue.put(job(stream, deadline))
    taken = [queue.take(0.0)[0] for _ in deadlines]
    assert [each.deadline for each in taken if each] == sorted(deadlines)


def test_newer_request_takes_the_place_of_the_waiting_one() -> None:
    """A stream waits once, with its latest audio, and does not lose its turn."""
    queue = JobQueue()
    queue.put(job(7, 1.0, request=1))
    queue.put(job(7, 9.0, request=2))
    taken, _ = queue.take(0.0)
    assert taken is not None
    assert (taken.request, taken.deadline, len(queue)) == (2, 1.0, 0)


def test_streams_of_different_clients_do_not_replace_each_other() -> None:
    """Stream numbers are each client's own."""
    queue = JobQueue()
    queue.put(job(7, 1.0, client=1))
    queue.put(job(7, 1.0, client=2))
    assert len(queue) == 2


def test_speculative_job_is_dropped_before_one_a_turn_waits_for() -> None:
    """When there is no room, a guess goes first even if it is more urgent."""
    queue = JobQueue(limit=2)
    queue.put(job(1, 0.1, speculative=True))
    queue.put(job(2, 5.0))
    dropped = queue.put(job(3, 4.0))
    assert dropped is not None
    assert dropped.stream == 1


def test_among_equals_the_latest_deadline_is_dropped() -> None:
    """Who can wait longest is answered `overload`."""
    queue = JobQueue(limit=2)
    queue.put(job(1, 1.0))
    queue.put(job(2, 3.0))
    dropped = queue.put(job(3, 2.0))
    assert dropped is not None
    assert dropped.stream == 2


def test_hopelessly_late_jobs_are_handed_back_undecoded() -> None:
    """Nobody waits for them any more, and decoding them would make the next ones late."""
    queue = JobQueue()
    queue.put(job(1, 0.0))
    queue.put(job(2, STALE_S + 1.0))
    taken, late = queue.take(STALE_S + 0.5)
    assert taken is not None
    assert (taken.stream, [each.stream for each in late]) == (2, [1])


def test_cancelled_stream_and_client_leave_nothing() -> None:
    """Hang-up frees the queue."""
    queue = JobQueue()
    for client, stream in ((1, 1), (1, 2), (2, 1)):
        queue.put(job(stream, 1.0, client=client))
    queue.cancel(1, 1)
    assert len(queue) == 2
    queue.cancel_client(1)
    taken, _ = queue.take(0.0)
    assert taken is not None
    assert taken.client == 2
