"""One call's journal: the only state of a call, in memory for this process and spooled for everyone after it.

`append` gives an event its place (call_id, epoch, seq), folds it and hands it to the spool; it never blocks and takes
microseconds. With `durable=True` it returns an awaitable that is done when the entry is on the disk (write-ahead of
what binds the shop). The `Fence` knows whether this process is still the call's writer: once it is stale nothing is
written any more, and a durable append raises `StaleWriter` before the request that it stands for can leave.
A journal belongs to the audio loop's thread; other processes read the spool.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Literal, Protocol, overload

from call_center.core.journal.events import Entry, Event
from call_center.core.journal.fold import CallView, Fold
from call_center.core.journal.spool import Sink
from call_center.errors import JournalError

Listener = Callable[[Entry], None]


class StaleWriter(JournalError):
    """Another process has taken the call over; this one must not do anything for it any more."""


class Fence(Protocol):
    """The writer's right to the call: a lease, or nothing (`Unfenced`) when this process is the only one."""

    @property
    def stale(self) -> bool:
        """Whether the right is lost for good."""

    @property
    def sure(self) -> bool:
        """Whether nobody else can have the call now, by this process's own clock."""

    async def confirm(self) -> None:
        """Ask whoever grants the right. Raises `StaleWriter`; returns when it cannot be asked."""


class Unfenced:
    """The right of the only process there is."""

    stale = False
    sure = True

    async def confirm(self) -> None:
        """Nothing to ask."""


_UNFENCED = Unfenced()


class Journal:
    """The journal of call `call_id` as written by the holder of `epoch`.

    `earlier` are the entries of former epochs, already spooled: they are folded, not written again.
    """

    def __init__(
        self,
        call_id: str,
        epoch: int,
        spool: Sink,
        *,
        earlier: Iterable[Entry] = (),
        now: Callable[[], float] = time.time,
        fence: Fence = _UNFENCED,
    ) -> None:
        self.call_id = call_id
        self.epoch = epoch
        self._fence = fence
        self._spool = spool
        self._now = now
        self._seq = 0
        self._fold = Fold()
        self._entries: list[Entry] = []
        self._listeners: list[Listener] = []
        for entry in earlier:
            self._entries.append(entry)
            self._fold.add(entry)

    @property
    def view(self) -> CallView:
        """The fold of everything appended so far; cheap when nothing was appended since."""
        return self._fold.view()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry, earlier epochs first."""
        return tuple(self._entries)

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every entry from now on, on the loop; it must be fast and must not raise."""
        self._listeners.append(listener)

    @overload
    def append(self, event: Event) -> Entry: ...
    @overload
    def append(self, event: Event, *, durable: Literal[True]) -> Awaitable[Entry]: ...
    def append(self, event: Event, *, durable: bool = False) -> Entry | Awaitable[Entry]:
        """Append `event` now. Durable: await it on the disk; raises `JournalError` when it was lost, or is stale."""
        if durable:
            return self._append_durably(event)
        entry = self._place(event)
        if not self._fence.stale:
            self._spool.put(entry)
        return entry

    def _place(self, event: Event) -> Entry:
        self._seq += 1
        entry = Entry(self.call_id, self.epoch, self._seq, self._now(), event)
        self._entries.append(entry)
        self._fold.add(entry)
        for listener in self._listeners:
            listener(entry)
        return entry

    def _append_durably(self, event: Event) -> Awaitable[Entry]:
        if self._fence.stale or not self._fence.sure:
            return self._confirm_first(event)
        return self._still_ours(self._written(event))

    async def _confirm_first(self, event: Event) -> Entry:
        await self._confirm()
        return await self._still_ours(self._written(event))

    async def _still_ours(self, written: Awaitable[Entry]) -> Entry:
        """Ask again when the disk took so long that the right may have run out: the request would be somebody else's."""
        entry = await written
        if self._fence.stale or not self._fence.sure:
            await self._confirm()
        return entry

    async def _confirm(self) -> None:
        if not self._fence.stale:
            await self._fence.confirm()
        if self._fence.stale:
            raise StaleWriter(f"call {self.call_id} belongs to another process")

    def _written(self, event: Event) -> Awaitable[Entry]:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Entry] = loop.create_future()
        entry = self._place(event)

        def settle(error: BaseException | None) -> None:
            if not done.done():
                if error is None:
                    done.set_result(entry)
                else:
                    done.set_exception(error)

        def written(error: BaseException | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, error)

        self._spool.put(entry, written)
        return done
