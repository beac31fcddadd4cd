"""The real parts that the proofs run against: the demo store over HTTP, its tables, Valkey, one event loop.

Every call gets numbers and an id of its own, so rows of one call are told apart without putting the store back each
time; it is put back every `RESET_EVERY` calls. Stock does not run out by itself, else later calls could order nothing;
`sell_out` takes it away.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

import httpx2
import psycopg
import redis
from psycopg.rows import dict_row

from call_center.agent.store_shop import StoreShop
from call_center.processes import lease
from call_center.store_client.breaker import Breaker
from call_center.store_client.client import StoreClient
from demo_store.process import StoreProcess

STORE_NOW = "2026-11-23T10:30:00+02:00"
RESET_EVERY = 250
SIZES = (
    ("205/55 R16", "winter"),
    ("195/65 R15", "winter"),
    ("225/45 R17", "summer"),
    ("215/65 R16", "winter"),
)
PLENTY = 10_000
FILL = "UPDATE stock SET quantity = %s WHERE quantity > 0"
EMPTY = (
    "UPDATE stock SET quantity = 1 WHERE quantity > 1 AND tyre_id IN (SELECT id FROM tyres"
    " WHERE width = %s AND profile = %s AND diameter = %s)"
)
PATIENCE_S = 5.0  # a busy machine must not look like a Redis that is gone


class World:
    """`with World(...) as world`; one for a process. `schema` keeps several apart in one PostgreSQL."""

    def __init__(self, postgres_url: str, valkey_url: str, schema: str = "demo_store_proofs") -> None:
        self._postgres_url, self.valkey_url, self.schema = postgres_url, valkey_url, schema
        self._process = StoreProcess(
            database_url=postgres_url, schema=schema, now=STORE_NOW, test_port=0, reset=True
        )
        self._runner = asyncio.Runner()
        self._faulty = self._sold = False
        self.calls = 0
        self.catalogue: dict[Any, Any] = {}  # answers of reads that no call changes

    def __enter__(self) -> Self:
        lease.PATIENCE_S = PATIENCE_S
        address = self._process.start()
        self._test = httpx2.Client(base_url=address.test_url, trust_env=False, timeout=30)
        self._db = psycopg.connect(self._postgres_url, autocommit=True, row_factory=dict_row)
        self._db.execute(f"SET search_path TO {self.schema}".encode())
        for table in ("orders", "callbacks"):  # of this throw-away copy: the checks read rows by call
            self._db.execute(f"CREATE INDEX IF NOT EXISTS proof_{table} ON {table} (call_id)".encode())
        self._redis = redis.Redis.from_url(self.valkey_url)
        self.client = self.run(self._open(address.url, address.key))
        self.shop = StoreShop(self.client)
        self._reset()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run(self.client.aclose())
        self._runner.close()
        self._db.close()
        self._redis.close()
        self._test.close()
        self._process.stop()

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the world's loop."""
        return self._runner.run(work)

    def begin(self) -> tuple[str, tuple[str, str, str]]:
        """A new call: its id, and three numbers nobody used since the store was put back."""
        if self.calls and self.calls % RESET_EVERY == 0:
            self._reset()
        number = self.calls % RESET_EVERY
        self.calls += 1
        self.trouble([])
        if self._sold:
            self._fill()
        phones = [f"+38099000{3 * number + index:04d}" for index in range(3)]
        return str(uuid.uuid4()), (phones[0], phones[1], phones[2])

    def fresh_breaker(self, clock: Any) -> None:
        """A process starts with a breaker of its own."""
        self.client.transport.breaker = Breaker(clock)

    def expire_lease(self, call_id: str) -> None:
        """What Redis does when a lease was not renewed in time."""
        self._redis.delete(f"lease:{call_id}")

    def sell_out(self, size: str) -> None:
        """Other customers leave one tyre of each kind of a size, until the next call."""
        width, profile, diameter = (int(part) for part in size.replace("/", " ").replace("R", "").split())
        self._db.execute(EMPTY.encode(), (width, profile, diameter))
        self._sold = True

    def trouble(self, faults: list[dict[str, Any]]) -> None:
        """What the store does wrong from now on."""
        if faults or self._faulty:
            self._test.post("/_test/faults", json={"faults": faults}).raise_for_status()
        self._faulty = bool(faults)

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of the store's tables."""
        return self._db.execute(query.encode(), values).fetchall()

    def _reset(self) -> None:
        self._test.post("/_test/reset", json={"now": STORE_NOW}).raise_for_status()
        self._faulty = False
        self.catalogue.clear()
        self._fill()

    def _fill(self) -> None:
        self._db.execute(FILL.encode(), (PLENTY,))
        self._sold = False

    async def _open(self, url: str, key: str) -> StoreClient:
        return StoreClient(url, key, sleep=_at_once)


async def _at_once(seconds: float) -> None:
    """Waiting for a store that is in trouble takes no time here."""
