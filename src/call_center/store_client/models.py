"""What the shop answers about its catalogue, as the agent sees it: frozen, checked at the edge, unknown fields ignored.

Money is whole UAH. Ids are for requests, never for speech.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Season = Literal["summer", "winter", "all_season"]
VehicleClass = Literal["passenger", "suv", "van"]


class Answer(BaseModel):
    """Base of everything the shop answers."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Tyre(Answer):
    """One tyre of a list. `load_index` is text: commercial tyres have two ("109/107")."""

    id: str
    brand: str
    model: str
    size: str  # "215/55 R17", "215/65 R16C"
    width: int
    profile: int
    diameter: int
    season: Season
    studded: bool = False
    commercial: bool = False
    load_index: str = ""
    speed_index: str = ""
    xl: bool = False
    run_flat: bool = False
    price: int = Field(ge=0)
    currency: str = "UAH"
    in_stock: bool
    stock_quantity: int = Field(ge=0)
    segment: Literal["budget", "mid", "premium"] | None = None
    country: str | None = None
    year: int | None = None


class TyrePage(Answer):
    """One page of a search; `total` counts all pages."""

    tyres: tuple[Tyre, ...]
    total: int
    page: int = 1
    total_pages: int = 1


class Labels(Answer):
    """EU label (2020/740); None where it does not apply."""

    noise_db: int | None = None
    fuel_class: str | None = None
    wet_class: str | None = None


class CompatibleVehicle(Answer):
    """A vehicle generation that leaves the factory with a size."""

    make: str
    model: str
    generation: str = ""
    year_from: int | None = None
    year_to: int | None = None


class TyreDetail(Tyre):
    """One tyre with everything known about it."""

    rating: float | None = None
    labels: Labels | None = None
    compatible_vehicles: tuple[CompatibleVehicle, ...] = ()


class Location(Answer):
    """What one warehouse (a city) has and from which day."""

    warehouse: str
    quantity: int = Field(ge=0)
    available_from: dt.date | None = None


class Availability(Answer):
    """Where a tyre is. `next_delivery` None: no supply is planned."""

    product_id: str
    total_quantity: int = Field(ge=0)
    in_stock: bool
    locations: tuple[Location, ...] = ()
    next_delivery: dt.date | None = None


class Staggered(Answer):
    """Different sizes front and rear."""

    front: str
    rear: str


class Generation(Answer):
    """One generation; its sizes are alternatives of each other."""

    name: str
    year_from: int
    year_to: int | None = None
    vehicle_class: VehicleClass = "passenger"
    sizes: tuple[str, ...] = ()
    staggered: tuple[Staggered, ...] = ()


class Vehicle(Answer):
    """A vehicle and every size its generations of that year left the factory with."""

    make: str
    model: str
    year: int
    generations: tuple[Generation, ...]
    oem_sizes: tuple[str, ...]


class SizeTyres(Answer):
    """Tyres of one size, what sells best first."""

    size: str
    is_oem: bool = True
    tires: tuple[Tyre, ...] = ()


class VehicleSizes(Answer):
    """The answer to `get_vehicle_tire_sizes`."""

    vehicle: Vehicle
    recommended_tires: tuple[SizeTyres, ...] = ()
