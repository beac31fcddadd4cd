"""Fitting: stations, free times, bookings and prices.

A station serves as many cars at once as it has posts. Bookable are start times from tomorrow to 21 days ahead. A booking
takes the advisory lock of its slot before it counts, so a slot is never overfull; a move takes the new slot first and
gives up the old one in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from demo_store import seed
from demo_store import tables as t
from demo_store.clock import Clock
from demo_store.contract import common
from demo_store.contract import fitting as model
from demo_store.database import rows_of
from demo_store.errors import ApiError, invalid, not_found
from demo_store.places import Cities, cut, in_city, matches

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIRST_DAY, LAST_DAY = 1, 21  # bookable: tomorrow to +21 days
MAX_RANGE = 31
LABELS = {"tire_change": "перевзування", "balancing": "балансування", "full_service": "комплекс"}


async def stations(
    connection: AsyncConnection, cities: Cities, asked: model.StationSearch
) -> common.Page[model.Station]:
    """Find stations; an unknown city or query finds nothing."""
    rows = await rows_of(connection, sa.select(t.stations).order_by(t.stations.c.id))
    found = [
        row
        for row in rows
        if in_city(cities, asked.city, row["city"])
        and matches(asked.query, (row["name"], row["district"], row["address"], *row["landmarks"]))
    ]
    shown = [model.Station.model_validate(row) for row in cut(found, asked)]
    return common.Page[model.Station](data=shown, pagination=common.pagination(asked, len(found)))


async def slots(
    connection: AsyncConnection, clock: Clock, station_id: str, asked: model.SlotQuestion
) -> model.Slots:
    """Return the start times of the days asked for. Raises 404, 422 for a range that is none."""
    station = await _station(connection, station_id)
    last = asked.date_to or asked.date_from
    if not dt.timedelta(0) <= last - asked.date_from < dt.timedelta(days=MAX_RANGE):
        raise invalid(f"date_to must be on or after date_from and within {MAX_RANGE} days")
    plan = await _Plan.load(connection, clock, station)
    days = [asked.date_from + dt.timedelta(days=n) for n in range((last - asked.date_from).days + 1)]
    offered = asked.service_type in station["services"]
    listed = [model.SlotDay(date=day, times=plan.times(day) if offered else []) for day in days]
    if any(time.available for day in listed for time in day.times):
        return model.Slots(slots=listed, reason=None, next_available=None)
    reason = "no_service" if not offered else plan.reason(days)
    return model.Slots(
        slots=listed, reason=reason, next_available=plan.next_free(asked.date_from) if offered else None
    )


class _Plan:
    """A station's opening hours against its bookings, for the bookable days."""

    def __init__(
        self,
        station: Mapping[str, Any],
        today: dt.date,
        closed: frozenset[dt.date],
        taken: Mapping[tuple[dt.date, str], int],
    ) -> None:
        self._station = station
        self._today = today
        self._closed = closed
        self._taken = taken

    @classmethod
    async def load(cls, connection: AsyncConnection, clock: Clock, station: Mapping[str, Any]) -> _Plan:
        """Read the closed days and the bookings from today on."""
        seeded = await connection.scalar(sa.select(t.facts.c.value).where(t.facts.c.name == "seed_day"))
        closed = seed.closed_dates(station["excluded_dates"], dt.date.fromisoformat(str(seeded)))
        b = t.bookings.c
        query = (
            sa.select(b.date, b.time, sa.func.count().label("cars"))
            .where(b.station_id == station["id"], b.status == "confirmed", b.date >= clock.today())
            .group_by(b.date, b.time)
        )
        taken = {(row["date"], row["time"]): row["cars"] for row in await rows_of(connection, query)}
        return cls(station, clock.today(), closed, taken)

    def bookable(self, day: dt.date) -> bool:
        """Whether `day` lies in the days that can be booked."""
        return FIRST_DAY <= (day - self._today).days <= LAST_DAY

    def starts(self, day: dt.date) -> list[str]:
        """Return every start time of `day`, whatever is booked."""
        hours = self._station["working_hours"][WEEKDAYS[day.weekday()]]
        if hours is None or day in self._closed:
            return []
        step = self._station["slot_minutes"]
        first, end = _minutes(hours["open"]), _minutes(hours["close"])
        return [f"{m // 60:02d}:{m % 60:02d}" for m in range(first, end - step + 1, step)]

    def free(self, day: dt.date, time: str) -> bool:
        """Whether a car more fits in."""
        return self._taken.get((day, time), 0) < int(self._station["posts"])

    def times(self, day: dt.date) -> list[model.SlotTime]:
        """Return the start times of a bookable day, none on others."""
        if not self.bookable(day):
            return []
        return [model.SlotTime(time=time, available=self.free(day, time)) for time in self.starts(day)]

    def next_free(self, after: dt.date) -> model.NextSlot | None:
        """Return the first free time on or after `after`, else the first free time of all."""
        days = [self._today + dt.timedelta(days=n) for n in range(FIRST_DAY, LAST_DAY + 1)]
        for day in sorted(days, key=lambda day: (day < after, day)):
            for time in self.starts(day):
                if self.free(day, time):
                    return model.NextSlot(date=day, time=time)
        return None

    def reason(self, days: list[dt.date]) -> str:
        """Return why none of `days` has a free time."""
        inside = [day for day in days if self.bookable(day)]
        if not inside:
            return "past" if days[0] <= self._today else "too_far"
        return "full" if any(self.starts(day) for day in inside) else "closed"


