"""Forwards every spool file of this machine to Redis: one thread of the supervisor, always by the same path.

It follows the files by offset and sends whole lines in order, each batch by one script that moves the offset with it;
nothing is lost or doubled by repeats, kills of either side, or a server that comes back without its last second. Redis
being down only makes the files longer. A dead worker's file needs nothing special: `drain` forwards it at once.
A file that was forwarded whole and not written to for `keep_s` is removed: it holds personal data.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from call_center.logging import get_logger
from call_center.processes.redis_schema import (
    FORWARD,
    KEEP_S,
    SHARDS,
    SPOOL_KEEP_S,
    outbox,
    shard_of,
    spool_key,
)

POLL_S = 0.05
BATCH_BYTES = 256 * 1024
RETRY_S = (0.25, 2.0)
CHECK_S = 1.0  # how often the server is asked whether it is still the same one
TIDY_S = 60.0
FORWARDED_KEEP_S = 86_400.0  # a file that was forwarded whole
log = get_logger(__name__)


class Relay:
    """`start` the thread, `close` it; `drain` from any thread."""

    def __init__(self, folder: Path, url: str, *, keep_s: float = FORWARDED_KEEP_S) -> None:
        self._folder, self._keep_s = folder, keep_s
        self._redis = connect(url)
        self._forward: Any = self._redis.register_script(FORWARD)
        self._offsets: dict[str, int] = {}  # as Redis knows them
        self._sizes: dict[str, int] = {}  # of the files when they were last forwarded
        self._run_id = ""
        self._checked = self._tidied = 0.0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal-relay", daemon=True)
        self.problem = ""  # what keeps it from forwarding, "" when nothing does
        self.torn_lines = 0

    def start(self) -> None:
        """Begin to follow the folder."""
        self._thread.start()

    def close(self, seconds: float = 2.0) -> None:
        """Forward what is there, for at most about `seconds`, then end."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        with contextlib.suppress(redis.RedisError):
            self._redis.close()

    def drain(self, name: str) -> bool:
        """Forward all of one spool file now; False when Redis is not there or the file is not."""
        with self._lock:
            try:
                self._same_server()
                self._forward_file(self._folder / name)
            except (redis.RedisError, OSError) as error:
                self._trouble(error)
                return False
            return True

    def backlog(self) -> int:
        """Bytes that are not forwarded yet."""
        return sum(max(0, size - self._offsets.get(path.name, 0)) for path, size in self._files())

    def _run(self) -> None:
        wait = RETRY_S[0]
        while True:
            closing = self._closing.is_set()
            try:
                self.round()
                wait = RETRY_S[0]
                pause = POLL_S
            except (redis.RedisError, OSError) as error:
                self._trouble(error)
                pause, wait = wait, min(2 * wait, RETRY_S[1])
            if closing:
                return
            self._closing.wait(pause)

    def round(self) -> None:
        """Forward what was written since the last time. Raises `RedisError` when Redis is not there."""
        with self._lock:
            self._same_server()
        for path, size in self._files():
            with self._lock:
                if self._sizes.get(path.name) != size:
                    self._forward_file(path)
                    self._sizes[path.name] = size
        if self.problem:
            log.warning("journal is forwarded again", backlog=self.backlog())
            self.problem = ""
        if time.monotonic() - self._tidied > TIDY_S:
            self._tidied = time.monotonic()
            self.tidy()

    def _trouble(self, error: Exception) -> None:
        self._run_id, self._checked = "", 0.0  # what Redis knows has to be asked again
        if not self.problem:
            self.problem = type(error).__name__
            log.error("journal is not forwarded, it stays in the spool", why=str(error)[:200])

    def _same_server(self) -> None:
        if self._run_id and time.monotonic() - self._checked < CHECK_S:
            return
        run_id = str(self._redis.info("server")["run_id"])
        if run_id != self._run_id:
            self._offsets.clear()  # a restarted server may have lost its last second, offsets included
            self._sizes.clear()
            self._run_id = run_id
        self._checked = time.monotonic()

    def _files(self) -> Iterator[tuple[Path, int]]:
        for path in sorted(self._folder.glob("*.jsonl")):
            with contextlib.suppress(FileNotFoundError):
                yield path, path.stat().st_size

    def _forward_file(self, path: Path) -> None:
        name = path.name
        at = self._offsets.get(name)
        if at is None:
            at = int(cast("bytes | None", self._redis.get(spool_key(name))) or 0)
        with path.open("rb") as file:
            while True:
                file.seek(at)
                data = file.read(BATCH_BYTES)
                whole = data.rfind(b"\n") + 1
                if not whole:
                    if len(data) < BATCH_BYTES:
                        break  # the end, or a line whose rest is not written yet
                    whole = len(data) + len(file.readline())
                    data += b"\n"  # one line longer than a batch: no entry of ours
                at = self._send(name, at, at + whole, data[:whole])
        self._offsets[name] = at

    def _send(self, name: str, start: int, end: int, data: bytes) -> int:
        argv: list[str | bytes | int] = [start, end, KEEP_S, SPOOL_KEEP_S]
        for line in data.splitlines():
            try:
                tree = json.loads(line)
                call, place = str(tree["call"]), f"{int(tree['epoch'])}.{int(tree['seq'])}"
            except (ValueError, KeyError, TypeError):
                self.torn_lines += bool(line.strip())
                continue
            argv += [call, place, shard_of(call), line]
        return int(self._forward(keys=[spool_key(name)], args=argv))

    def tidy(self) -> None:
        """Trim the outboxes and remove old files that were forwarded whole."""
        trim_outboxes(self._redis)
        horizon = time.time() - self._keep_s
        for path, size in self._files():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < horizon and self._sizes.get(path.name) == size:
                    path.unlink()
                    del self._offsets[path.name], self._sizes[path.name]


def connect(url: str) -> redis.Redis:
    """A client that gives up after a second and never repeats by itself: the relay has to know."""
    return redis.Redis.from_url(
        url, socket_timeout=1.0, socket_connect_timeout=1.0, retry=Retry(NoBackoff(), 0)
    )


def trim_outboxes(client: redis.Redis) -> int:
    """Drop from the outboxes what every consumer group has acknowledged; returns how many entries went.

    Only entries below the oldest unacknowledged one go; an outbox that nobody reads keeps everything.
    """
    dropped = 0
    for shard in range(SHARDS):
        key = outbox(shard)
        if not client.exists(key):
            continue
        groups = client.xinfo_groups(key)
        floors = []
        for group in groups:
            pending = client.xpending(key, group["name"])
            floors.append(pending["min"] if pending["pending"] else group["last-delivered-id"])
        if floors:
            oldest = min(floors, key=_stream_id)
            dropped += int(client.xtrim(key, minid=oldest, approximate=False))
    return dropped


def _stream_id(text: bytes) -> tuple[int, int]:
    time_ms, _, number = text.decode().partition("-")
    return int(time_ms), int(number)
