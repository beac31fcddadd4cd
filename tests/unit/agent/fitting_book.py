"""The fitting side of a shop in memory: stations and prices of the data set, free times, bookings; idempotent by key."""

from __future__ import annotations

import datetime as dt
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from call_center.agent.tools.shop import Row
from call_center.errors import StoreError

DATA = Path(__file__).resolve().parents[3] / "src" / "demo_store" / "data"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@lru_cache(maxsize=1)
def stations() -> list[dict[str, Any]]:
    """Stations of the data set."""
    found: list[dict[str, Any]] = json.loads((DATA / "stations.json").read_text("utf-8"))
    return found


@lru_cache(maxsize=1)
def prices() -> list[dict[str, Any]]:
    """Prices of the data set."""
    found: list[dict[str, Any]] = json.loads((DATA / "fitting_prices.json").read_text("utf-8"))["prices"]
    return found


class FittingBook:
    """Bookings by id. `full` are (date, time) that are taken; `done` what happened, once each."""

    def __init__(self) -> None:
        super().__init__()
        self.booked: dict[str, Row] = {}
        self.full: set[tuple[str, str]] = set()
        self.done: list[str] = []
        self.lost: list[str] = []  # effects whose next answer does not arrive
        self._answers: dict[str, Row] = {}

    def hold(self, **fields: Any) -> None:
        """A booking that was there before the call."""
        row = {
            "id": f"B{len(self.booked)}", "status": "confirmed", "service_type": "full_service", "price": 1080,
            "plate": None, "vehicle_info": "Ford Focus", **fields,
        }  # fmt: skip
        self.booked[row["id"]] = {**row, "station": self._place(fields["station_id"])}

    def _place(self, station_id: str) -> Row:
        station = next(s for s in stations() if s["id"] == station_id)
        return {name: station[name] for name in ("id", "name", "city", "address")}

    async def stations(self, city: str | None = None) -> list[Row]:
        """Stations of a city."""
        self._come("stations")
        return [dict(s) for s in stations() if city in (None, s["city"])]

    async def slots(self, station_id: str, first: str, last: str, service: str) -> Row:
        """Hourly start times."""
        self._come("slots")
        station = next(s for s in stations() if s["id"] == station_id)
        begin, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
        days = [begin + dt.timedelta(days=n) for n in range((end - begin).days + 8)]
        listed: list[dict[str, Any]] = [
            {"date": d.isoformat(), "times": self._times(station, d)} for d in days
        ]
        asked = [day for day in listed if day["date"] <= last]
        free = [(d["date"], t["time"]) for d in listed for t in d["times"] if t["available"]]
        open_now = any(t["available"] for d in asked for t in d["times"])
        reason = None if open_now else "full" if any(d["times"] for d in asked) else "closed"
        after = None if open_now or not free else {"date": free[0][0], "time": free[0][1]}
        return {"slots": asked, "reason": reason, "next_available": after}

    def _times(self, station: dict[str, Any], day: dt.date) -> list[dict[str, Any]]:
        hours = station["working_hours"][DAYS[day.weekday()]]
        if hours is None or day.isoformat() in station["excluded_dates"]:
            return []
        times = [f"{h:02}:00" for h in range(int(hours["open"][:2]), int(hours["close"][:2]))]
        return [{"time": t, "available": (day.isoformat(), t) not in self.full} for t in times]

    async def fitting_prices(self, diameter: int, vehicle_class: str) -> list[Row]:
        """Prices of a diameter and class."""
        self._come("prices")
        return [
            {"service": p["service"], "price_per_wheel": p["price_per_wheel_uah"], "price_set": p["price_per_set_uah"]}
            for p in prices() if (p["diameter"], p["vehicle_class"]) == (diameter, vehicle_class)
        ]  # fmt: skip

    async def bookings(self, phone: str) -> list[Row]:
        """Bookings of a phone."""
        self._come("bookings")
        return [dict(b) for b in self.booked.values() if b["customer_phone"] == phone]

    async def book_fitting(self, booking: Row, *, call_id: str, key: str) -> Row:
        """Book a time."""
        row = {
            "id": f"B{len(self.booked)}", "station": self._place(booking["station_id"]), "status": "confirmed",
            "customer_phone": booking["phone"], "customer_name": booking["name"], "price": 1080, "plate": None,
            **{n: booking.get(n) for n in ("date", "time", "service_type", "tire_diameter", "vehicle_info")},
        }  # fmt: skip
        return self._effect("book", key, row)

    async def move(self, booking_id: str, *, station_id: str, date: str, time: str, key: str) -> Row:
        """Move a booking."""
        place = self._place(station_id)
        return self._effect(
            "move", key, {**self.booked[booking_id], "date": date, "time": time, "station": place}
        )

    async def cancel_booking(self, booking_id: str, *, key: str) -> None:
        """Cancel a booking."""
        self._effect("cancel", key, {**self.booked[booking_id], "status": "cancelled"})

    def _effect(self, name: str, key: str, row: Row) -> Row:
        self._come(name)
        if key in self._answers:
            return self._answers[key]
        if name != "cancel" and (row["date"], row["time"]) in self.full:
            raise StoreError("taken", code="slot_taken", status=409)
        self.booked[row["id"]] = self._answers[key] = row
        self.done.append(name)
        if name in self.lost:
            self.lost.remove(name)
            raise StoreError("no answer")
        return row

    def _come(self, name: str) -> None:
        raise NotImplementedError

    @property
    def standing(self) -> list[Row]:
        """Bookings that hold."""
        return [b for b in self.booked.values() if b["status"] == "confirmed"]