def _minutes(clock_time: str) -> int:
    hours, minutes = clock_time.split(":")
    return int(hours) * 60 + int(minutes)


async def _station(connection: AsyncConnection, station_id: str) -> Mapping[str, Any]:
    rows = await rows_of(connection, sa.select(t.stations).where(t.stations.c.id == station_id))
    if not rows:
        raise not_found("station")
    return rows[0]


async def _occupy(
    connection: AsyncConnection,
    clock: Clock,
    station: Mapping[str, Any],
    slot: tuple[dt.date, str],
    service: str,
) -> None:
    """Hold the slot's lock and make sure that a car fits in. Raises 409 slot_taken, 422 when it is no slot."""
    day, time = slot
    name = f"{station['id']} {day} {time}"
    await connection.execute(
        sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 1))"), {"name": name}
    )
    plan = await _Plan.load(connection, clock, station)
    if service not in station["services"]:
        raise invalid(f"{station['name']} does not do {service}")
    if not plan.bookable(day):
        raise invalid(f"date: bookable are tomorrow to {LAST_DAY} days ahead")
    if time not in plan.starts(day):
        raise invalid(f"{time} on {day} is no start time of {station['name']}")
    if not plan.free(day, time):
        free = plan.next_free(day)
        raise ApiError(
            409,
            "slot_taken",
            f"{time} on {day} is taken",
            next_available=free.model_dump(mode="json") if free else None,
        )


async def book(connection: AsyncConnection, clock: Clock, asked: model.NewBooking) -> model.Booking:
    """Book a slot."""
    station = await _station(connection, asked.station_id)
    if asked.linked_order_id is not None:
        known = sa.select(t.orders.c.id).where(t.orders.c.id == asked.linked_order_id)
        if await connection.scalar(known) is None:
            raise invalid("linked_order_id is no order")
    await _occupy(connection, clock, station, (asked.date, asked.time), asked.service_type)
    price = t.fitting_prices.c
    found = await rows_of(
        connection,
        sa.select(t.fitting_prices).where(
            price.diameter == asked.tire_diameter,
            price.vehicle_class == asked.vehicle_class,
            price.service == asked.service_type,
        ),
    )
    booking_id = f"B{uuid.uuid4().hex[:12]}"
    row = {
        **asked.model_dump(),
        "id": booking_id,
        "price": found[0]["price_per_set"],
        "duration_min": found[0]["duration_min"],
        "status": "confirmed",
        "version": 1,
    }
    await connection.execute(sa.insert(t.bookings).values(row))
    return await booking(connection, booking_id)


async def move(
    connection: AsyncConnection, clock: Clock, booking_id: str, asked: model.Move
) -> model.Booking:
    """Move a booking; the old slot is kept when the new one is gone."""
    row = await _locked(connection, booking_id)
    if row["status"] != "confirmed":
        raise ApiError(409, "changed", f"the booking is {row['status']}", booking_status=row["status"])
    station = await _station(connection, asked.station_id or row["station_id"])
    same = (station["id"], asked.date, asked.time) == (row["station_id"], row["date"], row["time"])
    if not same:
        await _occupy(connection, clock, station, (asked.date, asked.time), row["service_type"])
        changed = {"station_id": station["id"], "date": asked.date, "time": asked.time}
        await _change(connection, row, changed)
    return await booking(connection, booking_id)


