"""/fitting and /callbacks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from demo_store import fitting
from demo_store.contract import fitting as model
from demo_store.contract.common import Data, Page
from demo_store.idempotency import Mutating
from demo_store.state import Current, Reading

router = APIRouter(tags=["fitting"])
Id = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_.-]+$")]


@router.get("/fitting/stations")
async def get_stations(
    asked: Annotated[model.StationSearch, Query()], store: Current, connection: Reading
) -> Page[model.Station]:
    """Stations by city, district, street or landmark."""
    return await fitting.stations(connection, store.cities, asked)


@router.get("/fitting/stations/{station_id}/slots")
async def get_slots(
    station_id: Id, asked: Annotated[model.SlotQuestion, Query()], store: Current, connection: Reading
) -> Data[model.Slots]:
    """Free and taken start times; why there are none, and the next free one."""
    return Data(data=await fitting.slots(connection, store.clock, station_id, asked))


@router.post("/fitting/bookings", status_code=201, response_model=Data[model.Booking])
async def book(asked: model.NewBooking, store: Current, once: Mutating) -> Response:
    """Book a slot. 409 slot_taken."""
    return await once(asked, lambda c: fitting.book(c, store.clock, asked), status=201)


@router.patch("/fitting/bookings/{booking_id}", response_model=Data[model.Booking])
async def move(booking_id: Id, asked: model.Move, store: Current, once: Mutating) -> Response:
    """Move a booking in one step. 409 slot_taken keeps the old slot."""
    return await once(asked, lambda c: fitting.move(c, store.clock, booking_id, asked))


@router.delete("/fitting/bookings/{booking_id}", status_code=204, response_model=None)
async def cancel(booking_id: Id, once: Mutating) -> Response:
    """Cancel a booking."""
    return await once(None, lambda c: fitting.cancel(c, booking_id), status=204)


@router.get("/fitting/bookings")
async def get_bookings(
    asked: Annotated[model.BookingSearch, Query()], connection: Reading
) -> Page[model.Booking]:
    """The bookings of a phone."""
    return await fitting.bookings(connection, asked)


@router.get("/fitting/prices")
async def get_prices(
    asked: Annotated[model.PriceQuestion, Query()], connection: Reading
) -> Data[list[model.FittingPrice]]:
    """What each service costs for a wheel size and class of vehicle."""
    return Data(data=await fitting.prices(connection, asked))


@router.post("/callbacks", status_code=201, response_model=Data[model.Callback])
async def call_back(asked: model.NewCallback, store: Current, once: Mutating) -> Response:
    """Ask to be called back."""
    return await once(asked, lambda c: fitting.call_back(c, store.clock, asked), status=201)


@router.get("/callbacks")
async def get_callbacks(
    asked: Annotated[model.CallbackSearch, Query()], connection: Reading
) -> Page[model.Callback]:
    """Who asked to be called back."""
    return await fitting.callbacks(connection, asked)
