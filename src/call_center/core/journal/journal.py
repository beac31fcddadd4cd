"""One call's journal: the only state of a call, in memory for this process and spooled for everyone after it.

`append` gives an event its place (call_id, epoch, seq), folds it and hands it to the spool; it never blocks and takes
microseconds. With `durable=True` it returns an awaitable that is done when the entry is on the disk (write-ahead of
what binds the shop). A journal belongs to the audio loop's thread; other processes read the spool.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Literal, overload

from call_center.core.journal.events import Entry, Event
from call_center.core.journal.fold import CallView, Fold
from call_center.core.journal.spool import Sink

Listener = Callable[[Entry], None]


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
    ) -> None:
        self.call_id = call_id
        self.epoch = epoch
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
        """Append `event` now. Durable: also await it on the disk; raises `JournalError` when it was lost."""
        self._seq += 1
        entry = Entry(self.call_id, self.epoch, self._seq, self._now(), event)
        self._entries.append(entry)
        self._fold.add(entry)
        for listener in self._listeners:
            listener(entry)
        if not durable:
            self._spool.put(entry)
            return entry
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Entry] = loop.create_future()

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