async def cancel(connection: AsyncConnection, booking_id: str) -> None:
    """Cancel a booking; cancelling it again changes nothing."""
    row = await _locked(connection, booking_id)
    if row["status"] == "cancelled":
        return
    if row["status"] != "confirmed":
        raise ApiError(409, "changed", f"the booking is {row['status']}", booking_status=row["status"])
    await _change(connection, row, {"status": "cancelled"})


async def _locked(connection: AsyncConnection, booking_id: str) -> Mapping[str, Any]:
    query = sa.select(t.bookings).where(t.bookings.c.id == booking_id).with_for_update()
    rows = await rows_of(connection, query)
    if not rows:
        raise not_found("booking")
    return rows[0]


async def _change(connection: AsyncConnection, row: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    values = {**changed, "version": row["version"] + 1, "touched": True}
    await connection.execute(sa.update(t.bookings).where(t.bookings.c.id == row["id"]).values(values))


JOINED = sa.select(
    t.bookings,
    t.stations.c.name.label("station_name"),
    t.stations.c.city.label("station_city"),
    t.stations.c.address.label("station_address"),
).join(t.stations, t.stations.c.id == t.bookings.c.station_id)


def shown(row: Mapping[str, Any]) -> model.Booking:
    """Return a row of `JOINED` as the contract has it."""
    place = model.StationPlace(
        id=row["station_id"],
        name=row["station_name"],
        city=row["station_city"],
        address=row["station_address"],
    )
    return model.Booking.model_validate(
        {**row, "station": place, "estimated_duration_min": row["duration_min"]}
    )


async def booking(connection: AsyncConnection, booking_id: str) -> model.Booking:
    """Return one booking. Raises 404."""
    rows = await rows_of(connection, JOINED.where(t.bookings.c.id == booking_id))
    if not rows:
        raise not_found("booking")
    return shown(rows[0])


async def bookings(connection: AsyncConnection, asked: model.BookingSearch) -> common.Page[model.Booking]:
    """Return the bookings of a phone, the latest date first."""
    b = t.bookings.c
    query = JOINED.where(b.customer_phone == asked.phone).order_by(b.date.desc(), b.time.desc(), b.id)
    rows = await rows_of(connection, query)
    return common.Page[model.Booking](
        data=[shown(row) for row in cut(rows, asked)], pagination=common.pagination(asked, len(rows))
    )


async def prices(connection: AsyncConnection, asked: model.PriceQuestion) -> list[model.FittingPrice]:
    """Return what each service costs."""
    if asked.station_id is not None:
        await _station(connection, asked.station_id)
    price = t.fitting_prices.c
    query = sa.select(t.fitting_prices).where(
        price.diameter == asked.tire_diameter, price.vehicle_class == asked.vehicle_class
    )
    rows = await rows_of(connection, query.order_by(price.price_per_wheel))
    return [
        model.FittingPrice(
            service=row["service"],
            label=LABELS[row["service"]],
            price_per_wheel=row["price_per_wheel"],
            price_set=row["price_per_set"],
            duration_min=row["duration_min"],
        )
        for row in rows
    ]


async def call_back(connection: AsyncConnection, clock: Clock, asked: model.NewCallback) -> model.Callback:
    """Note a wish to be called back."""
    row = {**asked.model_dump(), "id": str(uuid.uuid4()), "created_at": clock.now()}
    await connection.execute(sa.insert(t.callbacks).values(row))
    return model.Callback.model_validate(row)


async def callbacks(connection: AsyncConnection, asked: model.CallbackSearch) -> common.Page[model.Callback]:
    """Return the wishes to be called back, newest first."""
    query = sa.select(t.callbacks).order_by(t.callbacks.c.created_at.desc(), t.callbacks.c.id)
    if asked.phone is not None:
        query = query.where(t.callbacks.c.phone == asked.phone)
    rows = await rows_of(connection, query)
    return common.Page[model.Callback](
        data=[model.Callback.model_validate(row) for row in cut(rows, asked)],
        pagination=common.pagination(asked, len(rows)),
    )
