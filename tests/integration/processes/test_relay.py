"""The relay from spool files to a real Valkey: in order, nothing lost, nothing doubled, whoever is killed when."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from call_center.core.journal import Journal, Spool, read_spool
from call_center.core.journal.codec import decode, encode
from call_center.core.journal.events import Entry, KeyPressed, Noted
from call_center.processes.kept_redis import KeptRedis
from call_center.processes.redis_schema import SHARDS, call_key, outbox, shard_of, spool_key
from call_center.processes.relay import Relay, trim_outboxes
from embedded_services.home import Home

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def shared(valkey_url: str) -> Any:
    """A client of the run's server."""
    return redis.Redis.from_url(valkey_url)


@pytest.fixture
def server(shared: Any) -> Any:
    """The same, empty."""
    shared.flushall()
    return shared


@dataclass
class Kept:
    """A server of its own whose data outlives it, for tests that kill it."""

    server: KeptRedis
    url: str
    folder: Path

    def kill(self) -> None:
        """SIGKILL, as the kernel does when memory is short."""
        assert self.server.pid is not None
        os.kill(self.server.pid, signal.SIGKILL)

    def restart(self, *, empty: bool = False) -> None:
        """Start it again on the same port; `empty`: its data is gone."""
        if empty:
            shutil.rmtree(Home.of_this_process().data_folder(self.folder / "valkey") / "data")
        self.server.restart()

    def client(self) -> Any:
        """A client."""
        return redis.Redis.from_url(self.url)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """Valkey with an append-only file."""
    folder = tmp_path / "services"
    server = KeptRedis(folder)
    try:
        yield Kept(server, server.start(), folder)
    finally:
        server.stop()
        shutil.rmtree(Home.of_this_process().data_folder(folder / "valkey"), ignore_errors=True)


def until(seconds: float, condition: Callable[[], bool]) -> None:
    """Poll a fact of other processes; a bounded wait, there is no virtual time across processes."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def outboxed(client: Any) -> list[Entry]:
    """Every entry of every outbox, each outbox in its order."""
    return [decode(fields[b"entry"]) for shard in range(SHARDS) for _, fields in client.xrange(outbox(shard))]


def resumable(client: Any, call_id: str) -> list[Entry]:
    """What a resuming process would get, put in order."""
    found = [decode(line) for line in client.hvals(call_key(call_id))]
    return sorted(found, key=lambda entry: (entry.epoch, entry.seq))


def keyed(call: str, seq: int, epoch: int = 1) -> Entry:
    """An entry."""
    return Entry(call, epoch, seq, 100.0 + seq, KeyPressed(str(seq % 10)))


def in_order(entries: list[Entry]) -> dict[str, list[tuple[int, int]]]:
    """Places of each call's entries as they came."""
    calls: dict[str, list[tuple[int, int]]] = {}
    for entry in entries:
        calls.setdefault(entry.call_id, []).append((entry.epoch, entry.seq))
    return calls


def test_entries_arrive_whole_and_in_order(tmp_path: Path, server: Any, valkey_url: str) -> None:
    """What two processes wrote is in the outboxes and by call, in the order of each call."""
    written: list[Entry] = []
    for process in range(2):
        spool = Spool(tmp_path / f"worker-{process}.jsonl")
        for call in range(5):
            journal = Journal(f"call-{process}-{call}", 1, spool)
            written += [journal.append(Noted("слово", {"n": n})) for n in range(30)]
        spool.close()
    Relay(tmp_path, valkey_url).round()
    arrived = outboxed(server)
    assert len(arrived) == len(written)
    assert in_order(arrived) == in_order(written)
    assert resumable(server, "call-1-4") == [e for e in written if e.call_id == "call-1-4"]
    ttl = int(server.ttl(call_key("call-1-4")))
    assert 1700 < ttl <= 1800


