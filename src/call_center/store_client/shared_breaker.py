"""One breaker for all processes: who finds the shop down tells the others over Redis.

Each process keeps its own `Breaker`; this object copies openings. When the local one opens, `breaker:{name}` is set for as
long as it stays open; the others look every half second and open theirs for the time that is left. When a trial
succeeds the key goes, and breakers that were opened from afar close. Redis down: every process has its own breaker.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from typing import Any

import redis
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from call_center.store_client.breaker import Breaker, State

LOOK_S = 0.5
PATIENCE_S = 0.2


class SharedBreaker:
    """Shares `breaker` under `name`. `run` until cancelled; `look` is one round of it."""

    def __init__(
        self, breaker: Breaker, url: str, name: str = "store", *, patience_s: float = PATIENCE_S
    ) -> None:
        self._patience_s = patience_s
        self._breaker = breaker
        self._key = f"breaker:{name}"
        self._told = State.CLOSED
        self._afar = False  # whether ours is open because somebody else's is
        self._redis: Any = redis.asyncio.Redis.from_url(
            url, socket_connect_timeout=patience_s, socket_timeout=patience_s, retry=Retry(NoBackoff(), 0)
        )

    async def run(self) -> None:
        """Look until cancelled."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(LOOK_S)
        finally:
            await self.close()

    async def close(self) -> None:
        """Drop the connection."""
        await self._redis.aclose()

    async def look(self) -> None:
        """Tell what ours does, take over what the others know. Never raises for a Redis that is down."""
        with contextlib.suppress(redis.RedisError, OSError, TimeoutError):
            async with asyncio.timeout(self._patience_s):
                await self._exchange()

    async def _exchange(self) -> None:
        state = self._breaker.state
        if state is State.OPEN and self._told is not State.OPEN and not self._afar:
            await self._redis.set(self._key, 1, px=max(1, math.ceil(1000 * self._breaker.retry_in())))
        elif state is State.CLOSED and self._told is not State.CLOSED:
            await self._redis.delete(self._key)
            self._afar = False
        elif state is State.CLOSED or self._afar:
            left = await self._redis.pttl(self._key)
            if left > 0 and state is State.CLOSED:
                self._breaker.open_for(left / 1000)
                self._afar = True
            elif left <= 0 and self._afar and state is State.OPEN:
                self._breaker.close()  # a trial of another process succeeded
                self._afar = False
        self._told = self._breaker.state
