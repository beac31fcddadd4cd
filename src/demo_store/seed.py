"""Fills an empty store from the data files, and puts it back (`--reset`, `/_test/reset`).

The data calls 2026-11-23 today. The seed schema keeps its dates as they are; copying out of it moves every date by the
distance from that day to the store's today, so that "tomorrow 09:00 is full" stays true on any day. Public holidays
stay where the calendar has them. Resetting copies only what can change: about 8,000 rows are compared, few are written.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from demo_store import tables as t
from demo_store.clock import KYIV
from demo_store.database import LOCK, seed_schema

DATA = Path(__file__).parent / "data"
DATA_DAY = dt.date(2026, 11, 23)  # what the data files call today
WAREHOUSES = {
    "stock_kyiv": "Київ",
    "stock_dnipro": "Дніпро",
    "stock_lviv": "Львів",
    "stock_odesa": "Одеса",
    "stock_kharkiv": "Харків",
}
FIXED_HOLIDAYS = {(12, 25), (1, 1)}
PAYMENTS = {  # the five methods of the data as the three of the contract
    "cod": "cod",
    "cash_in_shop": "card_on_delivery",
    "card_online": "online",
    "iban": "online",
    "installments": "online",
}
ORDER_IDS = uuid.UUID("5f6c2a9e-0d3b-4b0e-9a53-6d1f5f0f7a11")
Rows = list[dict[str, Any]]


def _load(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def order_id(number: str) -> str:
    """Return the internal id of a seeded order."""
    return str(uuid.uuid5(ORDER_IDS, number))


def catalogue_rows() -> dict[sa.Table, Rows]:
    """Read the files that never change while the store runs."""
    vehicles, terms, prices = _load("vehicles.json"), _load("delivery.json"), _load("fitting_prices.json")
    return {
        t.facts: [
            {"name": "free_delivery", "value": terms["free_delivery"]},
            {"name": "delivery_rules", "value": terms["rules"]},
            {"name": "surcharges", "value": prices["surcharges"]},
        ],
        t.brands: _load("brands.json"),
        t.tyres: [_tyre(row) for row in _tyre_file()],
        t.makes: vehicles["makes"],
        t.vehicles: [{**vehicle, "id": str(vehicle["id"])} for vehicle in vehicles["vehicles"]],
        t.cities: [_city(row) for row in _load("cities.json")],
        t.delivery_terms: [
            {
                "city_class": name,
                "method": method,
                "per_tyre": term["per_tyre_uah"],
                "days_min": term["days_min"],
                "days_max": term["days_max"],
            }
            for name, group in terms["city_classes"].items()
            for method, term in group["methods"].items()
        ],
        t.stations: _load("stations.json"),
        t.fitting_prices: [
            {
                "diameter": row["diameter"],
                "vehicle_class": row["vehicle_class"],
                "service": row["service"],
                "price_per_wheel": row["price_per_wheel_uah"],
                "price_per_set": row["price_per_set_uah"],
                "duration_min": row["duration_min_set"],
            }
            for row in prices["prices"]
        ],
        t.pickup_points: [
            {**row, "kind": row["type"], "number": _number(row["number"])}
            for row in _load("pickup_points.json")
        ],
    }


def _tyre_file() -> list[dict[str, str]]:
    with (DATA / "tyres.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _tyre(row: Mapping[str, str]) -> dict[str, Any]:
    plain = ("id", "brand", "model", "season", "load_index", "speed_index", "country", "segment")
    return {
        **{name: row[name] for name in plain},
        **{name: int(row[name]) for name in ("width", "profile", "diameter", "year")},
        **{name: row[name] == "true" for name in ("studded", "xl", "run_flat", "commercial")},
        "price": int(row["price_uah"]),
        "rating": float(row["rating"]),
        "noise_db": int(row["noise_db"]) if row["noise_db"] else None,
        "fuel_class": row["fuel_class"] or None,
        "wet_class": row["wet_class"] or None,
    }


def _city(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "delivery_class": row["delivery_class"],
        "has_warehouse": row["has_warehouse"],
        "has_pickup": row["has_store"]["pickup"],
        "has_fitting": row["has_store"]["fitting"],
        "names": [row["name"], row["name_ru"], *row["old_or_colloquial"], *row["aliases"]],
    }


def seed_rows() -> dict[sa.Table, Rows]:
    """Read the files whose rows change while the store runs, in the data's own time."""
    orders: Rows = []
    items: Rows = []
    history: Rows = []
    days = {
        (name, method): (term["days_min"], term["days_max"])
        for name, group in _load("delivery.json")["city_classes"].items()
        for method, term in group["methods"].items()
    }
    classes = {city["name"]: city["delivery_class"] for city in _load("cities.json")}
    for row in _load("orders.json"):
        where = row["delivery"]
        orders.append(_order(row, *days[classes[where["city"]], where["method"]]))
        items += [
            {
                "order_id": order_id(row["id"]),
                "position": position,
                "product_id": item["tyre_id"],
                "quantity": item["qty"],
                "price": item["price_uah"],
            }
            for position, item in enumerate(row["items"])
        ]
        history += _history(row)
    return {
        t.stock: [
            {"tyre_id": row["id"], "warehouse": city, "quantity": int(row[column])}
            for row in _tyre_file()
            for column, city in WAREHOUSES.items()
        ],
        t.orders: orders,
        t.order_items: items,
        t.order_history: history,
        t.bookings: [_booking(row) for row in _load("bookings.json")],
    }


