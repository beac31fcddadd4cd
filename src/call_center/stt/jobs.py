"""What the one decode thread does next. Pure; the caller locks.

Ordered by deadline. A newer request of a stream takes the place of its waiting one. When full, the job that
hurts least is dropped: a speculative one before one that a turn waits for, the latest deadline first. Every job that
is dropped or comes too late is handed back, so that its caller gets an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

STALE_S = 4.0
"""A turn gives up on its answer by then (PRODUCT.md: answer within 4 s), so decoding it would only delay others."""


@dataclass(frozen=True, slots=True)
class Job:
    """One decode. `client` and `stream` name the call; `deadline` is monotonic seconds."""

    client: int
    stream: int
    request: int
    deadline: float
    speculative: bool
    rate: int
    prompt: str
    pcm: bytes


class JobQueue:
    """At most `limit` waiting jobs."""

    def __init__(self, limit: int = 64) -> None:
        self._limit = limit
        self._jobs: dict[tuple[int, int], Job] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: Job) -> Job | None:
        """Add a job; returns the one dropped for want of room (perhaps this one). A replaced job is not returned."""
        key = (job.client, job.stream)
        if before := self._jobs.pop(key, None):
            job = replace(job, deadline=min(before.deadline, job.deadline))
        self._jobs[key] = job
        if len(self._jobs) <= self._limit:
            return None
        worst = max(self._jobs.values(), key=lambda waiting: (waiting.speculative, waiting.deadline))
        del self._jobs[(worst.client, worst.stream)]
        return worst

    def take(self, now: float) -> tuple[Job | None, list[Job]]:
        """The most urgent job, and those whose deadline passed `STALE_S` ago."""
        late = [job for job in self._jobs.values() if job.deadline + STALE_S < now]
        for job in late:
            del self._jobs[(job.client, job.stream)]
        if not self._jobs:
            return None, late
        first = min(self._jobs.values(), key=lambda waiting: waiting.deadline)
        del self._jobs[(first.client, first.stream)]
        return first, late

    def cancel(self, client: int, stream: int) -> None:
        """Forget a stream's waiting job."""
        self._jobs.pop((client, stream), None)

    def cancel_client(self, client: int) -> None:
        """Forget everything of a connection."""
        for key in [key for key in self._jobs if key[0] == client]:
            del self._jobs[key]
