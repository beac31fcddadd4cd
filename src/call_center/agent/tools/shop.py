"""What the tools need of the shop; the composition root adapts the store client to it.

Failures are `StoreError` (code `unavailable` when there was no answer). Amounts are UAH, sizes are `205/55 R16`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Tyre:
    """One article of the catalogue."""

    id: str
    brand: str
    model: str
    size: str
    season: str
    price: float
    stock: int
    segment: str
    studded: bool = False
    commercial: bool = False
    run_flat: bool = False
    xl: bool = False
    load_index: str = ""
    speed_index: str = ""
    country: str = ""
    year: int | None = None
    rating: float = 0.0


@dataclass(frozen=True, slots=True)
class Filters:
    """A search of the catalogue; None means any. `size` as width, profile, diameter."""

    size: tuple[int, int, int]
    season: str | None = None
    brand: str | None = None
    in_stock: bool | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Pieces held in one city."""

    city: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Availability:
    """Where an article is; `next_delivery` is an ISO date."""

    total: int
    places: tuple[Place, ...] = ()
    next_delivery: str | None = None


@dataclass(frozen=True, slots=True)
class CarSizes:
    """Sizes a car leaves the works with; `staggered` when front and rear differ."""

    sizes: tuple[str, ...] = field(default_factory=tuple)
    staggered: bool = False


Row = dict[str, Any]
"""One resource as the Store API shows it, in JSON types."""


class OrderDesk(Protocol):
    """Orders, pickup points and callbacks. `key` is the intent's idempotency key: sending it again has no effect."""

    async def pickup_points(self, city: str, text: str | None = None) -> list[Row]:
        """Own shops (kind own_shop) and Nova Poshta branches of a city; `text` narrows by address or number."""

    async def orders(self, *, phone: str | None = None, number: str | None = None) -> list[Row]:
        """Orders of a phone, of a number, or of both; newest first."""

    async def order(self, order_id: str) -> Row:
        """Everything about one order."""

    async def create_draft(
        self, *, phone: str, name: str | None, items: Sequence[tuple[str, int]], call_id: str, key: str
    ) -> Row:
        """A draft of (product id, pieces)."""

    async def set_delivery(self, order_id: str, place: Row, *, key: str) -> Row:
        """Choose how a draft gets there: method, city, and address, branch or pickup_point_id."""

    async def confirm(
        self, order_id: str, *, payment: str, name: str, total: int, version: int, key: str
    ) -> Row:
        """Bind the shop to a draft of this total (UAH) and version."""

    async def cancel_draft(self, order_id: str, *, reason: str, key: str) -> Row:
        """Take a draft back."""

    async def callback(self, *, phone: str, topic: str, when: str | None, call_id: str, key: str) -> Row:
        """Ask for a call back."""


class FittingDesk(Protocol):
    """Fitting stations, free times, bookings. `key` as in `OrderDesk`; dates are ISO, times "HH:MM"."""

    async def stations(self, city: str | None = None) -> list[Row]:
        """Stations of a city, or all of them."""

    async def slots(self, station_id: str, first: str, last: str, service: str) -> Row:
        """Start times of these days with `available`; `reason` and `next_available` when none is free."""

    async def fitting_prices(self, diameter: int, vehicle_class: str) -> list[Row]:
        """What each service costs, a wheel and a set of four (UAH)."""

    async def bookings(self, phone: str) -> list[Row]:
        """Bookings of a phone, also past and cancelled ones."""

    async def book_fitting(self, booking: Row, *, call_id: str, key: str) -> Row:
        """Book a start time: station_id, date, time, service_type, phone, name, tire_diameter and the vehicle."""

    async def move(self, booking_id: str, *, station_id: str, date: str, time: str, key: str) -> Row:
        """Move a booking in one step; refused, it stays where it was."""

    async def cancel_booking(self, booking_id: str, *, key: str) -> None:
        """Cancel a booking."""


class Shop(OrderDesk, FittingDesk, Protocol):
    """The shop as the tools use it."""

    async def tyres(self, filters: Filters) -> list[Tyre]:
        """Every article that fits, cheapest first."""

    async def availability(self, product_id: str) -> Availability:
        """Where an article is and when more comes."""

    async def car_sizes(self, make: str, model: str, year: int) -> CarSizes | None:
        """OEM sizes, None when the car is not known."""
