"""The fitting tools: stations, free times, prices, bookings of the caller, booking, moving and cancelling.

A station is `st1`, a free start time `s1`, a booking `b1`; the shop's ids stay in the journal. Only times that the shop
shows as free get a handle. A booking is shown only when it was made in this call or when it is on the caller's number
and the caller named one more fact of it: the name, the date, the plate or the car.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from call_center.agent.tools.orders import PhoneHandle, phone_of, refusal_of
from call_center.agent.tools.proofs import proves
from call_center.agent.tools.registry import Arguments, ShopRefused, Tool, ToolContext
from call_center.agent.tools.stations import named
from call_center.agent.view import DialogueView
from call_center.errors import StoreError

Service = Literal["tire_change", "balancing", "full_service"]
VehicleKind = Literal["passenger", "suv", "van"]
StationHandle = Annotated[str, Field(pattern=r"^st\d{1,3}$")]
TimeHandle = Annotated[str, Field(pattern=r"^s\d{1,3}$")]
BookingHandle = Annotated[str, Field(pattern=r"^b\d{1,3}$")]
Diameter = Annotated[int, Field(ge=13, le=22, description="inches")]
AHEAD = 7  # days that are searched when any day will do


class StationArguments(Arguments):
    """A city, or words for a place (district, landmark, street), or both."""

    city: Annotated[str, Field(min_length=2, max_length=60)] | None = None
    place: Annotated[str, Field(min_length=2, max_length=160)] | None = None


class SlotArguments(Arguments):
    """Free times of a station on a day; without a date the soonest day that has any."""

    station: StationHandle
    service: Service
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None


class PriceArguments(Arguments):
    """Wheels of this diameter on a car of this class."""

    diameter: Diameter
    vehicle_class: VehicleKind


class BookArguments(Arguments):
    """An offered free time and what is done to which car."""

    slot: TimeHandle
    diameter: Diameter
    vehicle_class: VehicleKind
    vehicle: Annotated[str, Field(max_length=60)] | None = None
    phone: PhoneHandle = "recipient.phone"


class ChangeArguments(Arguments):
    """Cancel a booking, or reschedule it to an offered free time, in one step."""

    booking: BookingHandle
    action: Literal["cancel", "reschedule"]
    slot: TimeHandle | None = None


class BookingsArguments(Arguments):
    """Bookings of the caller's number; `facts` are those that the caller has named."""

    facts: list[Literal["name", "date", "plate", "vehicle"]] = Field(default_factory=list)


async def get_fitting_stations(context: ToolContext, args: StationArguments) -> dict[str, Any]:
    """Stations with handles: those that the words mean, else all of the city."""
    rows = await context.shop.stations(args.city)
    hits = named(args.place, rows) if args.place else []
    shown = hits or (rows if args.city else [])
    stations = [_station(row, handle) for row, handle in zip(shown, _handles(context, shown), strict=True)]
    cities = sorted({s["city"] for s in stations})
    return {
        "stations": stations, "city": args.city, "place": args.place, "matched": len(hits), "cities": cities,
    }  # fmt: skip


def _handles(context: ToolContext, rows: list[dict[str, Any]]) -> list[str]:
    known = {s["station_id"]: h for h, s in context.view.stations.items()}
    return [known.setdefault(row["id"], f"st{len(known) + 1}") for row in rows]


def _station(row: dict[str, Any], handle: str) -> dict[str, Any]:
    shown = {name: row.get(name) for name in ("city", "district", "address", "landmarks", "services", "name")}
    return {"handle": handle, "station_id": row["id"], **shown}


async def get_fitting_slots(context: ToolContext, args: SlotArguments) -> dict[str, Any]:
    """Free start times of one day with handles, or why there are none and when the next one is."""
    station = context.view.stations[args.station]["station_id"]
    today = context.now.date()
    first = date.fromisoformat(args.date) if args.date else today + timedelta(days=1)
    last = first if args.date else first + timedelta(days=AHEAD)
    answer = await context.shop.slots(station, first.isoformat(), last.isoformat(), args.service)
    days = {day["date"]: [t["time"] for t in day["times"] if t["available"]] for day in answer["slots"]}
    day = next((day for day, times in days.items() if times), None)
    after = answer.get("next_available")
    wanted = [(day, time) for time in days[day]] if day else [(after["date"], after["time"])] if after else []
    known = {(t["station"], t["date"], t["time"]): h for h, t in context.view.times.items()}
    times = []
    for on, time in wanted:
        handle = known.setdefault((args.station, on, time), f"s{len(known) + 1}")
        times.append(
            {"handle": handle, "station": args.station, "date": on, "time": time, "service": args.service}
        )
    return {"times": times, "day": day, "asked": args.date, "reason": None if day else answer.get("reason")}


async def get_fitting_price(context: ToolContext, args: PriceArguments) -> dict[str, Any]:
    """What each service costs: a wheel, and a set of four."""
    rows = await context.shop.fitting_prices(args.diameter, args.vehicle_class)
    prices = {r["service"]: {"wheel": r["price_per_wheel"], "set": r["price_set"]} for r in rows}
    return {"prices": prices, "diameter": args.diameter, "vehicle_class": args.vehicle_class}


