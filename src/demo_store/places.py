"""Cities, delivery terms and pickup points: where things can go and what that costs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from demo_store import tables as t
from demo_store.catalogue import dispatch_day
from demo_store.contract import common
from demo_store.contract import orders as model
from demo_store.database import rows_of
from demo_store.errors import invalid, not_found
from demo_store.matching import fold, names_of

PREPAID_CLASS = "D"  # near the front: 100 % prepayment
PAYMENTS: Mapping[str, list[common.PaymentMethod]] = {
    "own_shop": ["cod", "card_on_delivery", "online"],
    "nova_poshta_branch": ["cod", "online"],
    "courier": ["cod", "card_on_delivery", "online"],
}
TRANSFER_DAYS = 2  # delivery.json, rules.transfer_between_warehouses_days
FILLERS = frozenset(
    map(
        fold,
        [
            "на",
            "у",
            "в",
            "біля",
            "коло",
            "поруч",
            "із",
            "з",
            "зі",
            "та",
            "і",
            "й",
            "вул",
            "вулиця",
            "вулиці",
            "просп",
            "проспект",
            "проспекті",
            "бульвар",
            "бульв",
            "площа",
            "пл",
            "район",
            "районі",
            "метро",
            "станція",
            "відділення",
            "нова",
            "пошта",
            "пошти",
            "магазин",
            "номер",
        ],
    )
)


@dataclass(frozen=True, slots=True)
class Terms:
    """Delivery to a city by a method, before the order is looked at. Money is whole UAH."""

    city: str
    city_class: str
    method: common.DeliveryMethod
    per_tyre: int
    days_min: int
    days_max: int
    free_from: int | None
    free_min_quantity: int

    @property
    def payments(self) -> list[common.PaymentMethod]:
        """How it can be paid."""
        return ["online"] if self.city_class == PREPAID_CLASS else PAYMENTS[self.method]

    def cost(self, quantity: int, subtotal: int) -> int:
        """What `quantity` tyres worth `subtotal` cost to deliver."""
        if self.free_from is not None and subtotal >= self.free_from and quantity >= self.free_min_quantity:
            return 0
        return self.per_tyre * quantity

    def arrival(self, now: dt.datetime, *, transfer: bool) -> dt.date:
        """The latest day it should be there."""
        return dispatch_day(now) + dt.timedelta(days=self.days_max + (TRANSFER_DAYS if transfer else 0))


class Cities:
    """City names in any spelling of the data, old and Russian ones too."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._rows = list(rows)
        self._names = {name: row for row in self._rows for name in names_of(row["name"], row["names"])}

    def find(self, name: str) -> Mapping[str, Any] | None:
        """Return the city's row, or None."""
        return self._names.get(
            fold(re.sub(r"^(м\.|місто|город|г\.)\s*", "", name.strip(), flags=re.IGNORECASE))
        )


async def terms(
    connection: AsyncConnection, cities: Cities, city: str, method: common.DeliveryMethod
) -> Terms:
    """Return the terms of delivering by `method` to `city`. Raises 404 for a city, 422 for a method."""
    row = cities.find(city)
    if row is None:
        raise not_found(f"city {city!r}")
    wanted = (t.delivery_terms.c.city_class == row["delivery_class"], t.delivery_terms.c.method == method)
    found = (await connection.execute(sa.select(t.delivery_terms).where(*wanted))).first()
    if found is None or (method == "own_shop" and not row["has_pickup"]):
        raise invalid(f"{method} is not possible in {row['name']}")
    free = cast(
        "dict[str, Any]",
        await connection.scalar(sa.select(t.facts.c.value).where(t.facts.c.name == "free_delivery")),
    )
    return Terms(
        city=row["name"],
        city_class=row["delivery_class"],
        method=method,
        per_tyre=found.per_tyre,
        days_min=found.days_min,
        days_max=found.days_max,
        free_from=free["threshold_uah"] if method in free["methods"] else None,
        free_min_quantity=free["min_qty"],
    )


async def quote(
    connection: AsyncConnection, cities: Cities, asked: model.DeliveryQuestion
) -> model.DeliveryQuote:
    """Answer GET /delivery/calculate."""
    found = await terms(connection, cities, asked.city, asked.method)
    return model.DeliveryQuote(
        city=found.city,
        method=asked.method,
        cost=found.cost(asked.quantity, asked.order_total),
        days_min=found.days_min,
        days_max=found.days_max,
        free_from=found.free_from,
        payment_methods=found.payments,
    )


async def points(
    connection: AsyncConnection, cities: Cities, asked: model.PointSearch
) -> common.Page[model.PickupPoint]:
    """Answer GET /pickup-points; an unknown city or query finds nothing."""
    rows = await rows_of(connection, sa.select(t.pickup_points).order_by(t.pickup_points.c.id))
    found = [
        row
        for row in rows
        if in_city(cities, asked.city, row["city"])
        and matches(asked.query, (row["name"], row["address"]), number=row["number"])
    ]
    shown = [
        model.PickupPoint.model_validate({**row, "working_hours": row["hours"], "phone": None})
        for row in cut(found, asked)
    ]
    return common.Page[model.PickupPoint](data=shown, pagination=common.pagination(asked, len(found)))


def in_city(cities: Cities, asked: str | None, city: str) -> bool:
    """Whether a place in `city` is wanted."""
    if asked is None:
        return True
    row = cities.find(asked)
    return row is not None and row["name"] == city


def cut[T](found: list[T], asked: common.Paged) -> list[T]:
    """Return the page that was asked for."""
    start = (asked.page - 1) * asked.per_page
    return found[start : start + asked.per_page]


def matches(query: str | None, texts: Iterable[str], *, number: str | None = None) -> bool:
    """Whether every telling word of `query` stands in `texts` in some grammatical form, or is the number."""
    if query is None:
        return True
    words = [word for word in map(fold, re.findall(r"[\w'’ʼ]+", query)) if word and word not in FILLERS]
    known = [fold(word) for text in texts for word in re.findall(r"[\w'’ʼ]+", text)]
    return all(word == number or any(_same_word(word, other) for other in known) for word in words)


def _same_word(asked: str, known: str) -> bool:
    """Equal but for the ending: they part at most three letters before the end and after at least three."""
    if asked.isdigit() or known.isdigit():
        return asked == known
    common_length = next(
        (n for n, (a, b) in enumerate(zip(asked, known, strict=False)) if a != b), min(len(asked), len(known))
    )
    return common_length >= max(3, min(len(asked), len(known)) - 2) and len(known) - common_length <= 3
