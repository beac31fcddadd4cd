"""The demo store when its database goes away under it."""

from __future__ import annotations

import httpx2
import pytest

from demo_store.process import StoreProcess
from embedded_services import EmbeddedServices

pytestmark = pytest.mark.integration


def test_lost_database_is_503_with_retry_after() -> None:
    """The store stays up and says in its envelope that it cannot answer now."""
    services = EmbeddedServices(valkey=False)
    services.start()
    assert services.postgres is not None
    try:
        with StoreProcess(database_url=services.postgres_url) as address:
            asking = httpx2.Client(
                base_url=f"{address.url}/api/v1",
                headers={"Authorization": f"Bearer {address.key}"},
                trust_env=False,
                timeout=20,
            )
            with asking:
                assert asking.get("/tires/00120013").status_code == 200
                services.stop()
                answers = [asking.get("/tires/00120013") for _ in range(3)]
    finally:
        services.stop()
    assert [answer.status_code for answer in answers] == [503] * 3
    assert all(answer.headers["Retry-After"] == "1" for answer in answers)
    assert all(answer.json()["error"]["request_id"] == answer.headers["X-Request-Id"] for answer in answers)
