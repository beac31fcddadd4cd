"""Changing orders: draft, delivery, confirmation, cancellation. Each function runs inside the caller's transaction.

A draft holds no stock; confirming takes it from one warehouse, row by row in one order, so that two confirmations of the
last set cannot both succeed and never wait for each other in a circle.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from demo_store import orders, places
from demo_store import tables as t
from demo_store.clock import Clock
from demo_store.contract import orders as model
from demo_store.database import rows_of
from demo_store.errors import ApiError, invalid
from demo_store.places import Cities

Wanted = Sequence[tuple[str, int]]  # product id, quantity


async def create(connection: AsyncConnection, clock: Clock, asked: model.NewOrder) -> model.OrderDraft:
    """Make a draft. Raises 422 for an unknown product, 409 when no one warehouse has everything."""
    wanted = sorted((item.product_id, item.quantity) for item in asked.items)
    query = sa.select(t.tyres.c.id, t.tyres.c.price).where(
        t.tyres.c.id.in_([product for product, _ in wanted])
    )
    prices = {row["id"]: row["price"] for row in await rows_of(connection, query)}
    for product, _ in wanted:
        if product not in prices:
            raise invalid(f"product {product} does not exist")
    warehouse = (await warehouses_with(connection, wanted))[0]
    subtotal = sum(prices[product] * quantity for product, quantity in wanted)
    number = str(await connection.scalar(t.order_numbers.next_value()))
    order_id = str(uuid.uuid4())
    row = {
        "id": order_id,
        "order_number": number,
        "status": "draft",
        "created_at": clock.now(),
        "customer_name": asked.customer_name or "",
        "customer_phone": asked.customer_phone,
        "source": asked.source,
        "call_id": asked.call_id,
        "subtotal": subtotal,
        "delivery_cost": 0,
        "total": subtotal,
        "paid": False,
        "warehouse": warehouse,
        "version": 1,
    }
    await connection.execute(sa.insert(t.orders).values(row))
    lines = [
        {
            "order_id": order_id,
            "position": n,
            "product_id": i.product_id,
            "quantity": i.quantity,
            "price": prices[i.product_id],
        }
        for n, i in enumerate(asked.items)
    ]
    await connection.execute(sa.insert(t.order_items), lines)
    await _log(connection, clock, order_id, "draft")
    items = (await orders.items_of(connection, [order_id]))[order_id]
    return model.OrderDraft(
        id=order_id, order_number=number, status="draft", items=items, subtotal=subtotal, version=1
    )


async def warehouses_with(connection: AsyncConnection, wanted: Wanted) -> list[str]:
    """Return the warehouses that have everything, best stocked first. Raises 409 stock_gone or split_stock."""
    ids = [product for product, _ in wanted]
    have: dict[str, dict[str, int]] = {}
    query = sa.select(t.stock).where(t.stock.c.tyre_id.in_(ids)).order_by(t.stock.c.warehouse)
    for row in await rows_of(connection, query):
        have.setdefault(row["warehouse"], {})[row["tyre_id"]] = row["quantity"]
    full = [name for name, stock in have.items() if all(stock.get(p, 0) >= q for p, q in wanted)]
    if full:
        return sorted(full, key=lambda name: (-sum(have[name].values()), name))
    totals = {product: sum(stock.get(product, 0) for stock in have.values()) for product in ids}
    short = [
        {"product_id": product, "requested": quantity, "available": totals[product]}
        for product, quantity in wanted
        if totals[product] < quantity
    ]
    if short:
        raise ApiError(409, "stock_gone", "there is not that much in stock", items=short)
    locations = [
        {"warehouse": name, "items": [{"product_id": p, "quantity": n} for p, n in stock.items() if n]}
        for name, stock in have.items()
        if any(stock.values())
    ]
    raise ApiError(
        409, "split_stock", "no one warehouse has everything; an order ships from one", locations=locations
    )


async def choose_delivery(
    connection: AsyncConnection, clock: Clock, cities: Cities, order_id: str, asked: model.DeliveryChoice
) -> model.DeliveredOrder:
    """Set how a draft gets there. Raises 404, 422 for an impossible place, 409 when it is no draft."""
    row = await _draft(connection, order_id)
    terms = await places.terms(connection, cities, asked.city, asked.method)
    point = await _point(connection, terms.city, asked)
    wanted = await _wanted(connection, order_id)
    quantity = sum(number for _, number in wanted)
    warehouse, transfer = await _source(connection, wanted, terms)
    cost = terms.cost(quantity, row["subtotal"])
    changed = {
        "delivery_method": asked.method,
        "delivery_city": terms.city,
        "delivery_address": asked.address if asked.method == "courier" else None,
        "pickup_point_id": point,
        "delivery_cost": cost,
        "days_min": terms.days_min + (places.TRANSFER_DAYS if transfer else 0),
        "days_max": terms.days_max + (places.TRANSFER_DAYS if transfer else 0),
        "estimated_delivery": terms.arrival(clock.now(), transfer=transfer),
        "total": row["subtotal"] + cost,
        "warehouse": warehouse,
        "version": row["version"] + 1,
        "touched": True,
    }
    await connection.execute(sa.update(t.orders).where(t.orders.c.id == order_id).values(changed))
    delivery = await orders.delivery_of(connection, {**row, **changed})
    if delivery is None:
        raise RuntimeError("a delivery that was just set is not there")
    return model.DeliveredOrder(
        delivery=delivery,
        payment_methods=terms.payments,
        total=row["subtotal"] + cost,
        version=row["version"] + 1,
    )


async def _point(connection: AsyncConnection, city: str, asked: model.DeliveryChoice) -> str | None:
    """Return the pickup point that is meant; a shop need not be named where there is one."""
    if asked.method == "courier":
        return None
    kind = "own_shop" if asked.method == "own_shop" else "nova_poshta"
    query = sa.select(t.pickup_points).where(t.pickup_points.c.city == city, t.pickup_points.c.kind == kind)
    rows = await rows_of(connection, query.order_by(t.pickup_points.c.id))
    found = [
        row
        for row in rows
        if (asked.pickup_point_id is None or row["id"] == asked.pickup_point_id)
        and (asked.branch is None or kind == "own_shop" or row["number"] == asked.branch.lstrip("0"))
    ]
    if len(found) == 1:
        return str(found[0]["id"])
    if not found:
        known = ", ".join(str(row["number"] or row["address"]) for row in rows) or "none"
        raise invalid(f"there is no such pickup point in {city}; known: {known}")
    raise invalid(f"there are {len(found)} shops in {city}: name one by pickup_point_id")


async def _source(connection: AsyncConnection, wanted: Wanted, terms: places.Terms) -> tuple[str, bool]:
    """Return the warehouse to send from, and whether goods for an own shop must first be brought to its city."""
    full = await warehouses_with(connection, wanted)
    if terms.city in full:
        return terms.city, False
    return full[0], terms.method == "own_shop" and terms.city_class == "A"


async def confirm(
    connection: AsyncConnection, clock: Clock, cities: Cities, order_id: str, asked: model.Confirmation
) -> model.ConfirmedOrder:
    """Bind the shop. Raises 409 changed when it is not what was agreed to, 409 when the stock is gone."""
    row = await _draft(connection, order_id)
    if row["version"] != asked.version or row["total"] != asked.expected_total:
        raise ApiError(
            409, "changed", "the order is not what was agreed to", total=row["total"], version=row["version"]
        )
    if row["delivery_method"] is None:
        raise invalid("delivery is not chosen yet")
    terms = await places.terms(connection, cities, row["delivery_city"], row["delivery_method"])
    if asked.payment_method not in terms.payments:
        raise invalid(f"payment_method: only {', '.join(terms.payments)} for this delivery")
    warehouse = await _take(connection, await _wanted(connection, order_id), row["warehouse"])
    changed = {
        "status": "confirmed",
        "payment_method": asked.payment_method,
        "customer_name": asked.customer_name,
        "warehouse": warehouse,
        "version": row["version"] + 1,
        "touched": True,
    }
    await connection.execute(sa.update(t.orders).where(t.orders.c.id == order_id).values(changed))
    await _log(connection, clock, order_id, "confirmed")
    if asked.send_sms_confirmation:
        text = f"Замовлення {row['order_number']} підтверджено. Сума {row['total']} грн."
        await connection.execute(
            sa.insert(t.sms).values(
                id=str(uuid.uuid4()),
                phone=row["customer_phone"],
                text=text,
                order_id=order_id,
                created_at=clock.now(),
            )
        )
    return model.ConfirmedOrder(
        id=order_id,
        order_number=row["order_number"],
        status="confirmed",
        total=row["total"],
        estimated_delivery=row["estimated_delivery"],
        sms_sent=asked.send_sms_confirmation,
    )


async def _take(connection: AsyncConnection, wanted: Wanted, preferred: str) -> str:
    """Take everything from one warehouse, the preferred one if it still has it all."""
    ids = [product for product, _ in wanted]
    locked = sa.select(t.stock).where(t.stock.c.tyre_id.in_(ids))
    await connection.execute(locked.order_by(t.stock.c.tyre_id, t.stock.c.warehouse).with_for_update())
    full = await warehouses_with(connection, wanted)
    warehouse = preferred if preferred in full else full[0]
    await _move(connection, wanted, warehouse, -1)
    return warehouse


async def _move(connection: AsyncConnection, wanted: Wanted, warehouse: str, sign: int) -> None:
    for product, quantity in wanted:
        await connection.execute(
            sa.update(t.stock)
            .where(t.stock.c.tyre_id == product, t.stock.c.warehouse == warehouse)
            .values(quantity=t.stock.c.quantity + sign * quantity)
        )


async def cancel(
    connection: AsyncConnection, clock: Clock, order_id: str, asked: model.Cancellation
) -> model.CancelledOrder:
    """Cancel what has not left yet, and put the goods back. Raises 409 changed for what has."""
    row = await orders.row_of(connection, order_id, lock=True)
    if row["status"] not in {"draft", "confirmed"}:
        raise ApiError(409, "changed", f"the order is {row['status']}", order_status=row["status"])
    if row["status"] == "confirmed" and row["warehouse"] is not None:
        await _move(connection, await _wanted(connection, order_id), row["warehouse"], +1)
    changed = {
        "status": "cancelled",
        "cancel_reason": asked.reason,
        "version": row["version"] + 1,
        "touched": True,
    }
    await connection.execute(sa.update(t.orders).where(t.orders.c.id == order_id).values(changed))
    await _log(connection, clock, order_id, "cancelled")
    return model.CancelledOrder(id=order_id, status="cancelled")


async def _draft(connection: AsyncConnection, order_id: str) -> Mapping[str, Any]:
    row = await orders.row_of(connection, order_id, lock=True)
    if row["status"] != "draft":
        raise ApiError(409, "changed", f"the order is {row['status']}, no draft", order_status=row["status"])
    return row


async def _wanted(connection: AsyncConnection, order_id: str) -> Wanted:
    query = sa.select(t.order_items).where(t.order_items.c.order_id == order_id)
    rows = await rows_of(connection, query.order_by(t.order_items.c.product_id))
    return [(row["product_id"], row["quantity"]) for row in rows]


async def _log(connection: AsyncConnection, clock: Clock, order_id: str, status: str) -> None:
    last = sa.select(sa.func.coalesce(sa.func.max(t.order_history.c.position), -1) + 1).where(
        t.order_history.c.order_id == order_id
    )
    await connection.execute(
        sa.insert(t.order_history).values(
            order_id=order_id, position=last.scalar_subquery(), status=status, at=clock.now()
        )
    )
