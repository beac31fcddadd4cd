"""What the command line means, apart from how it is parsed: `call-center store` and `python -m demo_store` share it."""

from __future__ import annotations

import os
from pathlib import Path

from demo_store.clock import parse_now
from demo_store.database import SCHEMA
from demo_store.errors import StartError
from demo_store.server import Options


def options_of(
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    now: str | None = None,
    reset: bool = False,
    test_port: int | None = None,
    schema: str = SCHEMA,
    folder: Path = Path("var/services"),
    leashed: bool = False,
) -> Options:
    """Return the options of a store; DATABASE_URL and STORE_API_KEY come from the environment.

    A store with a clock of its own (`now`) is a test run: it starts from the seed, in a database of its own that is
    thrown away, so that several can run beside each other. Raises `StartError` for a value that cannot be used.
    """
    for name, value in (("--port", port), ("--test-port", test_port or 0)):
        if not 0 <= value <= 65535:
            raise StartError(f"{name} must be between 0 (any free port) and 65535, not {value}")
    try:
        moment = parse_now(now) if now else None
    except ValueError as error:
        raise StartError(f"--now {now} is no ISO 8601 time (2026-11-23T10:30:00+02:00): {error}") from error
    return Options(
        database_url=os.environ.get("DATABASE_URL", ""),
        folder=None if moment else folder,
        schema=schema,
        host=host,
        port=port,
        test_port=test_port,
        key=os.environ.get("STORE_API_KEY", ""),
        now=moment,
        reset=reset,
        leashed=leashed,
    )
