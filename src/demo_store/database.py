"""Connections, migration and schema names of the demo store.

Everything lives in one schema (`demo_store`) plus its seed twin (`demo_store_seed`), chosen by the connection's search
path, so several stores with their own clocks share one server. The migration runs under an advisory lock: stores that
start at once wait for each other.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from demo_store.errors import StartError

SCHEMA = "demo_store"
LOCK = 7_232_001  # advisory lock of "this store's schema is being changed"
POOL = 20


def seed_schema(schema: str) -> str:
    """Return the name of the schema that holds the state to go back to."""
    return f"{schema}_seed"


def check_schema(schema: str) -> str:
    """Return `schema` if it may be used as an identifier. Raises `StartError`."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", schema):
        raise StartError(f"the schema name {schema!r} must be lower-case letters, digits and _, at most 41")
    return schema


def engine_for(database_url: str, schema: str) -> AsyncEngine:
    """Return an engine whose connections see `schema` first. Takes any spelling of a PostgreSQL URL."""
    check_schema(schema)
    try:
        url = make_url(database_url)
    except sa.exc.ArgumentError as error:
        raise StartError(
            "DATABASE_URL is not a URL; it looks like postgresql://user:password@host:5432/name"
        ) from error
    if not url.drivername.startswith("postgres"):
        raise StartError(f"DATABASE_URL names {url.drivername}; the store needs postgresql://")
    query = dict(url.query)
    if "sslmode" in query:  # libpq's word; asyncpg calls it ssl
        query["ssl"] = query.pop("sslmode")
    url = url.set(drivername="postgresql+asyncpg", query=query)
    arguments: dict[str, Any] = {"server_settings": {"search_path": f"{schema}, public", "timezone": "UTC"}}
    return create_async_engine(
        url, pool_size=POOL, max_overflow=0, pool_timeout=5, pool_pre_ping=True, connect_args=arguments
    )


async def migrate(engine: AsyncEngine, schema: str) -> None:
    """Bring the schema to the newest migration. Raises `StartError` when the database cannot be reached."""
    try:
        async with engine.begin() as connection:
            await connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            for name in (schema, seed_schema(schema)):
                await connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {name}"))
            await connection.run_sync(_upgrade, schema)
    except (OSError, DBAPIError) as error:
        raise StartError(f"the database cannot be used: {_first_line(error)}; check DATABASE_URL") from error


def alembic_config(schema: str) -> alembic.config.Config:
    """Return the configuration of this package's migrations for `schema`."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["schema"] = schema
    return config


def _upgrade(connection: sa.Connection, schema: str) -> None:
    config = alembic_config(schema)
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, "head")


async def rows_of(connection: AsyncConnection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    """Return what a query finds as plain dictionaries."""
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def drop(connection: AsyncConnection, schema: str) -> None:
    """Remove a store's schemas and all they hold."""
    for name in (check_schema(schema), seed_schema(schema)):
        await connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {name} CASCADE"))


def _first_line(error: BaseException) -> str:
    origin = getattr(error, "orig", None) or error
    return (str(origin).strip() or type(origin).__name__).splitlines()[0][:200]
