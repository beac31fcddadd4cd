"""What every route shares: the engine, the clock, the names and the key. One object per store, made at start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from demo_store import tables as t
from demo_store.catalogue import Names
from demo_store.clock import Clock
from demo_store.database import rows_of
from demo_store.places import Cities


class Store:
    """A running store. `names` and `cities` are filled when the database is ready."""

    def __init__(self, engine: AsyncEngine, schema: str, clock: Clock, key: str) -> None:
        self.engine = engine
        self.schema = schema
        self.clock = clock
        self.key = key
        self.names: Names
        self.cities: Cities

    async def load(self) -> None:
        """Read what does not change while the store runs."""
        async with self.engine.connect() as connection:
            self.names = await Names.load(connection)
            self.cities = Cities(await rows_of(connection, sa.select(t.cities)))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for one read-only answer, all of it from one snapshot."""
        async with self.engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection


def current(request: Request) -> Store:
    """Return the store that serves this request."""
    store: Store = request.app.state.store
    return store


async def _reading(request: Request) -> AsyncIterator[AsyncConnection]:
    async with current(request).reading() as connection:
        yield connection


Current = Annotated[Store, Depends(current)]
Reading = Annotated[AsyncConnection, Depends(_reading)]
