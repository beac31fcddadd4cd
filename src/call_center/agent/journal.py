"""The little that the dialogue needs of a call's journal: append an event, read what is there.

The core's journal satisfies it; `MemoryJournal` is the one of `call-center chat` and of tests. Appending never blocks
and never fails; `durable=True` gives an awaitable that is done when the entry is safe, and raises when it is lost.
Entries are ordered by (epoch, seq) and are never changed afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Literal, Protocol, overload

from call_center.core.journal.events import Entry, Event


class Journal(Protocol):
    """One call's event log as the dialogue sees it."""

    @property
    def epoch(self) -> int:
        """Which owner of the call writes, counted from 1."""

    @property
    def entries(self) -> Sequence[Entry]:
        """Everything that happened so far, oldest first."""

    @overload
    def append(self, event: Event) -> object: ...
    @overload
    def append(self, event: Event, *, durable: Literal[True]) -> Awaitable[object]: ...


class MemoryJournal:
    """A journal that lives in this process only. `clock` gives Unix seconds; `earlier` is what happened before."""

    def __init__(
        self, call_id: str, clock: Callable[[], float] = time.time, *, earlier: Iterable[Entry] = ()
    ) -> None:
        self._call_id = call_id
        self._clock = clock
        self._entries: list[Entry] = list(earlier)

    @property
    def epoch(self) -> int:
        """A call that never leaves its process has one owner."""
        return 1

    @property
    def entries(self) -> Sequence[Entry]:
        """Everything that happened so far, oldest first."""
        return self._entries

    @overload
    def append(self, event: Event) -> Entry: ...
    @overload
    def append(self, event: Event, *, durable: Literal[True]) -> Awaitable[Entry]: ...
    def append(self, event: Event, *, durable: bool = False) -> Entry | Awaitable[Entry]:
        """Add an event; its sequence number is its position. Memory is as durable as it gets here."""
        entry = Entry(self._call_id, 1, len(self._entries) + 1, self._clock(), event)
        self._entries.append(entry)
        return _done(entry) if durable else entry


async def _done(entry: Entry) -> Entry:
    return entry
