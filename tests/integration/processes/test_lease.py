"""Leases and epochs in a real Valkey: one writer a call, a stale one stops, and calls go on without Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis

from call_center.core.journal import Journal, StaleWriter
from call_center.core.journal import events as ev
from call_center.processes.lease import LEASE_S, TICKET_LEASE_S, CallHeld, Leases
from call_center.testing.memory_call import MemorySink

pytestmark = pytest.mark.integration
NOWHERE = "redis://127.0.0.1:1/0"


class Clock:
    """A monotonic clock that the test moves; Redis keeps its own."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def client(valkey_url: str) -> Any:
    """An empty server."""
    found = redis.Redis.from_url(valkey_url)
    found.flushall()
    return found


def with_owners(
    url: str, scene: Callable[..., Awaitable[None]], *owners: str, clock: Callable[[], float] | None = None
) -> None:
    """Run `scene` with one `Leases` for each owner."""

    async def main() -> None:
        all_leases = [Leases(url, owner, clock=clock) if clock else Leases(url, owner) for owner in owners]
        try:
            await scene(*all_leases)
        finally:
            for leases in all_leases:
                await leases.close()

    asyncio.run(main())


def test_two_workers_fight_for_a_call(client: Any, valkey_url: str) -> None:
    """Of two that take at the same time one gets the call, a hundred times over."""

    async def scene(a: Leases, b: Leases) -> None:
        for n in range(100):
            answers = await asyncio.gather(
                a.take(f"call-{n}", 0), b.take(f"call-{n}", 0), return_exceptions=True
            )
            assert sorted(type(answer).__name__ for answer in answers) == ["CallHeld", "Lease"]

    with_owners(valkey_url, scene, "worker-a", "worker-b")


def test_every_take_over_raises_the_epoch(client: Any, valkey_url: str) -> None:
    """Epochs only rise: after a release, after the owner's death, above what the journal knows."""

    async def scene(a: Leases, b: Leases) -> None:
        first = await a.take("call", 0)
        await a.release(first)
        second = await b.take("call", 0)
        third = await a.take("call", 0, dead=["worker-b"])
        await a.release(third)
        fourth = await b.take("call", 41)
        assert [lease.epoch for lease in (first, second, third, fourth)] == [1, 2, 3, 42]

    with_owners(valkey_url, scene, "worker-a", "worker-b")


def test_living_owner_keeps_its_call(client: Any, valkey_url: str) -> None:
    """A second live connection is refused, whoever else is dead."""

    async def scene(a: Leases, b: Leases) -> None:
        lease = await a.take("call", 0)
        with pytest.raises(CallHeld, match="worker-a"):
            await b.take("call", 0, dead=["worker-x"])
        await a.renew()
        assert not lease.stale

    with_owners(valkey_url, scene, "worker-a", "worker-b")


def test_lease_that_is_not_renewed_runs_out(client: Any, valkey_url: str) -> None:
    """Redis forgets a silent owner: after the ticket's time, and sooner once the call was live."""

    async def scene(a: Leases) -> None:
        await a.take("call", 0)
        assert 1000 * LEASE_S < int(client.pttl("lease:call")) <= 1000 * TICKET_LEASE_S
        await a.renew()
        assert 0 < int(client.pttl("lease:call")) <= 1000 * LEASE_S

    with_owners(valkey_url, scene, "worker-a")


def test_stale_writer_stops(client: Any, valkey_url: str) -> None:
    """Taken over while it was away: it learns that, tells its session, writes no more and intends nothing."""

    async def scene(a: Leases, b: Leases) -> None:
        lease, sink, told = await a.take("call", 0), MemorySink(), []
        lease.on_stale = lambda: told.append("stale")
        journal = Journal("call", lease.epoch, sink, fence=lease)
        journal.append(ev.KeyPressed("1"))
        client.delete("lease:call")  # it ran out
        await b.take("call", 0)
        await a.renew()
        assert told == ["stale"]
        journal.append(ev.KeyPressed("2"))
        with pytest.raises(StaleWriter):
            await journal.append(ev.ToolIntended(1, "confirm_order", {}, "k"), durable=True)
        assert [entry.event for entry in sink.entries] == [ev.KeyPressed("1")]

    with_owners(valkey_url, scene, "worker-a", "worker-b")


def test_writer_that_was_stopped_asks_before_it_binds_the_shop(client: Any, valkey_url: str) -> None:
    """A process that slept through its lease finds out at its next intent, before the request leaves."""
    clock = Clock()

    async def scene(a: Leases, b: Leases) -> None:
        lease, sink = await a.take("call", 0), MemorySink()
        journal = Journal("call", lease.epoch, sink, fence=lease)
        client.delete("lease:call")
        await b.take("call", 0)
        clock.now += 60.0
        with pytest.raises(StaleWriter):
            await journal.append(ev.ToolIntended(1, "confirm_order", {}, "k"), durable=True)
        assert sink.entries == []

    with_owners(valkey_url, scene, "worker-a", "worker-b", clock=clock)


def test_writer_whose_lease_ran_out_unseen_goes_on(client: Any, valkey_url: str) -> None:
    """Nobody wanted the call meanwhile: the lease is taken back in the same epoch and the intent is written."""
    clock = Clock()

    async def scene(a: Leases) -> None:
        lease, sink = await a.take("call", 0), MemorySink()
        journal = Journal("call", lease.epoch, sink, fence=lease)
        client.delete("lease:call")
        clock.now += 60.0
        await journal.append(ev.ToolIntended(1, "confirm_order", {}, "k"), durable=True)
        assert len(sink.entries) == 1
        assert client.get("lease:call") == b"worker-a#1"

    with_owners(valkey_url, scene, "worker-a", clock=clock)


def test_restarted_empty_redis_gives_a_call_back_to_its_writer(client: Any, valkey_url: str) -> None:
    """The server lost leases and epochs: the living writer puts both back with its next renewal."""

    async def scene(a: Leases, b: Leases) -> None:
        lease = await a.take("call", 6)
        client.flushall()
        await a.renew()
        assert not lease.stale
        with pytest.raises(CallHeld):
            await b.take("call", 0)
        assert client.get("epoch:call") == b"7"

    with_owners(valkey_url, scene, "worker-a", "worker-b")


def test_released_lease_of_another_stays(client: Any, valkey_url: str) -> None:
    """An old owner that lets go late does not free the new owner's call."""

    async def scene(a: Leases, b: Leases) -> None:
        old = await a.take("call", 0)
        await b.take("call", 0, dead=["worker-a"])
        await a.release(old)
        assert client.get("lease:call") == b"worker-b#2"

    with_owners(valkey_url, scene, "worker-a", "worker-b")


@pytest.mark.parametrize("url", ["", NOWHERE])
def test_calls_go_on_without_redis(url: str) -> None:
    """No Redis, or none that answers: epochs follow what is known here and nothing fails."""

    async def scene(a: Leases) -> None:
        lease, sink = await a.take("call", 3), MemorySink()
        journal = Journal("call", lease.epoch, sink, fence=lease)
        await journal.append(ev.ToolIntended(1, "confirm_order", {}, "k"), durable=True)
        await a.renew()
        assert (lease.epoch, lease.stale, len(sink.entries)) == (4, False, 1)
        assert await a.entries("call") is None
        await a.release(lease)

    with_owners(url, scene, "worker-a")
