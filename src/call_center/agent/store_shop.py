"""The shop as the agent's tools see it, over the typed client of the Store API.

One page of 50 holds every tyre of a size and season of the shops seen so far; two more are read if there are more.
Errors are the client's (`StoreError`); only "no such car" becomes None.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final, Literal, cast

from call_center.agent.tools.shop import Availability, CarSizes, Filters, Place, Row, Tyre
from call_center.errors import StoreError
from call_center.store_client.client import StoreClient
from call_center.store_client.models import Answer, VehicleClass
from call_center.store_client.models import Tyre as StoreTyre
from call_center.store_client.order_models import ServiceType

PER_PAGE: Final = 50
MAX_PAGES: Final = 3


class StoreShop:
    """Adapts `StoreClient` to `Shop`."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def tyres(self, filters: Filters) -> list[Tyre]:
        """Every article that fits, cheapest first."""
        width, profile, diameter = filters.size
        found: list[Tyre] = []
        for page in range(1, MAX_PAGES + 1):
            answer = await self._client.search_tires(
                width=width,
                profile=profile,
                diameter=diameter,
                season=cast("Literal['summer', 'winter', 'all_season'] | None", filters.season),
                brand=filters.brand,
                in_stock=filters.in_stock,
                sort="price_asc",
                page=page,
                per_page=PER_PAGE,
            )
            found += [_tyre(tyre) for tyre in answer.tyres]
            if page >= answer.total_pages:
                break
        return found

    async def availability(self, product_id: str) -> Availability:
        """Where an article is and when more comes."""
        answer = await self._client.check_availability(product_id)
        places = tuple(Place(location.warehouse, location.quantity) for location in answer.locations)
        coming = answer.next_delivery.isoformat() if answer.next_delivery else None
        return Availability(answer.total_quantity, places, coming)

    async def car_sizes(self, make: str, model: str, year: int) -> CarSizes | None:
        """OEM sizes; None when the shop does not know the car."""
        try:
            answer = await self._client.get_vehicle_tire_sizes(make, model, year)
        except StoreError as error:
            if error.status == 404:
                return None
            raise
        sizes = tuple(size.replace(" ", "").replace("R", " R") for size in answer.vehicle.oem_sizes)
        return CarSizes(sizes, any(generation.staggered for generation in answer.vehicle.generations))

    async def pickup_points(self, city: str, text: str | None = None) -> list[Row]:
        """Own shops and Nova Poshta branches of a city."""
        return [_row(point) for point in await self._client.get_pickup_points(city=city, text=text)]

    async def orders(self, *, phone: str | None = None, number: str | None = None) -> list[Row]:
        """Orders of a phone, of a number, or of both."""
        return [_row(order) for order in await self._client.search_orders(phone=phone, order_number=number)]

    async def order(self, order_id: str) -> Row:
        """Everything about one order."""
        return _row(await self._client.get_order(order_id))

    async def create_draft(
        self, *, phone: str, name: str | None, items: Sequence[tuple[str, int]], call_id: str, key: str
    ) -> Row:
        """A draft of (product id, pieces)."""
        return _row(
            await self._client.create_order_draft(
                phone=phone, name=name, items=items, source="voice", call_id=call_id, key=key
            )
        )

    async def set_delivery(self, order_id: str, place: Row, *, key: str) -> Row:
        """Choose how a draft gets there."""
        return _row(await self._client.update_order_delivery(order_id, key=key, **place))

    async def confirm(
        self, order_id: str, *, payment: str, name: str, total: int, version: int, key: str
    ) -> Row:
        """Bind the shop."""
        return _row(
            await self._client.confirm_order(
                order_id,
                payment_method=cast("Literal['cod', 'card_on_delivery', 'online']", payment),
                customer_name=name,
                expected_total=total,
                version=version,
                key=key,
            )
        )

    async def cancel_draft(self, order_id: str, *, reason: str, key: str) -> Row:
        """Take a draft back."""
        return _row(await self._client.cancel_order(order_id, reason=reason, key=key))

    async def callback(self, *, phone: str, topic: str, when: str | None, call_id: str, key: str) -> Row:
        """Ask for a call back."""
        answer = await self._client.request_callback(
            phone=phone, topic=topic, preferred_time=when, call_id=call_id, key=key
        )
        return _row(answer)

    async def stations(self, city: str | None = None) -> list[Row]:
        """Stations of a city, or all of them."""
        return [_row(station) for station in await self._client.get_fitting_stations(city=city)]

    async def slots(self, station_id: str, first: str, last: str, service: str) -> Row:
        """Start times of these days."""
        answer = await self._client.get_fitting_slots(
            station_id,
            date_from=dt.date.fromisoformat(first),
            date_to=dt.date.fromisoformat(last),
            service_type=cast("ServiceType", service),
        )
        return _row(answer)

    async def fitting_prices(self, diameter: int, vehicle_class: str) -> list[Row]:
        """What each service costs."""
        answer = await self._client.get_fitting_price(
            tire_diameter=diameter, vehicle_class=cast("VehicleClass", vehicle_class)
        )
        return [_row(price) for price in answer]

    async def bookings(self, phone: str) -> list[Row]:
        """Bookings of a phone."""
        return [_row(booking) for booking in await self._client.get_customer_bookings(phone=phone)]

    async def book_fitting(self, booking: Row, *, call_id: str, key: str) -> Row:
        """Book a start time."""
        what = {**booking, "date": dt.date.fromisoformat(booking["date"])}
        return _row(await self._client.book_fitting(**what, source="voice", call_id=call_id, key=key))

    async def move(self, booking_id: str, *, station_id: str, date: str, time: str, key: str) -> Row:
        """Move a booking in one step."""
        day = dt.date.fromisoformat(date)
        return _row(
            await self._client.move_fitting(booking_id, station_id=station_id, date=day, time=time, key=key)
        )

    async def cancel_booking(self, booking_id: str, *, key: str) -> None:
        """Cancel a booking."""
        await self._client.cancel_fitting(booking_id, key=key)


def _row(answer: Answer) -> Row:
    return answer.model_dump(mode="json")


def _tyre(tyre: StoreTyre) -> Tyre:
    return Tyre(
        id=tyre.id,
        brand=tyre.brand,
        model=tyre.model,
        size=tyre.size.replace(" ", "").replace("R", " R"),
        season=tyre.season,
        price=tyre.price,
        stock=tyre.stock_quantity,
        segment=tyre.segment or "mid",
        studded=tyre.studded,
        commercial=tyre.commercial,
        run_flat=tyre.run_flat,
        xl=tyre.xl,
        load_index=tyre.load_index,
        speed_index=tyre.speed_index,
        country=tyre.country or "",
        year=tyre.year,
    )
