"""Fitting stations, free times, bookings, prices; and callbacks."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from demo_store.contract.common import (
    LongText,
    Moment,
    Money,
    Paged,
    Phone,
    Request,
    ServiceType,
    Text,
    VehicleClass,
)
from demo_store.contract.orders import Hours, Identifier

ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Diameter = Annotated[int, Field(ge=13, le=22, description="inch")]
Day = Annotated[dt.date, Field(ge=dt.date(2000, 1, 1), le=dt.date(2099, 12, 31))]


class StationSearch(Paged):
    """Parameters of GET /fitting/stations; `query` is words of address, district or landmark."""

    city: Text | None = None
    query: Text | None = None


class StationPlace(BaseModel):
    """Where a station is."""

    id: str
    name: str
    city: str
    address: str


class Station(StationPlace):
    """A station; a day without hours is closed."""

    district: str
    landmarks: list[str]
    phone: str
    working_hours: dict[str, Hours | None]
    services: list[str]


class SlotQuestion(Request):
    """Parameters of GET /fitting/stations/{id}/slots."""

    date_from: Day
    date_to: Day | None = None
    service_type: ServiceType = "full_service"


class SlotTime(BaseModel):
    """A start time; one that is taken is listed too."""

    time: str
    available: bool


class SlotDay(BaseModel):
    """The start times of one day; none when closed."""

    date: dt.date
    times: list[SlotTime]


class NextSlot(BaseModel):
    """The first free time after what was asked for."""

    date: dt.date
    time: str


class Slots(BaseModel):
    """The answer of slots. `reason` (closed, full, past, too_far, no_service) is null when something is free."""

    slots: list[SlotDay]
    reason: str | None
    next_available: NextSlot | None


class NewBooking(Request):
    """Body of POST /fitting/bookings."""

    station_id: Identifier
    date: Day
    time: ClockTime
    service_type: ServiceType
    customer_phone: Phone
    customer_name: Text
    vehicle_info: Text | None = None
    vehicle_class: VehicleClass = "passenger"
    tire_diameter: Diameter
    linked_order_id: Identifier | None = None
    notes: LongText | None = None
    source: Text | None = None
    call_id: Text | None = None


class Move(Request):
    """Body of PATCH /fitting/bookings/{id}."""

    station_id: Identifier | None = None
    date: Day
    time: ClockTime


class Booking(BaseModel):
    """A booking; the price is for four wheels."""

    id: str
    station: StationPlace
    date: dt.date
    time: str
    service_type: ServiceType
    status: str
    customer_name: str
    customer_phone: str
    vehicle_info: str | None
    vehicle_class: VehicleClass
    tire_diameter: int | None
    plate: str | None
    linked_order_id: str | None
    notes: str | None
    estimated_duration_min: int
    price: Money
    version: int


class BookingSearch(Paged):
    """Parameters of GET /fitting/bookings."""

    phone: Phone


class PriceQuestion(Request):
    """Parameters of GET /fitting/prices; prices are the same at every station."""

    station_id: Identifier | None = None
    tire_diameter: Diameter
    vehicle_class: VehicleClass = "passenger"


class FittingPrice(BaseModel):
    """What a service costs; a set is four wheels."""

    service: str
    label: str
    price_per_wheel: Money
    price_set: Money
    duration_min: int


class NewCallback(Request):
    """Body of POST /callbacks."""

    phone: Phone
    preferred_time: Text | None = None
    topic: LongText | None = None
    call_id: Text | None = None


class Callback(BaseModel):
    """A wish to be called back."""

    id: str
    phone: str
    preferred_time: str | None
    topic: str | None
    call_id: str | None
    created_at: Moment


class CallbackSearch(Paged):
    """Parameters of GET /callbacks."""

    phone: Phone | None = None
