"""Faults that a scenario can ask for by text. The shop that is down answers nothing, at once."""

from __future__ import annotations

from call_center.agent.tools.shop import Availability, CarSizes, Filters, Tyre
from call_center.errors import StoreError


class DownShop:
    """A `Shop` that never answers."""

    async def tyres(self, filters: Filters) -> list[Tyre]:
        """Raise StoreError."""
        raise StoreError("the store is down")

    async def availability(self, product_id: str) -> Availability:
        """Raise StoreError."""
        raise StoreError("the store is down")

    async def car_sizes(self, make: str, model: str, year: int) -> CarSizes | None:
        """Raise StoreError."""
        raise StoreError("the store is down")
