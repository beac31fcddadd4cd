"""Contract checks against any Store API: what a shop has to provide before the agent can work with it.

Reading checks change nothing. Writing checks (`write=True`) make a draft and a booking on a number that belongs to
nobody and cancel both; nothing is ever confirmed. Each check is one promise of the contract and fails with one line
that says what was wrong.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx2

from call_center.errors import StoreError
from call_center.store_client.breaker import Breaker
from call_center.store_client.client import StoreClient
from call_center.store_client.models import Tyre
from call_center.store_client.transport import TIMEOUT_S

PHONE = "+380990000000"
NOBODY = "no-such-id-0"
BOOKING_DAYS = 14


class Broken(Exception):
    """A promise of the contract that was not kept."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check; `problem` "" when the promise was kept."""

    check: str
    problem: str
    milliseconds: float


class Verifier:
    """One run against one shop."""

    def __init__(self, url: str, key: str) -> None:
        patient = Breaker(time.monotonic, failures=1_000_000)  # one broken path must not hide the others
        self.client = StoreClient(url, key, breaker=patient)
        self._base = self.client.transport.base
        self._key = key
        self._http = httpx2.AsyncClient(timeout=TIMEOUT_S, trust_env=False)
        self._tyre: Tyre | None = None

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()
        await self.client.aclose()

    async def run(self, *, write: bool) -> AsyncIterator[Finding]:
        """Run every check in order."""
        for name, check in READING + (WRITING if write else ()):
            started = time.monotonic()
            problem = ""
            try:
                await check(self)
            except (Broken, StoreError) as error:
                problem = str(error)
            except httpx2.HTTPError as error:
                problem = f"no answer: {str(error) or type(error).__name__}"
            yield Finding(name, problem, (time.monotonic() - started) * 1000)

    async def raw(self, method: str, path: str, *, key: str | None = None, **request: Any) -> httpx2.Response:
        """Send a request without the client's reading of the answer."""
        headers = {"Authorization": f"Bearer {self._key if key is None else key}"} | request.pop(
            "headers", {}
        )
        return await self._http.request(method, self._base + path, headers=headers, **request)

    async def tyre(self) -> Tyre:
        """Return a tyre to ask about."""
        if self._tyre is None:
            found = (await self.client.search_tires(in_stock=True, per_page=50)).tyres
            expect(bool(found), "no tyre is in stock: nothing can be checked further")
            self._tyre = max(found, key=lambda tyre: tyre.stock_quantity)
        return self._tyre


def expect(kept: bool, otherwise: str) -> None:
    """Raise `Broken` unless the promise was kept."""
    if not kept:
        raise Broken(otherwise)


def expect_problem(answer: httpx2.Response, status: int) -> None:
    """The answer must be an error envelope under `status`."""
    expect(answer.status_code == status, f"expected status {status}, got {answer.status_code}")
    try:
        error = answer.json()["error"]
        complete = all(
            isinstance(error[name], str) and error[name] for name in ("code", "message", "request_id")
        )
    except (ValueError, KeyError, TypeError):
        complete = False
    expect(complete, "the error has no code, message and request_id")
    expect("X-Request-Id" in answer.headers, "X-Request-Id is missing")


async def _wrong_key(v: Verifier) -> None:
    expect_problem(await v.raw("GET", "/tires/search", key="wrong"), 401)


async def _request_id(v: Verifier) -> None:
    answer = await v.raw("GET", "/tires/search", params={"per_page": "1"})
    expect("X-Request-Id" in answer.headers, "X-Request-Id is missing")


async def _search(v: Verifier) -> None:
    tyre = await v.tyre()
    page = await v.client.search_tires(
        width=tyre.width,
        profile=tyre.profile,
        diameter=tyre.diameter,
        season=tyre.season,
        brand=tyre.brand,
        per_page=50,
    )
    expect(
        any(found.id == tyre.id for found in page.tyres),
        "a tyre is not found by its own size, season and brand",
    )
    wanted = (tyre.width, tyre.profile, tyre.diameter, tyre.season)
    fits = all((t.width, t.profile, t.diameter, t.season) == wanted for t in page.tyres)
    expect(fits, "filters by size or season let other tyres through")


