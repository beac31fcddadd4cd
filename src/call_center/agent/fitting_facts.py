"""Facts of fitting as they are spoken, by handle, and the read-backs of its commits. Pure.

Times, days, addresses and prices come from the shop's answers, `asked` from the caller's words, `window` from the day.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from call_center.agent.phrases import line, money
from call_center.agent.phrases.places import in_city
from call_center.agent.phrases.render import day_month
from call_center.agent.view import DialogueView

KYIV: Final = ZoneInfo("Europe/Kyiv")
LAST_DAY: Final = 21  # days from today that can be booked
_ON: Final = ("у понеділок", "у вівторок", "у середу", "у четвер", "у п'ятницю", "у суботу", "у неділю")
SERVICES: Final = {
    "tire_change": "перевзування", "balancing": "балансування", "full_service": "повний комплекс",
}  # fmt: skip
CLASSES: Final = {"passenger": "легкового авто", "suv": "позашляховика", "van": "мікроавтобуса"}


def on_day(iso: str) -> str:
    """`у четвер, 26 листопада`."""
    return f"{_ON[date.fromisoformat(iso).weekday()]}, {day_month(iso)}"


def at_clock(time: str) -> str:
    """`о 15:00`, `об 11:00`."""
    hour, minute = time.split(":")
    return f"{'об' if int(hour) == 11 else 'о'} {int(hour)}:{minute}"


def when_fact(row: dict[str, Any], fact: str) -> str:
    """A fact of a free time or of a booking."""
    match fact:
        case "when":
            return f"{on_day(row['date'])}, {at_clock(row['time'])}"
        case "day":
            return on_day(row["date"])
        case "clock":
            return at_clock(row["time"])
        case "price":
            return money(row["price"]) if row.get("price") else ""
        case "service":
            return SERVICES.get(str(row.get("service")), "")
        case _:
            return ""


def station_fact(station: dict[str, Any], fact: str) -> str:
    """A fact of a station."""
    address = " ".join(str(station.get("address") or "").split())
    match fact:
        case "address":
            return address
        case "street":
            return address.rsplit(",", 1)[0]
        case "place":
            return f"{in_city(str(station.get('city')))}, {address}"
        case _:
            return ""


def fitting_claims(view: DialogueView) -> set[str]:
    """What the shop's answers about fitting support."""
    claims = {"booked" if b["status"] == "confirmed" else "cancelled" for b in view.bookings.values()
              if b.get("made") or b.get("moved") or b["status"] != "confirmed"}  # fmt: skip
    for record in view.records.values():
        if record.tool == "get_fitting_slots" and record.ok:
            claims |= {"slots"} | ({"closed"} if record.result.get("reason") == "closed" else set())
        if record.error == "slot_taken":
            claims.add("slots")
        if record.tool == "get_fitting_stations" and record.ok and not record.result["stations"]:
            claims.add("no_station")
    return claims


def fitting_dates(view: DialogueView) -> set[str]:
    """Days of offered times and of bookings, and the last that can be booked."""
    days = {str(row["date"]) for row in (*view.times.values(), *view.bookings.values())}
    return {day_month(day) for day in days} | {_last_day(view)}


def fitting_prices(view: DialogueView, *of: str) -> set[int]:
    """What the shop said that fitting costs, `of` a wheel or a set, and what bookings cost."""
    found = {round(b["price"]) for b in view.bookings.values() if b.get("price")}
    for record in view.records.values():
        if record.tool == "get_fitting_price" and record.ok:
            found |= {round(p[name]) for p in record.result["prices"].values() for name in of}
    return found


def _last_day(view: DialogueView) -> str:
    today = datetime.fromtimestamp(view.at, KYIV).date()
    return day_month((today + timedelta(days=LAST_DAY)).isoformat())


def asked_facts(view: DialogueView) -> dict[str, dict[str, str]]:
    """`asked`: the day and time that the caller named; `window`: the days that can be booked; `fit`: prices."""
    day, time = view.value("date"), view.value("time")
    car = f"{view.value('make')} {view.value('model')}" if view.value("model") else ""
    found = {
        "asked": {"day": on_day(day) if day else "", "clock": at_clock(time) if time else ""},
        "car": {"name": car},
        "window": {"last": _last_day(view)},
    }
    priced = view.latest("get_fitting_price")
    if priced is not None and priced.ok:
        found["fit"] = {
            f"{service}{tail}": money(price[of])
            for service, price in priced.result["prices"].items()
            for tail, of in (("", "set"), ("_wheel", "wheel"))
        }
    return found


def fitting_facts(
    view: DialogueView, tool: str, args: dict[str, Any], request: dict[str, Any]
) -> tuple[str, ...]:
    """The sentences of a read-back, with references."""
    slot, booking = str(args.get("slot")), str(args.get("booking"))
    if tool == "cancel_fitting":
        old = view.bookings[booking]["station"]
        if request["action"] == "cancel":
            return (line("read_cancel", b=booking, st=old),)
        new = view.times[slot]["station"]
        key = "read_move" if new == old else "read_move_place"
        return (line(key, b=booking), line("read_move_to", s=slot, st=new))
    body = request["body"]
    car = "[[car.name]]" if body["vehicle_info"] else CLASSES_NAMED[body["vehicle_class"]]
    service = SERVICES[body["service_type"]]
    price = "read_fitting_price" if request.get("price") else "read_fitting_free_of_price"
    return (
        line("read_fitting", s=slot, st=view.times[slot]["station"]),
        line(price, service=service, diameter=str(body["tire_diameter"]), car=car, code=body["service_type"]),
        line("read_fitting_name", phone=spoken_phone(str(body["phone"]))),
    )


CLASSES_NAMED: Final = {"passenger": "легкове авто", "suv": "позашляховик", "van": "мікроавтобус"}


def spoken_phone(phone: str) -> str:
    """`+380991234567` in the groups in which people say it: `099 123 45 67`."""
    local = phone.removeprefix("+38")
    if len(local) != 10 or not local.isdigit():
        return phone
    return f"{local[:3]} {local[3:6]} {local[6:8]} {local[8:]}"