def test_thread_follows_the_files(tmp_path: Path, server: Any, valkey_url: str) -> None:
    """Entries are in Redis a moment after they were appended, and the rest of them when the relay has closed."""
    relay = Relay(tmp_path, valkey_url)
    relay.start()
    spool = Spool(tmp_path / "worker.jsonl")
    journal = Journal("call", 1, spool)
    journal.append(KeyPressed("1"))
    until(5, lambda: len(outboxed(server)) == 1)
    journal.append(KeyPressed("2"))
    spool.close()
    relay.close()
    assert len(outboxed(server)) == 2


def test_second_forwarder_doubles_nothing(tmp_path: Path, server: Any, valkey_url: str) -> None:
    """Two supervisors on one folder, or one that was started again: each entry once."""
    path = tmp_path / "worker.jsonl"
    path.write_bytes(b"".join(encode(keyed("call", seq)) for seq in range(1, 50)))
    first, second = Relay(tmp_path, valkey_url), Relay(tmp_path, valkey_url)
    first.round()
    with path.open("ab") as file:
        file.write(encode(keyed("call", 50)))
    second.round()
    with path.open("ab") as file:
        file.write(encode(keyed("call", 51)))
    first.round()
    second.round()
    assert in_order(outboxed(server)) == {"call": [(1, seq) for seq in range(1, 52)]}


def test_torn_and_foreign_lines_do_not_stop_the_file(tmp_path: Path, server: Any, valkey_url: str) -> None:
    """Half a line waits for its rest; what is no entry is counted and passed over."""
    path = tmp_path / "worker.jsonl"
    second = encode(keyed("call", 2))
    path.write_bytes(encode(keyed("call", 1)) + b'{"v":1,"ca\n' + second[:20])
    relay = Relay(tmp_path, valkey_url)
    relay.round()
    assert len(outboxed(server)) == 1
    with path.open("ab") as file:
        file.write(second[20:])
    relay.round()
    assert in_order(outboxed(server)) == {"call": [(1, 1), (1, 2)]}
    assert relay.torn_lines == 1


def test_dead_workers_spool_is_drained_on_demand(tmp_path: Path, server: Any, valkey_url: str) -> None:
    """`drain` forwards one file at once and says whether it did."""
    (tmp_path / "worker.jsonl").write_bytes(encode(keyed("call", 1)))
    relay = Relay(tmp_path, valkey_url)
    assert relay.drain("worker.jsonl")
    assert resumable(server, "call") == [keyed("call", 1)]
    assert not relay.drain("never-there.jsonl")
    assert not Relay(tmp_path, "redis://127.0.0.1:1/0").drain("worker.jsonl")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(["write", "half", "round", "other", "lose", "drain"]), max_size=25), st.data()
)
def test_any_interleaving_delivers_each_entry_once(
    tmp_path_factory: pytest.TempPathFactory,
    server: Any,
    valkey_url: str,
    steps: list[str],
    data: st.DataObject,
) -> None:
    """Writers, torn writes, two relays and one that forgot everything, in any order: exactly the journal."""
    server.flushall()
    folder = tmp_path_factory.mktemp("spools")
    path, seq, rest = folder / "worker.jsonl", 0, b""
    relays = [Relay(folder, valkey_url), Relay(folder, valkey_url)]
    for step in [*steps, "rest", "round", "other"]:
        if step in ("write", "half", "rest"):
            seq += 1
            line = encode(keyed("call", seq))
            cut = data.draw(st.integers(1, len(line) - 1)) if step == "half" else len(line)
            with path.open("ab") as file:
                file.write(rest + line[:cut])
            rest = line[cut:]
        elif step == "lose":
            relays[0] = Relay(folder, valkey_url)
        elif step == "drain":
            relays[1].drain(path.name)
        else:
            relays[step == "other"].round()
    assert in_order(outboxed(server)) == {"call": [(1, n) for n in range(1, seq + 1)]}


