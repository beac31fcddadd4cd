"""The journal of a call that may have got another writer."""

from __future__ import annotations

import asyncio

import pytest

from call_center.core.journal import Journal, StaleWriter
from call_center.core.journal import events as ev
from call_center.core.journal.spool import Written
from call_center.testing.memory_call import MemorySink

pytestmark = pytest.mark.unit
INTENT = ev.ToolIntended(1, "confirm_order", {}, "key")


class Right:
    """A right to write that the test takes away; `asked` counts the questions."""

    def __init__(self, *, sure: bool = True, lost: bool = False) -> None:
        self.stale = False
        self.sure = sure
        self.asked = 0
        self._lost = lost

    async def confirm(self) -> None:
        """Answer."""
        self.asked += 1
        self.stale = self._lost
        if self.stale:
            raise StaleWriter("taken over")


def test_stale_writer_writes_nothing_more() -> None:
    """After a take-over no entry of the old process reaches the spool."""
    right, sink = Right(), MemorySink()
    journal = Journal("call", 1, sink, fence=right)
    journal.append(ev.KeyPressed("1"))
    right.stale = True
    journal.append(ev.KeyPressed("2"))
    assert [entry.event for entry in sink.entries] == [ev.KeyPressed("1")]


def test_stale_writer_intends_nothing() -> None:
    """What binds the shop is refused before it is written, so no request can leave."""
    right, sink = Right(), MemorySink()
    journal = Journal("call", 1, sink, fence=right)
    right.stale = True

    async def intend() -> None:
        await journal.append(INTENT, durable=True)

    with pytest.raises(StaleWriter):
        asyncio.run(intend())
    assert sink.entries == []
    assert journal.view.tools == ()


def test_unsure_writer_asks_before_it_intends() -> None:
    """A lease that may have run out is confirmed first; when it is lost nothing is written."""
    right, sink = Right(sure=False, lost=True), MemorySink()
    journal = Journal("call", 1, sink, fence=right)

    async def intend() -> None:
        await journal.append(INTENT, durable=True)

    with pytest.raises(StaleWriter):
        asyncio.run(intend())
    assert (right.asked, sink.entries) == (1, [])


def test_unsure_writer_goes_on_when_nobody_can_be_asked() -> None:
    """Redis down: this process's own guard counts and the call goes on."""
    right, sink = Right(sure=False), MemorySink()
    journal = Journal("call", 1, sink, fence=right)

    async def intend() -> ev.Entry:
        return await journal.append(INTENT, durable=True)

    assert asyncio.run(intend()).event == INTENT
    assert (right.asked, len(sink.entries)) == (2, 1)  # before it is written and after


def test_writer_that_lost_the_call_while_the_disk_was_busy_sends_nothing() -> None:
    """The entry is on the disk, but the request that it stands for must not leave."""
    right = Right()

    class SlowSink(MemorySink):
        """The right runs out while the entry is written."""

        def put(self, entry: ev.Entry, written: Written | None = None) -> None:
            """Write, and lose the call."""
            right.sure, right._lost = False, True
            super().put(entry, written)

    journal = Journal("call", 1, SlowSink(), fence=right)

    async def intend() -> None:
        await journal.append(INTENT, durable=True)

    with pytest.raises(StaleWriter):
        asyncio.run(intend())


def test_sure_writer_asks_nobody() -> None:
    """The hot path costs no question."""
    right = Right()
    journal = Journal("call", 1, MemorySink(), fence=right)

    async def intend() -> None:
        await journal.append(INTENT, durable=True)

    asyncio.run(intend())
    journal.append(ev.KeyPressed("1"))
    assert right.asked == 0
