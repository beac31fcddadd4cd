"""The embedded servers: started by us, found again, gone with us."""

from __future__ import annotations

import asyncio
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from embedded_services import EmbeddedServices, ServicesError
from embedded_services.home import Home

pytestmark = pytest.mark.integration
GONE_S = 15.0

OWNER = """
import json, sys
from pathlib import Path
from embedded_services import EmbeddedServices
services = EmbeddedServices(Path(sys.argv[1]))
services.start()
pids = [services.postgres.pid, services.valkey.pid]
print(json.dumps({"url": services.postgres_url, "pids": pids}), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Path]:
    """A folder for data that outlives a server, under a 0700 parent; removed with what stands for it."""
    folder = tmp_path / "services"
    yield folder
    home = Home.of_this_process()
    for name in ("postgres", "valkey"):
        shutil.rmtree(home.data_folder(folder / name))


def has_ended(pidfd: int) -> bool:
    """Wait until the process of a pidfd is gone."""
    return bool(select.select([pidfd], [], [], GONE_S)[0])


def one(url: str, query: str) -> object:
    """Return the one value of a query."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


def test_new_databases_have_the_extensions(postgres_url: str) -> None:
    """vector, pg_trgm and unaccent are there in every database made later."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE with_extensions")
    other = postgres_url.rsplit("/", 1)[0] + "/with_extensions"
    names = one(other, "SELECT array_agg(extname::text) FROM pg_extension")
    assert isinstance(names, list)
    assert {"vector", "pg_trgm", "unaccent"} <= set(names)


def test_cyrillic_is_compared_without_case(postgres_url: str) -> None:
    """lower() and ILIKE know Ukrainian letters."""
    assert one(postgres_url, "SELECT lower('ЇЖАК Є Ґ') = 'їжак є ґ' AND 'Київ' ILIKE 'київ'") is True


def test_valkey_answers_with_the_password_only(valkey_url: str) -> None:
    """The URL works; the same server without its password refuses."""
    with redis.Redis.from_url(valkey_url) as client:
        assert client.ping()
        port = client.get_connection_kwargs()["port"]
    with redis.Redis(host="127.0.0.1", port=port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_postgres_refuses_a_wrong_password(postgres_url: str) -> None:
    """Loopback is not trusted."""
    wrong = postgres_url.replace(":", ":x", 2).replace("x//", "//", 1)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_data_is_kept_between_runs(kept: Path) -> None:
    """A folder started again has what was written to it, under the same password."""
    with EmbeddedServices(kept, valkey=False) as services:
        with psycopg.connect(services.postgres_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        password = services.postgres_url.split("@")[0]
    with EmbeddedServices(kept, valkey=False) as services:
        assert one(services.postgres_url, "SELECT n FROM kept") == 7
        assert services.postgres_url.split("@")[0] == password


def test_killed_owner_takes_its_servers_along(kept: Path) -> None:
    """Kill -9 of the process that started them leaves no server behind, and the folder starts again."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(kept)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": "src"},
    ) as owner:
        assert owner.stdout is not None
        told = json.loads(owner.stdout.readline())
        servers = [os.pidfd_open(pid) for pid in told["pids"]]
        owner.kill()
    assert all(has_ended(server) for server in servers)
    for server in servers:
        os.close(server)
    with EmbeddedServices(kept) as services:
        assert one(services.postgres_url, "SELECT 1") == 1


def test_pid_file_of_another_process_is_not_believed(kept: Path) -> None:
    """A pid file left by a crash, its pid reused by any other process, does not stop a start."""
    with EmbeddedServices(kept, valkey=False):
        pass
    data = Home.of_this_process().data_folder(kept / "postgres") / "data"
    stale = data / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{data}\n0\n5432\n\n127.0.0.1\n0 0\nready\n")
    with EmbeddedServices(kept, valkey=False) as services:
        assert one(services.postgres_url, "SELECT 1") == 1


def test_second_user_of_a_folder_attaches_and_stops_nothing(kept: Path) -> None:
    """Two programs share a folder's server; it ends with the one that started it."""
    with EmbeddedServices(kept) as first:
        with EmbeddedServices(kept) as second:
            assert second.postgres_url == first.postgres_url
            assert second.valkey_url == first.valkey_url
        assert one(first.postgres_url, "SELECT 1") == 1


def test_attached_program_takes_over_when_the_owner_goes(kept: Path) -> None:
    """The owner ends first: the other one's URLs are good again, with the same data, and it ends the servers."""
    first = EmbeddedServices(kept)
    first.start()
    with psycopg.connect(first.postgres_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    with EmbeddedServices(kept) as second:
        assert second.postgres is not None
        assert second.valkey is not None
        first.stop()
        assert second.postgres.taken_over.wait(GONE_S)
        assert second.valkey.taken_over.wait(GONE_S)
        assert one(second.postgres_url, "SELECT n FROM kept") == 7
        with redis.Redis.from_url(second.valkey_url) as client:
            assert client.ping()
        server = os.pidfd_open(second.postgres.pid or 0)
    assert has_ended(server)
    os.close(server)


def test_given_servers_are_used_and_not_stopped(postgres_url: str, valkey_url: str) -> None:
    """DATABASE_URL and REDIS_URL are the second way: nothing is started, nothing is ended."""
    with EmbeddedServices(database_url=postgres_url, redis_url=valkey_url) as services:
        assert (services.postgres_url, services.valkey_url) == (postgres_url, valkey_url)
        assert (services.postgres, services.valkey) == (None, None)
    assert one(postgres_url, "SELECT 1") == 1


def test_async_use_starts_and_stops() -> None:
    """The same object works in an event loop, and its servers are gone after it."""

    async def scene() -> int:
        async with EmbeddedServices(postgres=False) as services:
            assert services.valkey is not None
            pid = services.valkey.pid
            assert pid is not None
            return os.pidfd_open(pid)

    server = asyncio.run(scene())
    assert has_ended(server)
    os.close(server)


def test_busy_port_is_one_line_that_says_what_to_do() -> None:
    """A port that is taken is named."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(ServicesError, match=rf"^Valkey: port {port} is in use; [^\n]+$"):
            EmbeddedServices(postgres=False, valkey_port=port).start()


def test_server_that_dies_while_starting_is_told_with_its_own_words(kept: Path) -> None:
    """A broken cluster fails at once, with PostgreSQL's reason, not with a time-out."""
    with EmbeddedServices(kept, valkey=False):
        pass
    data = Home.of_this_process().data_folder(kept / "postgres") / "data"
    (data / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(ServicesError, match=r"PostgreSQL did not start: .*postgresql.conf.* contains errors"):
        EmbeddedServices(kept, valkey=False).start()


def test_file_in_the_way_is_one_line(tmp_path: Path) -> None:
    """A folder that cannot be made is named with the reason."""
    (tmp_path / "wall").write_text("")
    home = Home(tmp_path / "wall", None)
    with pytest.raises(ServicesError, match=r"^cannot write to [^\n]+$"):
        home.data_folder(tmp_path / "wall" / "postgres")


def test_interrupt_of_the_terminal_does_not_reach_the_servers() -> None:
    """Servers run in sessions of their own: Ctrl-C is for us to handle."""
    with EmbeddedServices(postgres=False) as services:
        assert services.valkey is not None
        pid = services.valkey.pid
        assert pid is not None
        assert os.getsid(pid) != os.getsid(0)
        assert os.getpgid(pid) != os.getpgid(0)
        os.kill(pid, signal.SIGCONT)
