"""Reading orders: searching them and showing one whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from demo_store import tables as t
from demo_store.contract import common
from demo_store.contract import orders as model
from demo_store.database import rows_of
from demo_store.errors import not_found
from demo_store.matching import Size

LABELS: Mapping[str, str] = {
    "draft": "чернетка",
    "confirmed": "підтверджено",
    "shipped": "відправлено",
    "delivering": "у дорозі",
    "delivered": "доставлено",
    "cancelled": "скасовано",
}
SUMMED = (
    sa.select(
        t.order_items,
        t.tyres.c.brand,
        t.tyres.c.model,
        t.tyres.c.width,
        t.tyres.c.profile,
        t.tyres.c.diameter,
        t.tyres.c.commercial,
    )
    .join(t.tyres, t.tyres.c.id == t.order_items.c.product_id)
    .order_by(t.order_items.c.order_id, t.order_items.c.position)
)


async def search(connection: AsyncConnection, asked: model.OrderSearch) -> common.Page[model.OrderSummary]:
    """Find orders, newest first."""
    query = sa.select(t.orders)
    for column, value in (
        ("customer_phone", asked.phone),
        ("order_number", asked.order_number),
        ("status", asked.status),
    ):
        if value is not None:
            query = query.where(t.orders.c[column] == value)
    total = await connection.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    newest = query.order_by(t.orders.c.created_at.desc(), t.orders.c.order_number.desc())
    rows = await rows_of(connection, newest.limit(asked.per_page).offset((asked.page - 1) * asked.per_page))
    items = await items_of(connection, [row["id"] for row in rows])
    summaries = [model.OrderSummary.model_validate(summary(row, items.get(row["id"], []))) for row in rows]
    return common.Page[model.OrderSummary](data=summaries, pagination=common.pagination(asked, total))


async def order(connection: AsyncConnection, order_id: str) -> model.OrderDetail:
    """Return one order. Raises 404."""
    return await whole(connection, await row_of(connection, order_id))


async def row_of(connection: AsyncConnection, order_id: str, *, lock: bool = False) -> dict[str, Any]:
    """Return an order's row, locked for a change if asked. Raises 404."""
    query = sa.select(t.orders).where(t.orders.c.id == order_id)
    rows = await rows_of(connection, query.with_for_update() if lock else query)
    if not rows:
        raise not_found("order")
    return rows[0]


async def items_of(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, list[model.Item]]:
    """Return the items of several orders."""
    found: dict[str, list[model.Item]] = {}
    for row in await rows_of(connection, SUMMED.where(t.order_items.c.order_id.in_(ids))):
        size = Size(row["width"], row["profile"], row["diameter"], row["commercial"])
        item = model.Item(
            product_id=row["product_id"],
            brand=row["brand"],
            model=row["model"],
            size=str(size),
            quantity=row["quantity"],
            price=row["price"],
            sum=row["quantity"] * row["price"],
        )
        found.setdefault(row["order_id"], []).append(item)
    return found


def summary(row: Mapping[str, Any], items: Sequence[model.Item]) -> dict[str, Any]:
    """Return the fields of an `OrderSummary`."""
    told = ", ".join(f"{item.quantity} × {item.brand} {item.model} {item.size}" for item in items)
    return {**row, "status_label": LABELS[row["status"]], "items_summary": told}


async def delivery_of(connection: AsyncConnection, row: Mapping[str, Any]) -> model.Delivery | None:
    """Return how an order gets there, None when that is not chosen."""
    if row["delivery_method"] is None:
        return None
    point = None
    if row["pickup_point_id"] is not None:
        wanted = t.pickup_points.c.id == row["pickup_point_id"]
        point = (await connection.execute(sa.select(t.pickup_points).where(wanted))).first()
    return model.Delivery(
        method=row["delivery_method"],
        city=row["delivery_city"],
        address=row["delivery_address"] or (point.address if point else None),
        branch=point.number if point else None,
        pickup_point_id=row["pickup_point_id"],
        cost=row["delivery_cost"],
        days_min=row["days_min"],
        days_max=row["days_max"],
    )


async def whole(connection: AsyncConnection, row: Mapping[str, Any]) -> model.OrderDetail:
    """Return everything about the order of `row`."""
    items = (await items_of(connection, [row["id"]])).get(row["id"], [])
    steps = sa.select(t.order_history).where(t.order_history.c.order_id == row["id"])
    history = await rows_of(connection, steps.order_by(t.order_history.c.position))
    return model.OrderDetail.model_validate(
        {
            **summary(row, items),
            "customer": model.Customer(name=row["customer_name"] or None, phone=row["customer_phone"]),
            "items": items,
            "delivery": await delivery_of(connection, row),
            "payment": model.Payment(method=row["payment_method"], paid=row["paid"]),
            "status_history": history,
        }
    )
