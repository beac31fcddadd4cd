"""`StoreClient`: the shop as typed calls, named after the agent's tools.

Every method takes `deadline`, a time of the client's clock (`time.monotonic` unless given) that the turn must not pass,
and raises `StoreError` for every failure: `code` says which (a code of the shop, `timeout`, `connection_lost`,
`unavailable`, `breaker_open`, `bad_answer`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote

from call_center.store_client.models import (
    Availability,
    Season,
    TyreDetail,
    TyrePage,
    VehicleSizes,
)
from call_center.store_client.transport import Transport
from call_center.store_client.wire import typed

Sort = Literal["price_asc", "price_desc", "popularity"]
Parameters = Mapping[str, str | int | bool | None]


class StoreClient:
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

    async def search_tires(
        self,
        *,
        width: int | None = None,
        profile: int | None = None,
        diameter: int | None = None,
        season: Season | None = None,
        brand: str | None = None,
        model: str | None = None,
        min_price: int | None = None,
        max_price: int | None = None,
        in_stock: bool | None = None,
        studded: bool | None = None,
        run_flat: bool | None = None,
        commercial: bool | None = None,
        sort: Sort = "popularity",
        page: int = 1,
        per_page: int = 20,
        deadline: float | None = None,
    ) -> TyrePage:
        """Find tyres; sizes in mm, % and inches, prices in whole UAH, a flag False excludes."""
        asked = _query(
            {
                "width": width,
                "profile": profile,
                "diameter": diameter,
                "season": season,
                "brand": brand,
                "model": model,
                "min_price": min_price,
                "max_price": max_price,
                "in_stock": in_stock,
                "studded": studded,
                "run_flat": run_flat,
                "commercial": commercial,
                "sort": sort,
                "page": page,
                "per_page": per_page,
            }
        )
        reply = await self.transport.request("GET", "/tires/search", params=asked, deadline=deadline)
        return typed(
            TyrePage,
            {"tyres": reply.data, "total": reply.pagination.get("total")}
            | {name: reply.pagination[name] for name in ("page", "total_pages") if name in reply.pagination},
        )

    async def get_tire(self, tyre_id: str, *, deadline: float | None = None) -> TyreDetail:
        """One tyre with rating, label and the vehicles it fits. 404: `not_found`."""
        path = f"/tires/{_segment(tyre_id)}"
        reply = await self.transport.request("GET", path, route="/tires/{id}", deadline=deadline)
        return typed(TyreDetail, reply.data)

    async def check_availability(self, tyre_id: str, *, deadline: float | None = None) -> Availability:
        """How many there are, in which warehouses, from which day."""
        path = f"/tires/{_segment(tyre_id)}/availability"
        reply = await self.transport.request("GET", path, route="/tires/{id}/availability", deadline=deadline)
        return typed(Availability, reply.data)

    async def get_vehicle_tire_sizes(
        self,
        make: str,
        model: str,
        year: int,
        *,
        modification: str | None = None,
        season: Season | None = None,
        deadline: float | None = None,
    ) -> VehicleSizes:
        """Factory sizes of a vehicle and tyres for each. 404: `not_found`, or `ambiguous` when a name means several."""
        asked = _query(
            {"make": make, "model": model, "year": year, "modification": modification, "season": season}
        )
        reply = await self.transport.request("GET", "/vehicles/tires", params=asked, deadline=deadline)
        return typed(VehicleSizes, reply.data)


def _query(values: Parameters) -> dict[str, str]:
    """Return what was given as query text; booleans are true and false."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if value is not None
    }


def _segment(identifier: str) -> str:
    return quote(identifier, safe="")
