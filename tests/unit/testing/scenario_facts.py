"""What a scenario takes from the demo store's data set, looked up in the data set itself."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[3] / "src" / "demo_store" / "data"
CITIES = ("kyiv", "dnipro", "lviv", "odesa", "kharkiv")


def missing(facts: dict[str, Any]) -> list[str]:
    """Facts that the data does not have, and kinds of facts that nobody can look up."""
    found = []
    for kind, rows in facts.items():
        holds = _CHECKS.get(kind)
        if holds is None:
            found.append(f"{kind}: no such kind of fact")
        else:
            found += [f"{kind}: {row}" for row in rows if not holds(row)]
    return found


@cache
def _tyres() -> list[dict[str, str]]:
    with (DATA / "tyres.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def _json(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))


def _stock(row: dict[str, str]) -> int:
    return sum(int(row[f"stock_{city}"]) for city in CITIES)


def _same(row: dict[str, str], want: dict[str, Any]) -> bool:
    plain = ("size", "season", "brand", "model", "segment")
    return (
        all(str(want[key]).replace(" ", "") == row[key].replace(" ", "") for key in plain if key in want)
        and float(row["price_uah"]) == float(want.get("price", row["price_uah"]))
        and float(row["price_uah"]) <= float(want.get("max_price", "inf"))
    )


def _tyre(want: dict[str, Any]) -> bool:
    return any(_same(row, want) and _stock(row) >= int(want.get("min_stock", 0)) for row in _tyres())


def _no_stock(want: dict[str, Any]) -> bool:
    return not any(_same(row, want) and _stock(row) for row in _tyres())


def _placed(name: str, *keys: str) -> Callable[[dict[str, Any]], bool]:
    def holds(want: dict[str, Any]) -> bool:
        return any(
            all(str(row.get(key)) == str(want[key]) for key in keys if key in want) for row in _json(name)
        )

    return holds


def _vehicle(want: dict[str, Any]) -> bool:
    text = json.dumps(_json("vehicles")["vehicles"], ensure_ascii=False)
    return f'"{want["make"]}"' in text and f'"{want["model"]}"' in text


def _order(want: dict[str, Any]) -> bool:
    return any(
        row["id"] == want.get("number", row["id"])
        and row["customer"]["phone"] == want.get("phone", row["customer"]["phone"])
        and row["status"] == want.get("status", row["status"])
        for row in _json("orders")
    )


def _booking(want: dict[str, Any]) -> bool:
    return any(
        row["customer"]["phone"] == want["phone"]
        and row["station_id"] == want.get("station", row["station_id"])
        and all(row[key] == want[key] for key in ("date", "time", "status") if key in want)
        for row in _json("bookings")
    )


def _price(want: dict[str, Any]) -> bool:
    rows = _json("fitting_prices")["prices"]
    return any(
        row["diameter"] == want["diameter"] and row["vehicle_class"] == want["vehicle_class"] for row in rows
    )


def _new_phone(phone: str) -> bool:
    return not any(phone in (DATA / f"{name}.json").read_text("utf-8") for name in ("orders", "bookings"))


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "tyres": _tyre,
    "no_stock": _no_stock,
    "vehicles": _vehicle,
    "orders": _order,
    "bookings": _booking,
    "prices": _price,
    "stations": _placed("stations", "id", "city"),
    "slots": lambda want: any(row["id"] == want["station"] for row in _json("stations")),
    "pickup_points": _placed("pickup_points", "id", "city", "number"),
    "cities": lambda want: any(row["name"] == want for row in _json("cities")),
    "new_phones": _new_phone,
}
