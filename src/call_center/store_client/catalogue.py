"""Catalogue calls of the store client."""

from __future__ import annotations

from typing import Literal

from call_center.store_client.models import (
    Availability,
    Season,
    TyreDetail,
    TyrePage,
    VehicleSizes,
)
from call_center.store_client.transport import Transport
from call_center.store_client.wire import query, segment, typed

Sort = Literal["price_asc", "price_desc", "popularity"]


class CatalogueCalls:
    """Tyres and vehicles. Reads only."""

    transport: Transport

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
        asked = query(
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
        path = f"/tires/{segment(tyre_id)}"
        reply = await self.transport.request("GET", path, route="/tires/{id}", deadline=deadline)
        return typed(TyreDetail, reply.data)

    async def check_availability(self, tyre_id: str, *, deadline: float | None = None) -> Availability:
        """How many there are, in which warehouses, from which day."""
        path = f"/tires/{segment(tyre_id)}/availability"
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
        asked = query(
            {"make": make, "model": model, "year": year, "modification": modification, "season": season}
        )
        reply = await self.transport.request("GET", "/vehicles/tires", params=asked, deadline=deadline)
        return typed(VehicleSizes, reply.data)