async def _sorting(v: Verifier) -> None:
    tyre = await v.tyre()
    page = await v.client.search_tires(diameter=tyre.diameter, sort="price_asc", per_page=50)
    prices = [found.price for found in page.tyres]
    expect(prices == sorted(prices), "price_asc does not sort by price")


async def _pages(v: Verifier) -> None:
    answer = (await v.raw("GET", "/tires/search", params={"per_page": "2", "page": "1"})).json()
    wanted = {"page", "per_page", "total", "total_pages"}
    expect(
        wanted <= set(answer.get("pagination") or {}), "pagination needs page, per_page, total, total_pages"
    )
    second = (await v.raw("GET", "/tires/search", params={"per_page": "2", "page": "2"})).json()
    ids = [tyre["id"] for tyre in answer["data"] + second["data"]]
    expect(len(answer["data"]) <= 2 and len(set(ids)) == len(ids), "pages overlap or are too long")


async def _bad_query(v: Verifier) -> None:
    expect_problem(await v.raw("GET", "/tires/search", params={"width": "wide"}), 422)


async def _no_tyre(v: Verifier) -> None:
    expect_problem(await v.raw("GET", f"/tires/{NOBODY}"), 404)


async def _tyre(v: Verifier) -> None:
    tyre = await v.tyre()
    detail = await v.client.get_tire(tyre.id)
    expect((detail.price, detail.size) == (tyre.price, tyre.size), "search and detail disagree about a tyre")


async def _availability(v: Verifier) -> None:
    tyre = await v.tyre()
    where = await v.client.check_availability(tyre.id)
    total = sum(place.quantity for place in where.locations)
    expect(where.in_stock and total == where.total_quantity, "quantities of the locations do not add up")


async def _vehicle(v: Verifier) -> None:
    found = await v.client.get_vehicle_tire_sizes("Skoda", "Octavia", 2018)
    expect(bool(found.vehicle.oem_sizes), "Skoda Octavia 2018 has no sizes")


async def _orders(v: Verifier) -> None:
    await v.client.search_orders(phone=PHONE)
    expect_problem(await v.raw("GET", f"/orders/{NOBODY}"), 404)


async def _delivery(v: Verifier) -> None:
    quote = await v.client.calculate_delivery(
        city="Київ", method="nova_poshta_branch", quantity=4, order_total=10_000
    )
    expect(quote.days_min <= quote.days_max, "days_min is above days_max")
    expect(bool(quote.payment_methods), "no payment method is offered")


async def _points(v: Verifier) -> None:
    expect(bool(await v.client.get_pickup_points(city="Київ")), "Київ has no pickup point")


async def _slots(v: Verifier) -> None:
    stations = await v.client.get_fitting_stations()
    expect(bool(stations), "there is no fitting station")
    tomorrow = dt.date.today() + dt.timedelta(days=1)
    slots = await v.client.get_fitting_slots(
        stations[0].id, date_from=tomorrow, date_to=tomorrow + dt.timedelta(days=BOOKING_DAYS)
    )
    free = any(slot.available for day in slots.slots for slot in day.times)
    expect(free or slots.reason is not None, "nothing is free and no reason is given")


async def _prices(v: Verifier) -> None:
    prices = {price.service: price for price in await v.client.get_fitting_price(tire_diameter=16)}
    expect("full_service" in prices, "full_service has no price")


async def _bookings(v: Verifier) -> None:
    await v.client.get_customer_bookings(phone=PHONE)


async def _key_needed(v: Verifier) -> None:
    body = {"customer_phone": PHONE, "items": []}
    answer = await v.raw("POST", "/orders", json=body)
    expect(
        answer.status_code in {400, 422}, f"a change without Idempotency-Key answered {answer.status_code}"
    )