def _order(row: Mapping[str, Any], days_min: int, days_max: int) -> dict[str, Any]:
    where = row["delivery"]
    return {
        "id": order_id(row["id"]),
        "order_number": row["id"],
        "status": row["status"],
        "created_at": dt.datetime.fromisoformat(row["created_at"]),
        "customer_name": row["customer"]["name"],
        "customer_phone": row["customer"]["phone"],
        "subtotal": row["items_total_uah"],
        "delivery_method": where["method"],
        "delivery_city": where["city"],
        "delivery_address": where["address"],
        "pickup_point_id": where["pickup_point_id"],
        "delivery_cost": where["cost_uah"],
        "days_min": days_min,
        "days_max": days_max,
        "estimated_delivery": _date(where["eta_date"]),
        "delivered_date": _date(where["delivered_date"]),
        "total": row["total_uah"],
        "payment_method": PAYMENTS[row["payment"]["method"]],
        "paid": row["payment"]["paid"],
        "tracking_number": row["tracking_number"],
        "cancel_reason": row["cancel_reason"],
        "version": 1,
        "touched": False,
    }


def _history(row: Mapping[str, Any]) -> Rows:
    """The files know when an order was made and what it is now; the way between is not invented."""
    made = dt.datetime.fromisoformat(row["created_at"])
    steps = [("draft", made)]
    if row["status"] == "delivered":
        arrived = dt.datetime.combine(
            dt.date.fromisoformat(row["delivery"]["delivered_date"]), dt.time(12), KYIV
        )
        steps.append(("delivered", max(arrived, made)))
    elif row["status"] != "draft":
        steps.append((row["status"], made))
    number = order_id(row["id"])
    return [{"order_id": number, "position": n, "status": s, "at": at} for n, (s, at) in enumerate(steps)]


def _booking(row: Mapping[str, Any]) -> dict[str, Any]:
    durations = {
        (p["diameter"], p["vehicle_class"], p["service"]): p["duration_min_set"]
        for p in _load("fitting_prices.json")["prices"]
    }
    return {
        "id": row["id"],
        "station_id": row["station_id"],
        "date": _date(row["date"]),
        "time": row["time"],
        "service_type": row["service"],
        "customer_name": row["customer"]["name"],
        "customer_phone": row["customer"]["phone"],
        "vehicle_info": row["vehicle"],
        "vehicle_class": row["vehicle_class"],
        "tire_diameter": row["diameter"],
        "plate": row["plate"],
        "linked_order_id": order_id(row["order_id"]) if row["order_id"] else None,
        "price": row["price_uah"],
        "duration_min": durations[row["diameter"], row["vehicle_class"], row["service"]],
        "status": row["status"],
        "version": 1,
        "touched": False,
    }


