"""The test-only port: put the store back, see what changed, make it fail. Never served where the API is.

It asks for no key: it listens on loopback alone and only when asked for on the command line.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import AfterValidator, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from demo_store import fitting, orders, seed
from demo_store import tables as t
from demo_store.clock import KYIV, parse_now
from demo_store.contract.common import Data, Request
from demo_store.database import rows_of, seed_schema
from demo_store.faults import Fault, Faults
from demo_store.state import Store


def _moment(text: str) -> str:
    parse_now(text)
    return text


class Reset(Request):
    """Body of POST /_test/reset; without `now` the clock goes on as it is."""

    now: Annotated[str, Field(max_length=64), AfterValidator(_moment)] | None = None


class FaultList(Request):
    """Body of POST /_test/faults; an empty list ends all faults."""

    faults: Annotated[list[Fault], Field(default_factory=list, max_length=100)]


def create_test_app(store: Store, faults: Faults) -> FastAPI:
    """Return the application of the test port."""
    app = FastAPI(title="Store test port", docs_url=None, redoc_url=None)

    @app.post("/_test/reset")
    async def reset(asked: Reset | None = None) -> Data[dict[str, Any]]:
        if asked is not None and asked.now is not None:
            store.clock.set(parse_now(asked.now))
        faults.replace([])
        async with store.engine.begin() as connection:
            await seed.restore(connection, store.schema, store.clock.today())
        return Data(data={"now": store.clock.now().isoformat()})

    @app.get("/_test/changes")
    async def changes() -> Data[dict[str, Any]]:
        async with store.reading() as connection:
            return Data(data=await changes_of(connection, store.schema, store.clock.now()))

    @app.post("/_test/faults")
    async def set_faults(asked: FaultList) -> Data[dict[str, Any]]:
        faults.replace(asked.faults)
        return Data(data={"faults": len(asked.faults)})

    return app


async def changes_of(connection: AsyncConnection, schema: str, now: dt.datetime) -> dict[str, Any]:
    """Return every row that was added or changed since the last reset, each with `change`."""
    return {
        "now": now.isoformat(),
        "orders": await _orders(connection, schema),
        "bookings": await _bookings(connection, schema),
        "callbacks": await _all(connection, t.callbacks),
        "sms": await _all(connection, t.sms),
        "stock": await _stock(connection, schema),
    }


async def _seeded(connection: AsyncConnection, schema: str, table: sa.Table) -> dict[str, Any]:
    twin = table.to_metadata(sa.MetaData(), schema=seed_schema(schema))
    return {row["id"]: row for row in await rows_of(connection, sa.select(twin))}


async def _orders(connection: AsyncConnection, schema: str) -> list[dict[str, Any]]:
    before = await _seeded(connection, schema, t.orders)
    touched = sa.select(t.orders).where(t.orders.c.touched).order_by(t.orders.c.order_number)
    found = []
    for row in await rows_of(connection, touched):
        whole = await orders.whole(connection, row)
        change = "changed" if row["id"] in before else "added"
        found.append({"change": change, **whole.model_dump(mode="json")})
    return found


async def _bookings(connection: AsyncConnection, schema: str) -> list[dict[str, Any]]:
    before = await _seeded(connection, schema, t.bookings)
    found = []
    for row in await rows_of(
        connection, fitting.JOINED.where(t.bookings.c.touched).order_by(t.bookings.c.id)
    ):
        if row["id"] not in before:
            change = "added"
        else:
            change = "cancelled" if row["status"] == "cancelled" else "moved"
        found.append({"change": change, **fitting.shown(row).model_dump(mode="json")})
    return found


async def _all(connection: AsyncConnection, table: sa.Table) -> list[dict[str, Any]]:
    rows = await rows_of(connection, sa.select(table).order_by(table.c.created_at, table.c.id))
    return [{"change": "added", **row, "created_at": row["created_at"].astimezone(KYIV)} for row in rows]


async def _stock(connection: AsyncConnection, schema: str) -> list[dict[str, Any]]:
    twin = t.stock.to_metadata(sa.MetaData(), schema=seed_schema(schema))
    same = (twin.c.tyre_id == t.stock.c.tyre_id) & (twin.c.warehouse == t.stock.c.warehouse)
    query = (
        sa.select(
            t.stock.c.tyre_id.label("product_id"),
            t.stock.c.warehouse,
            twin.c.quantity.label("was"),
            t.stock.c.quantity.label("now"),
        )
        .join(twin, same)
        .where(twin.c.quantity != t.stock.c.quantity)
        .order_by(t.stock.c.tyre_id, t.stock.c.warehouse)
    )
    return await rows_of(connection, query)
