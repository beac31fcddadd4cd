"""Tyres, their availability, and which sizes a vehicle takes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from demo_store.contract.common import Money, Paged, Request, Season, Text, VehicleClass

Price = Annotated[int, Field(ge=0, le=10_000_000, description="whole UAH")]


class TyreSearch(Paged):
    """Filters of GET /tires/search; a flag given as false asks for tyres without that property."""

    width: Annotated[int, Field(ge=50, le=500, description="mm")] | None = None
    profile: Annotated[int, Field(ge=10, le=100, description="%")] | None = None
    diameter: Annotated[int, Field(ge=8, le=30, description="inch")] | None = None
    season: Season | None = None
    brand: Text | None = None
    model: Text | None = None
    min_price: Price | None = None
    max_price: Price | None = None
    in_stock: bool | None = None
    studded: bool | None = None
    run_flat: bool | None = None
    commercial: bool | None = None
    sort: Literal["price_asc", "price_desc", "popularity"] = "popularity"

    @model_validator(mode="after")
    def _prices_in_order(self) -> Self:
        if self.min_price is not None and self.max_price is not None and self.min_price > self.max_price:
            raise ValueError("min_price is above max_price")
        return self


class Tyre(BaseModel):
    """A tyre as a list shows it. `load_index` is text: commercial tyres have two (109/107)."""

    id: str
    brand: str
    model: str
    size: str
    width: int
    profile: int
    diameter: int
    season: Season
    studded: bool
    commercial: bool
    load_index: str
    speed_index: str
    xl: bool
    run_flat: bool
    price: Money
    currency: Literal["UAH"] = "UAH"
    in_stock: bool
    stock_quantity: int
    segment: Literal["budget", "mid", "premium"]
    country: str
    year: int


class Labels(BaseModel):
    """The EU label (2020/740); null for studded tyres, which it does not cover."""

    noise_db: int | None
    fuel_class: str | None
    wet_class: str | None


class CompatibleVehicle(BaseModel):
    """A vehicle generation that leaves the factory with this size."""

    make: str
    model: str
    generation: str
    year_from: int
    year_to: int | None


class TyreDetail(Tyre):
    """One tyre with everything known about it."""

    rating: float
    labels: Labels
    compatible_vehicles: list[CompatibleVehicle]


class Location(BaseModel):
    """What one warehouse has; `available_from` is the day it can be picked up or sent."""

    warehouse: str
    quantity: int
    available_from: dt.date


class Availability(BaseModel):
    """Where a tyre is. `next_delivery` is null when no supply is planned."""

    product_id: str
    total_quantity: int
    in_stock: bool
    locations: list[Location]
    next_delivery: dt.date | None


class VehicleQuery(Request):
    """Parameters of GET /vehicles/tires; make and model in any spelling the store knows."""

    make: Text
    model: Text
    year: Annotated[int, Field(ge=1950, le=2100)]
    modification: Text | None = None
    season: Season | None = None


class Staggered(BaseModel):
    """Different sizes front and rear."""

    front: str
    rear: str


class Generation(BaseModel):
    """One generation; its sizes are alternatives of each other. `year_to` null: still made."""

    name: str
    year_from: int
    year_to: int | None
    vehicle_class: VehicleClass
    sizes: list[str]
    staggered: list[Staggered]
    bolt_pattern: str | None


class Vehicle(BaseModel):
    """A vehicle and the sizes it left the factory with."""

    make: str
    model: str
    year: int
    generations: list[Generation]
    oem_sizes: list[str]


class SizeTyres(BaseModel):
    """Tyres of one size, in stock first."""

    size: str
    is_oem: bool
    tires: list[Tyre]


class VehicleTyres(BaseModel):
    """The answer of GET /vehicles/tires."""

    vehicle: Vehicle
    recommended_tires: list[SizeTyres]