async def _draft(v: Verifier) -> None:
    tyre = await v.tyre()
    key, other = str(uuid.uuid4()), str(uuid.uuid4())
    order = {"customer_phone": PHONE, "customer_name": "Перевірка", "source": "verify"}
    body = order | {"items": [{"product_id": tyre.id, "quantity": 1}]}
    headers = {"Idempotency-Key": key}
    first = await v.raw("POST", "/orders", json=body, headers=headers)
    expect(first.status_code == 201, f"POST /orders answered {first.status_code}")
    draft = first.json()["data"]
    try:
        again = await v.raw("POST", "/orders", json=body, headers=headers)
        same = again.status_code == 201 and again.json()["data"]["id"] == draft["id"]
        expect(same, "the same Idempotency-Key made a second order")
        changed = body | {"items": [{"product_id": tyre.id, "quantity": 2}]}
        expect_problem(await v.raw("POST", "/orders", json=changed, headers=headers), 422)
        expect(draft["subtotal"] == tyre.price, "subtotal is not price times quantity")
        confirmation = {"payment_method": "online", "customer_name": "Перевірка", "version": draft["version"]}
        wrong = confirmation | {"expected_total": draft["subtotal"] + 1}
        path = f"/orders/{draft['id']}/confirm"
        refused = await v.raw("POST", path, json=wrong, headers={"Idempotency-Key": other})
        expect_problem(refused, 409)
    finally:
        await v.client.cancel_order(draft["id"], reason="перевірка API", key=str(uuid.uuid4()))
    left = await v.client.get_order(draft["id"])
    expect(left.status == "cancelled", "a cancelled draft is not cancelled")


async def _booking(v: Verifier) -> None:
    tomorrow = dt.date.today() + dt.timedelta(days=1)
    for station in await v.client.get_fitting_stations():
        slots = await v.client.get_fitting_slots(
            station.id, date_from=tomorrow, date_to=tomorrow + dt.timedelta(days=BOOKING_DAYS)
        )
        free = [(day.date, slot.time) for day in slots.slots for slot in day.times if slot.available]
        if len(free) >= 2:
            break
    else:
        raise Broken("no station has two free times to check a booking with")
    made = await v.client.book_fitting(
        station.id,
        date=free[0][0],
        time=free[0][1],
        service_type="full_service",
        phone=PHONE,
        name="Перевірка",
        tire_diameter=16,
        source="verify",
        key=str(uuid.uuid4()),
    )
    try:
        moved = await v.client.move_fitting(made.id, date=free[1][0], time=free[1][1], key=str(uuid.uuid4()))
        expect(
            (moved.id, moved.time) == (made.id, free[1][1]),
            "a move changes the booking's id or misses its time",
        )
    finally:
        await v.client.cancel_fitting(made.id, key=str(uuid.uuid4()))


Check = Callable[[Verifier], Awaitable[None]]
READING: tuple[tuple[str, Check], ...] = (
    ("a wrong key is refused with 401", _wrong_key),
    ("every answer has X-Request-Id", _request_id),
    ("GET /tires/search filters", _search),
    ("GET /tires/search sorts", _sorting),
    ("GET /tires/search pages", _pages),
    ("a wrong parameter is 422", _bad_query),
    ("an unknown tyre is 404", _no_tyre),
    ("GET /tires/{id}", _tyre),
    ("GET /tires/{id}/availability", _availability),
    ("GET /vehicles/tires", _vehicle),
    ("GET /orders/search, /orders/{id}", _orders),
    ("GET /delivery/calculate", _delivery),
    ("GET /pickup-points", _points),
    ("GET /fitting/stations, slots", _slots),
    ("GET /fitting/prices", _prices),
    ("GET /fitting/bookings", _bookings),
    ("a change needs Idempotency-Key", _key_needed),
)
WRITING: tuple[tuple[str, Check], ...] = (
    ("draft: idempotent, 409 on another total, cancelled", _draft),
    ("booking: made, moved in one step, cancelled", _booking),
)