async def get_customer_bookings(context: ToolContext, args: BookingsArguments) -> dict[str, Any]:
    """Coming bookings of the caller's number that a named fact proves; of the others only how many there are."""
    phone = phone_of(context.view, "caller.phone")
    today = context.now.date().isoformat()
    rows = [
        r for r in await context.shop.bookings(phone)
        if r["status"] == "confirmed" and r["date"] > today and r.get("customer_phone") in (None, phone)
    ]  # fmt: skip
    mine = {b["booking_id"] for b in context.view.bookings.values()}
    proven = [r for r in rows if r["id"] in mine or proves(context.view, r, args.facts)]
    places = [r["station"] for r in proven]
    handles = _handles(context, places)
    stations = [{"handle": h, "station_id": p["id"], "city": p["city"], "address": p["address"]}
                for p, h in zip(places, handles, strict=True)]  # fmt: skip
    known = {b["booking_id"]: h for h, b in context.view.bookings.items()}
    bookings = []
    for row, station in zip(proven, handles, strict=True):
        handle = known.setdefault(row["id"], f"b{len(known) + 1}")
        bookings.append({"handle": handle, **_booking(row, station)})
    found = bool(bookings) if args.facts else bool(rows)
    return {
        "bookings": bookings,
        "stations": stations,
        "count": len(rows),
        "found": found,
        "facts": args.facts,
    }


def _booking(row: dict[str, Any], station: str) -> dict[str, Any]:
    kept = {n: row.get(n) for n in ("date", "time", "status", "price")}
    return {**kept, "booking_id": row["id"], "station": station, "service": row.get("service_type")}


def book_request(view: DialogueView, args: BookArguments) -> dict[str, Any]:
    """The exact body of the booking; `price` is what the caller was told, bound by the read-back and not sent."""
    slot = _slot(view, args.slot)
    name = view.value("name")
    if not name:
        raise LookupError("recipient.name is not known")
    body = {
        "station_id": view.stations[slot["station"]]["station_id"], "date": slot["date"], "time": slot["time"],
        "service_type": slot["service"], "phone": phone_of(view, args.phone), "name": str(name),
        "tire_diameter": args.diameter, "vehicle_class": args.vehicle_class, "vehicle_info": args.vehicle,
    }  # fmt: skip
    return {"body": body, "price": price_of(view, slot["service"], args.diameter, args.vehicle_class)}


def price_of(view: DialogueView, service: str, diameter: int, vehicle_class: str) -> int | None:
    """UAH for a set of four as the shop said it in this call."""
    found = view.latest("get_fitting_price")
    if found is None or not found.ok or not isinstance(found.result, dict):
        return None
    same = found.result["diameter"] == diameter and found.result["vehicle_class"] == vehicle_class
    price = found.result["prices"].get(service)
    return int(price["set"]) if same and price else None


def change_request(view: DialogueView, args: ChangeArguments) -> dict[str, Any]:
    """The booking's id, and where it goes."""
    booking = view.bookings.get(args.booking)
    if booking is None:
        raise LookupError(f"no booking {args.booking}: get_customer_bookings first")
    if args.action == "cancel":
        return {"id": booking["booking_id"], "action": "cancel"}
    if args.slot is None:
        raise LookupError("reschedule needs a slot of get_fitting_slots")
    slot = _slot(view, args.slot)
    return {
        "id": booking["booking_id"], "action": "reschedule", "date": slot["date"], "time": slot["time"],
        "station_id": view.stations[slot["station"]]["station_id"],
    }  # fmt: skip


def _slot(view: DialogueView, handle: str) -> dict[str, Any]:
    slot = view.times.get(handle)
    if slot is None:
        raise LookupError(f"no slot {handle}: use a handle of get_fitting_slots")
    return slot


async def book_fitting(context: ToolContext, args: BookArguments) -> dict[str, Any]:
    """Book the time. Refused with `slot_taken` when somebody was faster."""
    body = {k: v for k, v in context.request["body"].items() if v is not None}
    try:
        row = await context.shop.book_fitting(body, call_id=context.view.call_id, key=context.key)
    except StoreError as error:
        raise _refused(error, args.slot) from error
    station = context.view.times[args.slot]["station"]
    handle = f"b{len(context.view.bookings) + 1}"
    return {"booking": {"handle": handle, **_booking(row, station), "made": True}}


async def cancel_fitting(context: ToolContext, args: ChangeArguments) -> dict[str, Any]:
    """Cancel, or move in one step; a refused move leaves the booking where it was."""
    request = context.request
    try:
        if request["action"] == "cancel":
            await context.shop.cancel_booking(request["id"], key=context.key)
            return {"booking": {"handle": args.booking, "status": "cancelled"}}
        row = await context.shop.move(
            request["id"], station_id=request["station_id"], date=request["date"], time=request["time"],
            key=context.key,
        )  # fmt: skip
    except StoreError as error:
        raise _refused(error, args.slot) from error
    station = context.view.times[str(args.slot)]["station"]
    return {"booking": {"handle": args.booking, **_booking(row, station), "moved": True}}


def _refused(error: StoreError, slot: str | None) -> Exception:
    refused = refusal_of(error)
    if isinstance(refused, ShopRefused) and refused.code == "slot_taken" and slot:
        refused.result["gone"] = slot
    return refused


FITTING_TOOLS = (
    Tool("get_fitting_stations", StationArguments, get_fitting_stations, "fitting stations of a city or near a place"),
    Tool("get_fitting_slots", SlotArguments, get_fitting_slots, "free start times of a station on a day"),
    Tool("get_fitting_price", PriceArguments, get_fitting_price, "what fitting costs for a diameter and class of car"),
    Tool("get_customer_bookings", BookingsArguments, get_customer_bookings, "the caller's own bookings"),
    Tool("book_fitting", BookArguments, book_fitting, "book an offered time, after a read-back and a yes", book_request),
    Tool(
        "cancel_fitting", ChangeArguments, cancel_fitting,
        "cancel or move a booking, after a read-back and a yes", change_request,
    ),
)  # fmt: skip
