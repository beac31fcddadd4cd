"""What the tools need of the shop, in the agent's own terms; the composition root adapts the store client to it.

Failures are `StoreError` (code `unavailable` when there was no answer). Amounts are UAH, sizes are `205/55 R16`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


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


class Shop(Protocol):
    """The shop's catalogue as the tools use it."""

    async def tyres(self, filters: Filters) -> list[Tyre]:
        """Every article that fits, cheapest first."""

    async def availability(self, product_id: str) -> Availability:
        """Where an article is and when more comes."""

    async def car_sizes(self, make: str, model: str, year: int) -> CarSizes | None:
        """OEM sizes, None when the car is not known."""