def test_killed_server_loses_and_doubles_nothing(tmp_path: Path, kept: Kept) -> None:
    """SIGKILL of Valkey again and again while entries are written: after its restart exactly the journal is there."""
    spool = Spool(tmp_path / "worker-1.jsonl")
    relay = Relay(tmp_path, kept.url)
    relay.start()
    journals = [Journal(f"call-{n}", 1, spool) for n in range(6)]
    kills = random.Random(7).sample(range(10, 115), 4)  # noqa: S311 (the same moments in every run)
    for burst in range(120):
        for journal in journals:
            journal.append(KeyPressed("1"))
        time.sleep(0.005)  # the writers' pace: bursts fall before, into and after the outages
        if burst in kills:
            kept.kill()
            kept.restart()
    spool.close()
    client = kept.client()
    until(15, lambda: int(client.get(spool_key("worker-1.jsonl")) or 0) == spool.path.stat().st_size)
    relay.close()
    arrived = outboxed(client)
    assert in_order(arrived) == {j.call_id: [(e.epoch, e.seq) for e in j.entries] for j in journals}
    assert len(arrived) == len(read_spool(spool.path).entries)


def test_server_that_lost_its_data_gets_everything_again(tmp_path: Path, kept: Kept) -> None:
    """An empty Redis in the place of the old one is filled from the spools that are still there."""
    (tmp_path / "worker.jsonl").write_bytes(b"".join(encode(keyed("call", seq)) for seq in range(1, 9)))
    relay = Relay(tmp_path, kept.url)
    relay.start()
    until(5, lambda: len(outboxed(kept.client())) == 8)
    kept.kill()
    kept.restart(empty=True)
    until(10, lambda: len(outboxed(kept.client())) == 8)
    relay.close()
    assert in_order(outboxed(kept.client())) == {"call": [(1, seq) for seq in range(1, 9)]}


def test_redis_down_is_only_a_longer_spool(tmp_path: Path, kept: Kept) -> None:
    """Nothing fails while Redis is away; the backlog is known, and goes when it is back."""
    kept.kill()
    relay = Relay(tmp_path, kept.url)
    relay.start()
    spool = Spool(tmp_path / "worker.jsonl")
    Journal("call", 1, spool).append(KeyPressed("1"))
    until(5, lambda: relay.problem != "" and relay.backlog() > 0)
    kept.restart()
    until(10, lambda: relay.backlog() == 0)
    assert len(outboxed(kept.client())) == 1
    spool.close()
    relay.close()


def test_outbox_is_trimmed_below_the_oldest_unacknowledged_entry(
    tmp_path: Path, server: Any, valkey_url: str
) -> None:
    """What the slowest consumer has not acknowledged stays; an outbox that nobody reads stays whole."""
    (tmp_path / "worker.jsonl").write_bytes(b"".join(encode(keyed("call", seq)) for seq in range(1, 11)))
    Relay(tmp_path, valkey_url).round()
    key = outbox(shard_of("call"))
    assert trim_outboxes(server) == 0
    server.xgroup_create(key, "records", "0")
    assert trim_outboxes(server) == 0
    delivered = server.xreadgroup("records", "c", {key: ">"}, count=6)[0][1]
    for entry_id, _ in (*delivered[:3], delivered[4]):
        server.xack(key, "records", entry_id)
    trim_outboxes(server)
    left = [decode(fields[b"entry"]).seq for _, fields in server.xrange(key)]
    assert left == [4, 5, 6, 7, 8, 9, 10]


def test_forwarded_file_is_removed_when_it_is_old(tmp_path: Path, server: Any, valkey_url: str) -> None:
    """Spools hold personal data: what is forwarded goes after a day, what is not stays."""
    old = tmp_path / "worker-old.jsonl"
    old.write_bytes(encode(keyed("call", 1)))
    os.utime(old, (time.time() - 90_000, time.time() - 90_000))
    assert not Relay(tmp_path, "redis://127.0.0.1:1/0").drain(old.name)
    assert old.exists()
    relay = Relay(tmp_path, valkey_url)
    relay.tidy()
    assert old.exists()
    relay.round()
    relay.tidy()
    assert not old.exists()
