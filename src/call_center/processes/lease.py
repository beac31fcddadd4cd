"""The right of a worker to write a call's journal: a lease in Redis, with an epoch that every take-over raises.

`take` refuses (`CallHeld`) while another living owner has the call. All leases of a worker are renewed together; the
one that is found in other hands becomes `stale` and tells its session. Between renewals a lease knows by its own clock
whether anybody else may have the call (`sure`); when it does not, `confirm` asks before anything binding is done. With
Redis down (or none configured) the worker's own table of live calls is the guard, and calls go on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, cast

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from call_center.core.journal import StaleWriter
from call_center.core.journal.codec import decode
from call_center.core.journal.events import Entry
from call_center.errors import CallCenterError, JournalError
from call_center.logging import get_logger
from call_center.processes.redis_schema import EPOCH_KEEP_S, RELEASE, RENEW, TAKE, call_key

LEASE_S = 5.0
TICKET_LEASE_S = 12.0  # until the PBX has connected; a ticket is valid 10 s
PATIENCE_S = 0.2  # for an answer of Redis, while a caller waits
log = get_logger(__name__)


class CallHeld(CallCenterError):
    """Another living process has the call."""


class Lease:
    """The `Fence` of one call's journal. `until` is on the monotonic clock."""

    def __init__(self, leases: Leases, call_id: str, epoch: int, until: float) -> None:
        self._leases = leases
        self.call_id, self.epoch, self.until = call_id, epoch, until
        self.stale = False
        self.on_stale: Callable[[], None] | None = None

    @property
    def sure(self) -> bool:
        """Whether the lease has not run out."""
        return self._leases.clock() < self.until

    async def confirm(self) -> None:
        """Renew it now. Raises `StaleWriter`; goes on when Redis does not answer."""
        if not await self._leases.renew([self]):
            self.until = self._leases.clock() + 1.0  # do not ask a dead server before every single request
        if self.stale:
            raise StaleWriter(f"call {self.call_id} belongs to another process")

    def lose(self) -> None:
        """Somebody else has the call."""
        if not self.stale:
            self.stale = True
            log.error(
                "another process has the call, this one lets go", call_id=self.call_id, epoch=self.epoch
            )
            if self.on_stale is not None:
                self.on_stale()


class Leases:
    """The leases of worker `owner`; `url` "" works without Redis."""

    def __init__(self, url: str, owner: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.owner, self.clock = owner, clock
        self._redis: Any = _connect(url) if url else None
        self._held: dict[str, Lease] = {}

    async def take(self, call_id: str, known_epoch: int, dead: Sequence[str] = ()) -> Lease:
        """Become the writer of a call in a new epoch, above `known_epoch`. Raises `CallHeld`.

        `dead` names owners whose processes are known to have ended: their leases need not run out.
        """
        epoch, until = known_epoch + 1, 0.0
        asked_at = self.clock()
        keys = [f"lease:{call_id}", f"epoch:{call_id}"]
        argv = [self.owner, int(1000 * TICKET_LEASE_S), known_epoch, EPOCH_KEEP_S, *dead]
        answer = await self._ask(lambda client: client.eval(TAKE, 2, *keys, *argv))
        if answer is not None:
            if not int(answer[0]):
                raise CallHeld(f"the call is at {answer[1].decode()}")
            epoch, until = int(answer[0]), asked_at + TICKET_LEASE_S
        lease = self._held[call_id] = Lease(self, call_id, epoch, until)
        return lease

    async def renew(self, leases: Iterable[Lease] | None = None) -> bool:
        """Renew `leases` (all by default); False when Redis did not answer."""
        mine = [lease for lease in (leases or self._held.values()) if not lease.stale]
        if not mine:
            return True
        asked_at = self.clock()
        argv: list[str | int] = [self.owner, int(1000 * LEASE_S), EPOCH_KEEP_S]
        for lease in mine:
            argv += [lease.call_id, lease.epoch]
        answer = await self._ask(lambda client: client.eval(RENEW, 0, *argv))
        if answer is None:
            return False
        for lease, ours in zip(mine, answer, strict=True):
            if ours:
                lease.until = asked_at + LEASE_S
            else:
                lease.lose()
        return True

    async def release(self, lease: Lease) -> None:
        """Give a call up."""
        if self._held.get(lease.call_id) is lease:
            del self._held[lease.call_id]
        mine = f"{self.owner}#{lease.epoch}"
        if not lease.stale:
            await self._ask(lambda client: client.eval(RELEASE, 1, f"lease:{lease.call_id}", mine))

    async def entries(self, call_id: str) -> list[Entry] | None:
        """A call's entries in Redis, unordered; None when Redis does not answer."""
        lines = await self._ask(lambda client: client.hvals(call_key(call_id)))
        if lines is None:
            return None
        return await asyncio.to_thread(_decoded, cast("list[bytes]", lines))

    async def close(self) -> None:
        """Drop the connection."""
        if self._redis is not None:
            await self._redis.aclose()

    async def _ask(self, request: Callable[[Any], Awaitable[Any]]) -> Any:
        if self._redis is None:
            return None
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await request(self._redis)
        except (redis.RedisError, OSError, TimeoutError) as error:
            log.warning("redis does not answer", why=type(error).__name__)
            return None


def _connect(url: str) -> Any:
    return redis.asyncio.Redis.from_url(
        url, socket_connect_timeout=PATIENCE_S, socket_timeout=PATIENCE_S, retry=Retry(NoBackoff(), 0)
    )


def _decoded(lines: Iterable[bytes]) -> list[Entry]:
    entries = []
    for line in lines:
        try:
            entries.append(decode(line))
        except JournalError as error:
            log.error("an entry in redis cannot be read", why=str(error)[:100])
    return entries