def _number(branch: int | None) -> str | None:
    return None if branch is None else str(branch)


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def closed_dates(listed: Iterable[str], seed_day: dt.date) -> frozenset[dt.date]:
    """Return a station's closed days on the store's calendar; fixed holidays hold for every year."""
    shift = seed_day - DATA_DAY
    closed = set()
    for day in map(dt.date.fromisoformat, listed):
        if (day.month, day.day) in FIXED_HOLIDAYS:
            closed |= {day.replace(year=year) for year in (seed_day.year, seed_day.year + 1)}
        else:
            closed.add(day + shift)
    return frozenset(closed)


async def ensure(engine: AsyncEngine, schema: str, today: dt.date, *, again: bool) -> None:
    """Fill the store if it is empty; with `again` put it back to the seed as of `today`."""
    async with engine.begin() as connection:
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        empty = await connection.scalar(sa.select(sa.func.count()).select_from(t.tyres)) == 0
        if empty:
            await _fill(connection, schema)
        if empty or again:
            await restore(connection, schema, today)


async def _fill(connection: AsyncConnection, schema: str) -> None:
    for table, rows in catalogue_rows().items():
        names = set(table.c.keys())
        await connection.execute(
            sa.insert(table), [{k: v for k, v in row.items() if k in names} for row in rows]
        )
    for table, rows in seed_rows().items():
        twin = table.to_metadata(sa.MetaData(), schema=seed_schema(schema))
        optional = {c.name: None for c in table.c if c.nullable}
        await connection.execute(sa.insert(twin), [optional | row for row in rows])
    await connection.execute(
        sa.text(f"INSERT INTO stock SELECT * FROM {seed_schema(schema)}.stock")  # noqa: S608 - a checked identifier
    )
    await connection.execute(sa.text("ANALYZE"))


async def restore(connection: AsyncConnection, schema: str, today: dt.date) -> None:
    """Put every changing table back to the seed with its dates moved to `today`."""
    seed = seed_schema(schema)
    days = (today - DATA_DAY).days
    for table in (*t.GROWING, *(table for table in t.MUTABLE if table is not t.stock)):
        await connection.execute(sa.delete(table))
    for table in t.MUTABLE:
        if table is not t.stock:
            await connection.execute(sa.text(_copy(table, seed)), {"days": days})
    same = "s.tyre_id = stock.tyre_id AND s.warehouse = stock.warehouse"
    await connection.execute(
        sa.text(
            f"UPDATE stock SET quantity = s.quantity FROM {seed}.stock s "  # noqa: S608 - a checked identifier
            f"WHERE {same} AND stock.quantity <> s.quantity"
        )
    )
    await connection.execute(
        sa.text("SELECT setval('order_numbers', :n, false)"), {"n": t.FIRST_ORDER_NUMBER}
    )
    await connection.execute(
        sa.text(
            "INSERT INTO facts (name, value) VALUES ('seed_day', to_jsonb(CAST(:day AS text))) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        ),
        {"day": today.isoformat()},
    )


def _copy(table: sa.Table, seed: str) -> str:
    columns = []
    for column in table.c:
        if isinstance(column.type, sa.Date):
            columns.append(f"{column.name} + CAST(:days AS integer)")
        elif isinstance(column.type, sa.DateTime):
            # Moved on Kyiv's wall clock, so that 14:16 stays 14:16 over a change of summer time.
            local = f"({column.name} AT TIME ZONE 'Europe/Kyiv')"
            columns.append(f"({local} + make_interval(days => :days)) AT TIME ZONE 'Europe/Kyiv'")
        else:
            columns.append(f'"{column.name}"')
    names = ", ".join(f'"{column.name}"' for column in table.c)
    return f"INSERT INTO {table.name} ({names}) SELECT {', '.join(columns)} FROM {seed}.{table.name}"  # noqa: S608
