"""The demo store's own data as a `Shop` in memory: the dialogue's tests need real tyres, not a server."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.unit.agent.fitting_book import FittingBook
from tests.unit.agent.order_book import OrderBook

from call_center.agent.tools.shop import Availability, CarSizes, Filters, Place, Tyre
from call_center.errors import StoreError

DATA = Path(__file__).resolve().parents[3] / "src" / "demo_store" / "data"
CITIES = {"kyiv": "Київ", "dnipro": "Дніпро", "lviv": "Львів", "odesa": "Одеса", "kharkiv": "Харків"}


@lru_cache(maxsize=1)
def rows() -> list[dict[str, str]]:
    """Every article as it stands in the data set."""
    with (DATA / "tyres.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@lru_cache(maxsize=1)
def vehicles() -> list[dict[str, Any]]:
    """Every car of the data set."""
    found: list[dict[str, Any]] = json.loads((DATA / "vehicles.json").read_text("utf-8"))["vehicles"]
    return found


def _tyre(row: dict[str, str]) -> Tyre:
    size = row["size"].replace("R", " R")
    stock = sum(int(row[f"stock_{city}"]) for city in CITIES)
    yes = {key: row[key] == "true" for key in ("studded", "commercial", "run_flat", "xl")}
    return Tyre(
        id=row["id"], brand=row["brand"], model=row["model"], size=size, season=row["season"],
        price=float(row["price_uah"]), stock=stock, segment=row["segment"], load_index=row["load_index"],
        speed_index=row["speed_index"], country=row["country"], year=int(row["year"]), **yes,
    )  # fmt: skip


class ShelfShop(FittingBook, OrderBook):
    """A `Shop` over the data files. `fault` is raised by every call while set; `calls` counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.fault: StoreError | None = None
        self.calls: list[str] = []
        self.before: Callable[[str], None] = lambda name: None

    def _enter(self, name: str) -> None:
        self.calls.append(name)
        self.before(name)
        if self.fault is not None:
            raise self.fault

    def _come(self, name: str) -> None:
        self._enter(name)

    async def tyres(self, filters: Filters) -> list[Tyre]:
        """Articles that fit, cheapest first."""
        self._enter("tyres")
        width, profile, diameter = (str(n) for n in filters.size)
        found = [
            _tyre(r) for r in rows()
            if (r["width"], r["profile"], r["diameter"]) == (width, profile, diameter)
            and filters.season in (None, r["season"])
            and filters.brand in (None, r["brand"])
        ]  # fmt: skip
        if filters.in_stock:
            found = [t for t in found if t.stock]
        return sorted(found, key=lambda t: t.price)

    async def availability(self, product_id: str) -> Availability:
        """Pieces by city."""
        self._enter("availability")
        row = next(r for r in rows() if r["id"] == product_id)
        places = tuple(Place(name, int(row[f"stock_{city}"])) for city, name in CITIES.items())
        return Availability(sum(p.quantity for p in places), places, None)

    async def car_sizes(self, make: str, model: str, year: int) -> CarSizes | None:
        """OEM sizes of the generations of that year."""
        self._enter("car_sizes")
        for car in vehicles():
            if (car["make"], car["model"]) == (make, model):
                fits = [g for g in car["generations"] if g["year_from"] <= year <= (g["year_to"] or 2026)]
                sizes = dict.fromkeys(s.replace("R", " R") for g in fits for s in g["tyre_sizes"])
                return CarSizes(tuple(sizes), any(g["staggered"] for g in fits)) if fits else None
        return None
