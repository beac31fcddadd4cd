"""One-time tickets: what lets an AudioSocket connection in.

A ticket is a random UUID (122 bits) that stands for one dial attempt of one call at one worker. It opens once, within
`ttl` seconds, at that worker only; a ticket shown at the wrong worker is burnt. The book is pure and synchronous, its
clock is injected (monotonic seconds), it never holds more than `capacity` tickets and drops the oldest when full.
A ticket is a key: it is never logged and never part of a `repr`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID, uuid4


class Refusal(StrEnum):
    """Why a ticket did not open; fit for a metric label."""

    UNKNOWN = "unknown"  # never issued, or forgotten since
    EXPIRED = "expired"
    USED = "used"
    WRONG_WORKER = "wrong_worker"


@dataclass(frozen=True, slots=True)
class Admission:
    """A ticket that opened."""

    call_id: str


@dataclass(slots=True)
class _Entry:
    call_id: str = field(repr=False)
    worker: str
    expires: float
    used: bool = False


class TicketBook:
    """Issues and redeems tickets. Not thread-safe: one event loop owns it."""

    def __init__(self, clock: Callable[[], float], ttl: float = 10.0, capacity: int = 10_000) -> None:
        if ttl <= 0 or capacity < 1:
            raise ValueError("a ticket book needs a positive ttl and room for at least one ticket")
        self._clock = clock
        self._ttl = ttl
        self._capacity = capacity
        self._entries: OrderedDict[UUID, _Entry] = OrderedDict()  # oldest first: ttl is the same for all

    def issue(self, call_id: str, worker: str) -> UUID:
        """A fresh ticket for this call at this worker, valid `ttl` seconds from now."""
        now = self._clock()
        self._forget(now)
        while len(self._entries) >= self._capacity:
            self._entries.popitem(last=False)
        ticket = uuid4()
        self._entries[ticket] = _Entry(call_id, worker, now + self._ttl)
        return ticket

    def redeem(self, ticket: UUID, worker: str) -> Admission | Refusal:
        """Open the call behind `ticket` at `worker`, once; otherwise say why not."""
        entry = self._entries.get(ticket)
        if entry is None:
            return Refusal.UNKNOWN
        if self._clock() >= entry.expires:
            return Refusal.EXPIRED
        if entry.used:
            return Refusal.USED
        entry.used = True
        if entry.worker != worker:
            return Refusal.WRONG_WORKER
        return Admission(entry.call_id)

    def revoke_worker(self, worker: str) -> int:
        """Forget every ticket of a worker that died or drains; returns how many."""
        gone = [ticket for ticket, entry in self._entries.items() if entry.worker == worker]
        for ticket in gone:
            del self._entries[ticket]
        return len(gone)

    def __len__(self) -> int:
        """How many tickets could still open."""
        now = self._clock()
        return sum(1 for entry in self._entries.values() if not entry.used and now < entry.expires)

    def __repr__(self) -> str:
        return f"TicketBook(open={len(self)}, ttl={self._ttl})"

    def _forget(self, now: float) -> None:
        """Drop what expired one lifetime ago: until then a late ticket is told from a made-up one."""
        while self._entries:
            ticket, entry = next(iter(self._entries.items()))
            if now < entry.expires + self._ttl:
                return
            del self._entries[ticket]
