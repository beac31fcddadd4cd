"""The demo store's test port, and a shop beside it, for one scenario after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2

from call_center.agent.tools.shop import Shop
from call_center.errors import ConfigError


@dataclass(frozen=True, slots=True)
class TestPort:
    """`test` is a client of the test port. Raises `ConfigError` when the port refuses."""

    __test__ = False  # no test class

    test: httpx2.AsyncClient

    async def reset(self, now: str, faults: list[dict[str, Any]]) -> None:
        """The seed, at that time, with these faults."""
        await self._post("/_test/reset", {"now": now})
        await self.faults(faults)

    async def faults(self, faults: list[dict[str, Any]]) -> None:
        """Replace the faults."""
        await self._post("/_test/faults", {"faults": faults})

    async def changes(self) -> dict[str, Any]:
        """Rows added or changed since the reset, table by table."""
        found: dict[str, Any] = (await self.test.get("/_test/changes")).json()["data"]
        return found

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        answer = await self.test.post(path, json=body)
        if answer.status_code != 200:
            raise ConfigError(f"the store's test port refused {path}: {answer.text[:200]}")


@dataclass(frozen=True, slots=True)
class Arena(TestPort):
    """A test port and the shop that an agent in this process gets."""

    shop: Shop
