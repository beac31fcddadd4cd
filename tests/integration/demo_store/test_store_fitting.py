"""Fitting bookings in the demo store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integration.demo_store.conftest import Shop

pytestmark = pytest.mark.integration
STATION, POSTS = "004107", 3


def booking(day: str = "2026-11-26", time: str = "12:00", phone: str = "+380990005555") -> dict[str, Any]:
    """Return the body of a booking."""
    return {
        "station_id": STATION,
        "date": day,
        "time": time,
        "service_type": "full_service",
        "customer_phone": phone,
        "customer_name": "Олена",
        "tire_diameter": 16,
    }


def test_slot_takes_as_many_cars_as_posts(shop: Shop) -> None:
    """Many callers want one hour at once: as many get it as the station has posts."""
    bodies = [booking(phone=f"+3809900088{n:02d}") for n in range(POSTS + 5)]
    answers = shop.together([lambda b=b: shop.send("POST", "/fitting/bookings", b) for b in bodies])  # type: ignore[misc]
    assert sorted(answer.status_code for answer in answers) == [201] * POSTS + [409] * 5
    assert {a.json()["error"]["code"] for a in answers if a.status_code == 409} == {"slot_taken"}
    day = shop.get(f"/fitting/stations/{STATION}/slots", date_from="2026-11-26")["slots"][0]
    assert {time["time"]: time["available"] for time in day["times"]}["12:00"] is False


def test_move_to_a_full_hour_keeps_the_old_one(shop: Shop) -> None:
    """A move that fails changes nothing; one that succeeds keeps the booking's id."""
    made = shop.send("POST", "/fitting/bookings", booking()).json()["data"]
    path = f"/fitting/bookings/{made['id']}"
    assert shop.send("PATCH", path, {"date": "2026-11-24", "time": "09:00"}).status_code == 409
    assert [b["time"] for b in shop.get("/fitting/bookings", phone="+380990005555")] == ["12:00"]
    moved = shop.send("PATCH", path, {"date": "2026-11-25", "time": "10:00"})
    assert moved.status_code == 200
    assert (moved.json()["data"]["id"], moved.json()["data"]["time"]) == (made["id"], "10:00")


def test_cancelled_booking_frees_its_hour(shop: Shop) -> None:
    """The full hour of the seed has room after a cancellation."""
    assert shop.send("POST", "/fitting/bookings", booking("2026-11-24", "09:00")).status_code == 409
    assert shop.send("DELETE", "/fitting/bookings/B00711").status_code == 204
    assert shop.send("POST", "/fitting/bookings", booking("2026-11-24", "09:00")).status_code == 201
    assert {b["change"] for b in shop.changes()["bookings"]} == {"added", "cancelled"}


@pytest.mark.parametrize(
    ("day", "reason"),
    [("2026-11-23", "past"), ("2026-12-15", "too_far"), ("2026-12-14", None)],
)
def test_bookable_from_tomorrow_to_three_weeks(shop: Shop, day: str, reason: str | None) -> None:
    """Today and day 22 have no times and say why; day 21 has some."""
    assert shop.get(f"/fitting/stations/{STATION}/slots", date_from=day)["reason"] == reason


def test_closed_day_names_the_next_free_time(shop: Shop) -> None:
    """A station closed on Sunday answers why, and with a time that can be booked."""
    stations = shop.get("/fitting/stations", per_page=50)
    station = next(s for s in stations if s["working_hours"]["sun"] is None)
    found = shop.get(f"/fitting/stations/{station['id']}/slots", date_from="2026-11-29")
    assert found["reason"] == "closed"
    offer = {
        **booking(found["next_available"]["date"], found["next_available"]["time"]),
        "station_id": station["id"],
    }
    assert shop.send("POST", "/fitting/bookings", offer).status_code == 201


@pytest.mark.parametrize(
    ("day", "time"), [("2026-11-23", "12:00"), ("2026-11-26", "12:30"), ("2026-11-26", "23:00")]
)
def test_time_that_is_not_offered_is_refused(shop: Shop, day: str, time: str) -> None:
    """Only start times of bookable days."""
    assert shop.send("POST", "/fitting/bookings", booking(day, time)).status_code == 422


@pytest.mark.parametrize(
    ("city", "query", "count"),
    [
        ("Київ", "на лівому березі", 1),
        ("Дніпро", "лівий берег", 1),
        ("Атлантида", None, 0),
        ("Днепропетровск", None, 3),
    ],
)
def test_station_is_found_by_words_in_any_case(shop: Shop, city: str, query: str | None, count: int) -> None:
    """Landmarks in other grammatical cases and old names of cities are understood, in that city alone."""
    asked = {"city": city} | ({"query": query} if query else {})
    assert len(shop.get("/fitting/stations", **asked)) == count


def test_price_of_a_booking_is_the_price_told(shop: Shop) -> None:
    """The list and the booking agree, and a set is four wheels."""
    prices = {p["service"]: p for p in shop.get("/fitting/prices", tire_diameter=16)}
    made = shop.send("POST", "/fitting/bookings", booking()).json()["data"]
    assert (
        made["price"] == prices["full_service"]["price_set"] == 4 * prices["full_service"]["price_per_wheel"]
    )
