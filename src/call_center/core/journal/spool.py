"""The spool: every journal of a process in one append-only file, written by one thread.

`put` never blocks, wakes nobody and may be called from any thread. The thread looks every 50 ms, and at once for a
durable entry, so kill -9 costs at most the last 50 ms. The queue holds `capacity` entries; when the disk is so slow
that it is full, the newest entry is dropped and counted in `dropped`. Entries are written in batches with one `write`
each and no fsync; a durable entry is fsynced before its callback runs. A failed write is repeated until it succeeds
or the spool is closed; `error` says what is wrong meanwhile. The file is 0600: it holds personal data.
"""

from __future__ import annotations

import os
import stat
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from call_center.core.journal.codec import decode, encode
from call_center.core.journal.events import Entry
from call_center.errors import ConfigError, JournalError

_BATCH = 512
_POLL_S = 0.05  # waking the thread for every entry would cost the audio loop its GIL 100 times a second
_RETRY_S = 0.5

Written = Callable[[BaseException | None], None]
"""Called on the spool's thread once the entry is on the disk (None) or lost (why)."""


class Sink(Protocol):
    """Where a journal puts its entries."""

    def put(self, entry: Entry, written: Written | None = None) -> None:
        """Take `entry`; with `written` it must be durable before that is called. Never blocks."""


@dataclass(frozen=True, slots=True)
class _Item:
    entry: Entry
    written: Written | None


class Spool:
    """The spool file of this process. Raises `ConfigError` when it cannot be opened."""

    def __init__(self, path: Path, *, capacity: int = 100_000) -> None:
        self.path = path
        self.dropped = 0
        self.error: str | None = None
        self._capacity = capacity
        self._queue: deque[_Item] = deque()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._fd = _open(path)
        self._torn = _ends_in_half_a_line(path)
        self._thread = threading.Thread(target=self._run, name="journal-spool", daemon=True)
        self._thread.start()

    def put(self, entry: Entry, written: Written | None = None) -> None:
        """Queue `entry` for the disk; see `Sink`."""
        if self._closing.is_set() or len(self._queue) >= self._capacity:
            self.dropped += 1
            if written is not None:
                written(JournalError("the journal spool takes no more entries"))
            return
        self._queue.append(_Item(entry, written))
        if written is not None:
            self._wake.set()

    def close(self, timeout: float = 2.0) -> None:
        """Write what is queued, then close the file. Waits at most `timeout` seconds."""
        self._closing.set()
        self._wake.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        closing = False
        while self._queue or not closing:
            self._wake.wait(_POLL_S)
            self._wake.clear()
            closing = self._closing.is_set()
            while self._queue:
                self._store([self._queue.popleft() for _ in range(min(_BATCH, len(self._queue)))])
        os.close(self._fd)

    def _store(self, batch: list[_Item]) -> None:
        lines: list[bytes] = []
        for item in batch:
            try:
                lines.append(encode(item.entry))
            except JournalError as error:
                self.dropped += 1
                self.error = str(error)
                if item.written is not None:
                    item.written(error)
        stored = self._write(b"".join(lines), sync=any(item.written is not None for item in batch))
        for item in batch:
            if item.written is not None:
                item.written(stored)

    def _write(self, data: bytes, *, sync: bool) -> BaseException | None:
        view = memoryview(data)
        while True:
            try:
                if self._torn and view:
                    os.write(self._fd, b"\n")  # what follows a torn line must not be glued to it
                    self._torn = False
                while view:
                    view = view[os.write(self._fd, view) :]
                if sync:
                    os.fsync(self._fd)
            except OSError as error:
                self.error = (
                    f"journal spool {self.path}: {error.strerror}; free space or choose another folder"
                )
                if len(view) != len(data):
                    # Write the batch again from its start: readers drop the torn line and entries seen twice.
                    self._torn, view = True, memoryview(data)
                if self._closing.wait(_RETRY_S):
                    return error
            else:
                self.error = None
                return None


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.fchmod(descriptor, 0o600)
    except OSError as error:
        raise ConfigError(
            f"cannot write the journal spool {path}: {error.strerror}; set another folder"
        ) from error
    return descriptor


def _ends_in_half_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size == 0:
            return False
        file.seek(size - 1)
        return file.read(1) != b"\n"


@dataclass(frozen=True, slots=True)
class SpoolReading:
    """What a spool file held: entries in file order without repeats, and how many lines were no entries."""

    entries: tuple[Entry, ...]
    torn_lines: int


def read_spool(path: Path, call_id: str | None = None) -> SpoolReading:
    """Read a spool file, which may still be written to; a cut last line is counted, never an error.

    With `call_id` only lines that name the call are looked at: a day's file is searched in tens of milliseconds.
    """
    wanted = call_id.encode() if call_id is not None else b""
    entries: dict[tuple[str, int, int], Entry] = {}
    torn = 0
    with path.open("rb") as file:
        for line in file:
            if wanted not in line or not line.strip():
                continue
            try:
                entry = decode(line)
            except JournalError:
                torn += 1
                continue
            if call_id is None or entry.call_id == call_id:
                entries.setdefault((entry.call_id, entry.epoch, entry.seq), entry)
    return SpoolReading(tuple(entries.values()), torn)
