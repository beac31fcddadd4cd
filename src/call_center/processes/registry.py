"""What the supervisor remembers of calls and workers; pure, with an injected clock.

A call is known by its call id over every dial attempt, for `KEEP_S` after its last event, at most `MAX_CALLS` of them
(oldest forgotten first). A worker is eligible for a new call when its heartbeat is younger than `FRESH_S`, it is not
draining, below its limit and its loop keeps time; the least loaded one is chosen, the one that already holds the
call's conversation first.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

KEEP_S = 1800.0
MAX_CALLS = 20_000
FRESH_S = 1.0


@dataclass(slots=True)
class CallRecord:
    """One call as the telephony side sees it."""

    call_id: str
    caller: str | None = None
    name: str | None = None
    dialled: str | None = None
    attempts: int = 0
    failures: int = 0  # attempts in a row that ended without a decision of the agent
    worker: int | None = None
    pid: int = 0  # of that worker's process
    owner: str = ""  # its name in leases
    spool: str = ""  # its spool file
    drained: bool = True  # whether all of that file is in Redis, once the process is dead
    outcome: str | None = None  # outcome of the last attempt, None while it runs
    transfer_reason: str | None = None
    summary: str = ""
    summary_id: str = ""
    seen: float = 0.0
    ended: bool = False


@dataclass(slots=True)
class WorkerRecord:
    """One audio worker as its heartbeats describe it; `index` -1 while it is a spare."""

    index: int
    pid: int
    address: str  # host:port the PBX dials
    channel: Any
    beat: float
    owner: str = ""
    spool: str = ""
    active: int = 0
    limit: int = 0
    stall_ms: float = 0.0
    draining: bool = False


class Registry:
    """Calls and workers of one supervisor."""

    def __init__(self, clock: Callable[[], float], max_stall_ms: float) -> None:
        self._clock, self._max_stall_ms = clock, max_stall_ms
        self._calls: OrderedDict[str, CallRecord] = OrderedDict()
        self._by_summary: dict[str, str] = {}
        self.workers: dict[int, WorkerRecord] = {}

    def call(self, call_id: str) -> CallRecord:
        """The record of a call, made when it is new."""
        record = self._calls.get(call_id)
        if record is None:
            record = CallRecord(call_id)
            self._calls[call_id] = record
        record.seen = self._clock()
        self._calls.move_to_end(call_id)
        self._forget()
        return record

    def known(self, call_id: str) -> CallRecord | None:
        """The record of a call if there is one."""
        return self._calls.get(call_id)

    def publish(self, record: CallRecord, summary: str, reason: str) -> str:
        """Keep what the operator reads under an id that cannot be guessed; returns the id."""
        if not record.summary_id:
            record.summary_id = secrets.token_urlsafe(12)
            self._by_summary[record.summary_id] = record.call_id
        record.summary, record.transfer_reason = summary, reason
        return record.summary_id

    def by_summary(self, summary_id: str) -> CallRecord | None:
        """The call that an operator's summary id stands for."""
        return self._calls.get(self._by_summary.get(summary_id, ""))

    def calls(self) -> Iterable[CallRecord]:
        """All remembered calls, oldest first."""
        return self._calls.values()

    def holder(self, record: CallRecord) -> WorkerRecord | None:
        """The living worker that got the last ticket of a call."""
        worker = self.workers.get(record.worker) if record.worker is not None else None
        return worker if worker is not None and worker.pid == record.pid else None

    def candidates(self, prefer: int | None = None) -> list[WorkerRecord]:
        """Workers that may take a call now, best first."""
        now = self._clock()
        fit = [
            w
            for w in self.workers.values()
            if now - w.beat < FRESH_S
            and not w.draining
            and w.active < w.limit
            and w.stall_ms <= self._max_stall_ms
        ]
        return sorted(fit, key=lambda w: (w.index != prefer, w.active, w.index))

    def _forget(self) -> None:
        horizon = self._clock() - KEEP_S
        while self._calls:
            oldest = next(iter(self._calls.values()))
            if oldest.seen >= horizon and len(self._calls) <= MAX_CALLS:
                return
            del self._calls[oldest.call_id]
            self._by_summary.pop(oldest.summary_id, None)
