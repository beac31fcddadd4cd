"""Running the store: database ready, socket bound, URL and key told on standard output, then serving until a signal.

`DemoStore` is for a program that wants the store inside its own loop (tests); `serve` is the command.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from demo_store import seed
from demo_store.app import BASE, serve_app
from demo_store.clock import Clock
from demo_store.database import SCHEMA, check_schema, engine_for, migrate
from demo_store.errors import StartError
from demo_store.faults import Faults
from demo_store.state import Store
from demo_store.testport import create_test_app
from embedded_services import EmbeddedServices, ServicesError

START_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Options:
    """How to run a store. `port` 0 is ephemeral; `key` "" is generated; `now` None is real time."""

    database_url: str = ""  # "": the embedded PostgreSQL
    folder: Path | None = Path("var/services")  # of the embedded PostgreSQL; None: thrown away at the end
    schema: str = SCHEMA
    host: str = "127.0.0.1"
    port: int = 0
    test_port: int | None = None  # None: no /_test/* at all
    key: str = ""
    now: dt.datetime | None = None
    reset: bool = False
    leashed: bool = False  # end when standard input closes: a child must not outlive its parent


class DemoStore:
    """A store served from the running event loop. `async with DemoStore(options) as store: store.url, store.key`."""

    def __init__(self, options: Options) -> None:
        if not options.database_url:
            raise StartError("DemoStore needs a database URL; `serve` starts the embedded PostgreSQL itself")
        self._options = options
        self.key = options.key or secrets.token_urlsafe(24)
        self.clock = Clock(options.now)
        self.url = ""
        self.test_url = ""  # set when there is a test port
        self._served: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []

    @property
    def api_url(self) -> str:
        """The URL with the base path of the API."""
        return self.url + BASE

    async def __aenter__(self) -> Self:
        options = self._options
        check_schema(options.schema)
        listener = _bind(options.host, options.port)  # first: a busy port is told before any work
        test_listener = None if options.test_port is None else _bind("127.0.0.1", options.test_port)
        self.engine = engine_for(options.database_url, options.schema)
        try:
            await migrate(self.engine, options.schema)
            again = options.reset or options.now is not None
            await seed.ensure(self.engine, options.schema, self.clock.today(), again=again)
            self.store = Store(self.engine, options.schema, self.clock, self.key)
            await self.store.load()
            faults = Faults() if test_listener is not None else None
            self.url = await self._serve(serve_app(self.store, faults), listener)
            if test_listener is not None and faults is not None:
                self.test_url = await self._serve(create_test_app(self.store, faults), test_listener)
        except BaseException:
            for opened in filter(None, (listener, test_listener)):
                opened.close()
            await self.engine.dispose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server, _ in self._served:
            server.should_exit = True
        for _, task in self._served:
            await task
        await self.engine.dispose()

    async def wait(self) -> None:
        """Return when a server has ended."""
        await asyncio.wait([task for _, task in self._served], return_when=asyncio.FIRST_COMPLETED)

    async def _serve(self, app: ASGIApp, listener: socket.socket) -> str:
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=2, ws="none"
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]), name="demo-store-http")
        self._served.append((server, task))
        async with asyncio.timeout(START_PATIENCE_S):
            while not server.started:
                if task.done():
                    raise StartError("the HTTP server did not start; see the log above")
                await asyncio.sleep(0.005)
        host, port = listener.getsockname()[:2]
        return f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """uvicorn that leaves signals to the program it runs in."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Take no signal."""
        yield


def _bind(host: str, port: int) -> socket.socket:
    # Named as TCP, or asyncio does not see that it may switch off Nagle's delay (40 ms an answer).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StartError(
            f"port {port} of {host} cannot be used ({error.strerror}); choose another with --port"
        ) from error
    listener.listen(128)
    return listener


@contextlib.asynccontextmanager
async def _database(options: Options) -> AsyncIterator[str]:
    if options.database_url:
        yield options.database_url
        return
    try:
        services = EmbeddedServices(options.folder, valkey=False)
        async with services:
            yield services.postgres_url
    except ServicesError as error:
        raise StartError(str(error)) from error


async def serve(options: Options, stop: asyncio.Event, tell: Callable[[DemoStore], None]) -> None:
    """Run a store until `stop`; `tell` is called once when it answers. Raises `StartError`."""
    async with _database(options) as url:
        given = {name: getattr(options, name) for name in options.__slots__}
        async with DemoStore(Options(**(given | {"database_url": url}))) as store:
            tell(store)
            waiting = asyncio.create_task(stop.wait())
            ended = asyncio.create_task(store.wait())
            await asyncio.wait([waiting, ended], return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            ended.cancel()


def announce(store: DemoStore, *, as_json: bool) -> None:
    """Print where the store is: shell assignments, or one JSON object."""
    if as_json:
        told = {"url": store.url, "api_url": store.api_url, "key": store.key, "pid": os.getpid()}
        lines = [json.dumps(told | ({"test_url": store.test_url} if store.test_url else {}))]
    else:
        lines = [f"STORE_API_URL={store.url}", f"STORE_API_KEY={store.key}"]
        lines += [f"STORE_TEST_URL={store.test_url}"] if store.test_url else []
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _watch_leash(stop: asyncio.Event) -> None:
    if not os.read(0, 4096):
        asyncio.get_running_loop().remove_reader(0)
        stop.set()


def run(options: Options, *, as_json: bool = False) -> None:
    """Serve until SIGINT or SIGTERM. Raises `StartError`."""
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        if options.leashed:
            loop.add_reader(0, _watch_leash, stop)
        await serve(options, stop, lambda store: announce(store, as_json=as_json))

    asyncio.run(main())
