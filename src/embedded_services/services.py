"""`EmbeddedServices`: PostgreSQL and Valkey for as long as a `with` block, or the servers you run yourself.

Give `database_url` or `redis_url` (the second, tested way) and that server is used as it is and never stopped. Without
them the embedded ones run as child processes of this process on 127.0.0.1, under generated passwords, and end with it
even when it is killed. `folder` keeps their data between runs; None makes throw-away servers.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded_services.home import Home
from embedded_services.postgres import PostgresServer
from embedded_services.server import Server
from embedded_services.valkey import ValkeyServer


class EmbeddedServices:
    """Context manager, sync and async. `postgres_url` and `valkey_url` are set inside it; "" for one not asked for.

    Ports of 0 are ephemeral. Raises `ServicesError` with one line that says what to do.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        postgres: bool = True,
        valkey: bool = True,
        postgres_port: int = 0,
        valkey_port: int = 0,
        database_url: str | None = None,
        redis_url: str | None = None,
    ) -> None:
        self.postgres_url = database_url or ""
        self.valkey_url = redis_url or ""
        self._folder = folder
        self._want_postgres = postgres and not database_url
        self._want_valkey = valkey and not redis_url
        self._ports = (postgres_port, valkey_port)
        self.postgres: PostgresServer | None = None
        self.valkey: ValkeyServer | None = None

    @classmethod
    def from_environment(
        cls, folder: Path | None = None, *, postgres: bool = True, valkey: bool = True
    ) -> Self:
        """Use `DATABASE_URL` and `REDIS_URL` where they are set, embedded servers where not."""
        return cls(
            folder,
            postgres=postgres,
            valkey=valkey,
            database_url=os.environ.get("DATABASE_URL") or None,
            redis_url=os.environ.get("REDIS_URL") or None,
        )

    def start(self) -> None:
        """Start what is wanted, both at once; returns when both answer."""
        servers: list[Server] = []
        if self._want_postgres or self._want_valkey:
            home = Home.of_this_process()
            if self._want_postgres:
                self.postgres = PostgresServer(home, self._sub("postgres"), self._ports[0])
                servers.append(self.postgres)
            if self._want_valkey:
                self.valkey = ValkeyServer(home, self._sub("valkey"), self._ports[1])
                servers.append(self.valkey)
        try:
            with ThreadPoolExecutor(max_workers=2) as pool:
                for outcome in [pool.submit(server.start) for server in servers]:
                    outcome.result()
        except BaseException:
            self.stop()
            raise
        if self.postgres is not None:
            self.postgres_url = self.postgres.url
        if self.valkey is not None:
            self.valkey_url = self.valkey.url

    def stop(self) -> None:
        """End what was started here. Safe to call twice."""
        for server in (self.valkey, self.postgres):
            if server is not None:
                server.stop()

    def _sub(self, name: str) -> Path | None:
        return self._folder / name if self._folder is not None else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)
