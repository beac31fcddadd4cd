"""`StoreClient`: the shop as typed calls, named after the agent's tools.

Every method takes `deadline`, a time of the client's clock (`time.monotonic` unless given) that the turn must not pass,
and raises `StoreError` for every failure: `code` says which (a code of the shop, `timeout`, `connection_lost`,
`unavailable`, `breaker_open`, `bad_answer`).
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from call_center.store_client.catalogue import CatalogueCalls
from call_center.store_client.fitting import FittingCalls
from call_center.store_client.orders import OrderCalls
from call_center.store_client.transport import Transport


class StoreClient(CatalogueCalls, OrderCalls, FittingCalls):
    """Typed client of one shop. An async context manager; the keyword arguments are those of `Transport`."""

    def __init__(self, base_url: str, key: str, **transport: Any) -> None:
        self.transport = Transport(base_url, key, **transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self.transport.aclose()
