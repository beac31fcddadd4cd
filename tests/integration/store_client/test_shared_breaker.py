"""What one process finds out about the shop, the others know; without Redis each is on its own."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from call_center.store_client.breaker import FAILURES, OPEN_S, Breaker, Outcome, State
from call_center.store_client.shared_breaker import SharedBreaker

pytestmark = pytest.mark.integration


def fail(breaker: Breaker) -> None:
    """Open it."""
    for _ in range(FAILURES):
        permit = breaker.permit()
        assert permit is not None
        permit.settle(Outcome.FAILED)


def test_breaker_that_opens_opens_the_others_and_closes_them(valkey_url: str) -> None:
    """Opened by one, refused by both; closed by one trial for both."""
    time = [1000.0]
    one, other = Breaker(lambda: time[0]), Breaker(lambda: time[0])

    async def scene() -> list[State]:
        name = str(uuid.uuid4())
        mine, theirs = (SharedBreaker(b, valkey_url, name, patience_s=5.0) for b in (one, other))
        fail(one)
        await mine.look()
        await theirs.look()
        seen = [other.state]
        time[0] += OPEN_S - 0.5
        other.open_for(5.0)  # it has some seconds more to wait than the one that found it
        time[0] += 1.0
        trial = one.permit()
        assert trial is not None
        trial.settle(Outcome.SUCCEEDED)
        await mine.look()
        await theirs.look()
        await mine.close()
        await theirs.close()
        return [*seen, other.state]

    assert asyncio.run(scene()) == [State.OPEN, State.CLOSED]


def test_without_redis_every_breaker_is_its_own() -> None:
    """Nothing raises, nothing opens."""
    one = Breaker(lambda: 1000.0)

    async def look() -> None:
        shared = SharedBreaker(one, "redis://127.0.0.1:1/0")
        await shared.look()
        await shared.close()

    asyncio.run(look())
    states = [one.state]
    fail(one)
    asyncio.run(look())
    assert [*states, one.state] == [State.CLOSED, State.OPEN]
