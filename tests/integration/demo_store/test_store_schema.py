"""The migration against the tables, on the real server."""

from __future__ import annotations

import asyncio
from typing import Any

import alembic.command
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from demo_store import tables as t
from demo_store.clock import Clock
from demo_store.database import alembic_config, drop, engine_for, migrate, seed_schema
from demo_store.process import StoreProcess
from demo_store.server import DemoStore, Options

pytestmark = pytest.mark.integration
SCHEMA = "demo_store_migration"


def differences(connection: sa.Connection) -> list[Any]:
    """Return where the database is not what the tables say."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [d for d in compare_metadata(context, t.metadata) if "alembic_version" not in repr(d)]


def test_migration_makes_exactly_the_tables(postgres_url: str) -> None:
    """Nothing is missing and nothing is left over; migrating again changes nothing; twins have the same columns."""

    async def scene() -> tuple[list[Any], int]:
        engine = engine_for(postgres_url, SCHEMA)
        await migrate(engine, SCHEMA)
        await migrate(engine, SCHEMA)
        async with engine.begin() as connection:
            found = await connection.run_sync(differences)
            columns = sa.text("SELECT count(*) FROM information_schema.columns WHERE table_schema = :schema")
            twins = await connection.scalar(columns, {"schema": seed_schema(SCHEMA)})
            await drop(connection, SCHEMA)
        await engine.dispose()
        return found, int(twins or 0)

    found, twins = asyncio.run(scene())
    assert found == []
    assert twins == sum(len(table.c) for table in t.MUTABLE)


def down_and_up(connection: sa.Connection) -> tuple[set[str], set[str]]:
    """Take the migration back and apply it again; return the tables left in between and at the end."""
    config = alembic_config("demo_store_down")
    config.attributes["connection"] = connection
    alembic.command.downgrade(config, "base")
    between = set(sa.inspect(connection).get_table_names())
    alembic.command.upgrade(config, "head")
    return between, set(sa.inspect(connection).get_table_names())


def test_migration_can_be_taken_back(postgres_url: str) -> None:
    """Down leaves nothing of the store, up again makes all of it."""

    async def scene() -> tuple[set[str], set[str]]:
        engine = engine_for(postgres_url, "demo_store_down")
        await migrate(engine, "demo_store_down")
        async with engine.begin() as connection:
            found = await connection.run_sync(down_and_up)
            await drop(connection, "demo_store_down")
        await engine.dispose()
        return found

    between, after = asyncio.run(scene())
    assert between == {"alembic_version"}
    assert after == set(t.metadata.tables) | {"alembic_version"}


def test_restart_keeps_what_was_ordered(postgres_url: str) -> None:
    """Without --reset a store goes on with its data; with it the seed is back."""

    async def count(options: Options) -> int:
        async with DemoStore(options) as store, store.engine.begin() as connection:
            total = await connection.scalar(sa.select(sa.func.count()).select_from(t.callbacks)) or 0
            row = {"id": f"c{total}", "phone": "+380990005555", "created_at": Clock().now()}
            await connection.execute(sa.insert(t.callbacks).values(row))
            return int(total)

    options = Options(database_url=postgres_url, schema="demo_store_restart", key="k" * 20)
    again = Options(database_url=postgres_url, schema="demo_store_restart", key="k" * 20, reset=True)

    async def scene() -> list[int]:
        counts = [await count(options), await count(options), await count(again)]
        engine = engine_for(postgres_url, "demo_store_restart")
        async with engine.begin() as connection:
            await drop(connection, "demo_store_restart")
        await engine.dispose()
        return counts

    assert asyncio.run(scene()) == [0, 1, 0]


def test_unreachable_database_is_one_line() -> None:
    """The store says what is wrong with DATABASE_URL and does not start."""
    with pytest.raises(Exception, match=r"^the database cannot be used: [^\n]+; check DATABASE_URL$"):
        StoreProcess(database_url="postgresql://nobody:x@127.0.0.1:1/none").start()
