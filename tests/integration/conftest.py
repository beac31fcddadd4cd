"""Real servers for integration tests, each started once a run and only when a test asks for it.

`postgres_url` and `valkey_url` are throw-away embedded servers (or DATABASE_URL and REDIS_URL when set);
`demo_store` is the demo store as a process of its own whose clock starts at the day the seed calls today, with its
test port; `store_now` names that moment. A test that changes the store asks for `fresh_store`: the same store, put back
to its seed before the test.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from demo_store.process import StoreAddress, StoreProcess
from embedded_services import EmbeddedServices

STORE_NOW = "2026-11-23T10:30:00+02:00"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL with vector, pg_trgm and unaccent."""
    with EmbeddedServices.from_environment(valkey=False) as services:
        yield services.postgres_url


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A Redis-compatible server."""
    with EmbeddedServices.from_environment(postgres=False) as services:
        yield services.valkey_url


@pytest.fixture(scope="session")
def store_now() -> str:
    """The moment the demo store's clock starts from."""
    return STORE_NOW


@pytest.fixture(scope="session")
def demo_store(postgres_url: str) -> Iterator[StoreAddress]:
    """The demo store: `url`, `key`, `test_url`."""
    with StoreProcess(
        database_url=postgres_url, schema="demo_store_tests", now=STORE_NOW, test_port=0
    ) as address:
        yield address


@pytest.fixture
def fresh_store(demo_store: StoreAddress) -> StoreAddress:
    """The demo store in the state of its seed, without faults."""
    answer = httpx2.post(f"{demo_store.test_url}/_test/reset", json={"now": STORE_NOW}, trust_env=False)
    answer.raise_for_status()
    return demo_store
