"""One process that has the call: real journal, lease and agent, between gates at which it can be stopped.

A process ends where it stands: what it wrote durably is on the disk, the newest lines may be lost, a request that left
may have arrived. A frozen process knows nothing of it and goes on later, whoever has the call then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

from call_center.agent.runtime import AgentRuntime
from call_center.agent.store_shop import StoreShop
from call_center.core.journal import Journal
from call_center.core.journal.codec import decode, encode
from call_center.core.journal.events import Entry, Event
from call_center.core.journal.spool import Written
from call_center.errors import StoreError
from call_center.processes.lease import Leases

UNDER_WAY = 6  # turns of the loop after which a request has left


class Gates:
    """`arm(n)`: stop at the n-th gate from now. Whoever waits in a gate of a dead process waits for ever."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.name = ""
        self._left: int | None = None
        self._open = asyncio.Event()

    @property
    def armed(self) -> bool:
        """Whether a gate is going to close."""
        return self._left is not None

    def arm(self, number: int) -> None:
        """Close the `number`-th gate from now, counted from 0."""
        self._left = number
        self.reached.clear()
        self._open.clear()

    def open(self) -> None:
        """Let go on what waits, and close none."""
        self._left = None
        self._open.set()

    async def passing(self, name: str) -> None:
        """Stop here if this is the gate."""
        if self._left is None:
            return
        if self._left > 0:
            self._left -= 1
            return
        self._left = None
        self.name = name
        self.reached.set()
        await self._open.wait()


@dataclass(slots=True)
class Disk:
    """What of a call is written, as lines in the order of writing."""

    lines: list[bytes] = field(default_factory=list)

    def entries(self) -> list[Entry]:
        """Every entry once, by epoch and number: what a process that takes over reads."""
        found = {(e.epoch, e.seq): e for e in map(decode, self.lines)}
        return [found[place] for place in sorted(found)]


class _Spool:
    """The spool of one process: durable entries take everything before them along."""

    def __init__(self, disk: Disk, gates: Gates) -> None:
        self._disk, self._gates = disk, gates
        self._waiting: list[Entry] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.alive = True

    def put(self, entry: Entry, written: Written | None = None) -> None:
        """See `Sink`."""
        if self.alive:
            self._waiting.append(entry)
            if written is not None:
                task = asyncio.ensure_future(self._sync(written))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _sync(self, written: Written) -> None:
        await self._gates.passing("writing")
        if self.alive:
            self.flush()
            written(None)

    def flush(self) -> None:
        """The thread looks every 50 ms."""
        if self.alive:
            self._disk.lines += [encode(entry) for entry in self._waiting]
            self._waiting.clear()

    def close(self) -> None:
        """The process is gone."""
        self.alive = False
        for task in tuple(self._tasks):
            task.cancel()


class _GatedJournal:
    """The agent's journal with a gate before every durable entry."""

    def __init__(self, journal: Journal, gates: Gates) -> None:
        self._journal, self._gates = journal, gates

    @property
    def epoch(self) -> int:
        """See `Journal`."""
        return self._journal.epoch

    @property
    def entries(self) -> Sequence[Entry]:
        """See `Journal`."""
        return self._journal.entries

    @overload
    def append(self, event: Event) -> object: ...
    @overload
    def append(self, event: Event, *, durable: Literal[True]) -> Awaitable[object]: ...
    def append(self, event: Event, *, durable: bool = False) -> object:
        """See `Journal`."""
        return self._durably(event) if durable else self._journal.append(event)

    async def _durably(self, event: Event) -> Entry:
        await self._gates.passing("before writing")
        return await self._journal.append(event, durable=True)


class GatedShop:
    """The real shop with gates before, during and after every request of its order desk."""

    def __init__(self, shop: StoreShop, gates: Gates, kept: dict[Any, Any]) -> None:
        self._shop, self._gates, self._kept = shop, gates, kept
        self.sent: list[str] = []  # keys, in the order in which their requests left
        self.alive = True

    async def _through[T](self, call: Callable[[], Awaitable[T]], key: str = "") -> T:
        await self._gates.passing("before the request")
        if not self.alive:
            raise StoreError("this process is gone")
        self.sent += [key] if key else []
        if not self._gates.armed:
            return await call()
        task = asyncio.ensure_future(call())
        try:
            for _ in range(UNDER_WAY):
                await asyncio.sleep(0)
            await self._gates.passing("under way")
            await asyncio.wait({task})
            await self._gates.passing("before the answer is known")
            return task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _read[T](self, what: Any, call: Callable[[], Awaitable[T]]) -> T:
        if what not in self._kept:
            self._kept[what] = await call()
        found: T = self._kept[what]
        return found

    async def tyres(self, filters: Any) -> Any:
        """See `Shop`."""
        return await self._read(filters, lambda: self._shop.tyres(filters))

    async def availability(self, product_id: str) -> Any:
        """See `Shop`."""
        return await self._through(lambda: self._shop.availability(product_id))

    async def car_sizes(self, make: str, model: str, year: int) -> Any:
        """See `Shop`."""
        return await self._read((make, model, year), lambda: self._shop.car_sizes(make, model, year))

    async def pickup_points(self, city: str, text: str | None = None) -> Any:
        """See `Shop`."""
        return await self._read((city, text), lambda: self._shop.pickup_points(city, text))

    async def orders(self, *, phone: str | None = None, number: str | None = None) -> Any:
        """See `Shop`."""
        return await self._through(lambda: self._shop.orders(phone=phone, number=number))

    async def order(self, order_id: str) -> Any:
        """See `Shop`."""
        return await self._through(lambda: self._shop.order(order_id))

    async def create_draft(self, *, key: str, **what: Any) -> Any:
        """See `Shop`."""
        return await self._through(lambda: self._shop.create_draft(key=key, **what), key)

    async def set_delivery(self, order_id: str, place: Any, *, key: str) -> Any:
        """See `Shop`."""
        return await self._through(lambda: self._shop.set_delivery(order_id, place, key=key), key)

    async def confirm(self, order_id: str, *, key: str, **what: Any) -> Any:
        """See `Shop`."""
        return await self._through(lambda: self._shop.confirm(order_id, key=key, **what), key)

    async def cancel_draft(self, order_id: str, *, reason: str, key: str) -> Any:
        """See `Shop`."""
        return await self._through(lambda: self._shop.cancel_draft(order_id, reason=reason, key=key), key)

    async def callback(self, *, key: str, **what: Any) -> Any:
        """See `Shop`."""
        return await self._through(lambda: self._shop.callback(key=key, **what), key)

    async def stations(self, city: str | None = None) -> Any:
        """See `Shop`."""
        return await self._read(("stations", city), lambda: self._shop.stations(city))

    async def slots(self, station_id: str, first: str, last: str, service: str) -> Any:
        """See `Shop`."""
        return await self._through(lambda: self._shop.slots(station_id, first, last, service))

    async def fitting_prices(self, diameter: int, vehicle_class: str) -> Any:
        """See `Shop`."""
        return await self._read(
            ("prices", diameter, vehicle_class), lambda: self._shop.fitting_prices(diameter, vehicle_class)
        )

    async def bookings(self, phone: str) -> Any:
        """See `Shop`."""
        return await self._through(lambda: self._shop.bookings(phone))

    async def book_fitting(self, booking: Any, *, call_id: str, key: str) -> Any:
        """See `Shop`."""
        return await self._through(lambda: self._shop.book_fitting(booking, call_id=call_id, key=key), key)

    async def move(self, booking_id: str, *, key: str, **what: Any) -> Any:
        """See `Shop`."""
        return await self._through(lambda: self._shop.move(booking_id, key=key, **what), key)

    async def cancel_booking(self, booking_id: str, *, key: str) -> None:
        """See `Shop`."""
        await self._through(lambda: self._shop.cancel_booking(booking_id, key=key), key)


class Owner:
    """One process with the call. `agent` is None until it is built on `journal`."""

    def __init__(self, name: str, gates: Gates, spool: _Spool, journal: Journal, leases: Leases) -> None:
        self.name, self.gates, self.spool, self.journal, self.leases = name, gates, spool, journal, leases
        self.agent: AgentRuntime
        self.shop: GatedShop
        self.task: asyncio.Task[None] | None = None  # what it was doing when it froze

    @property
    def gated_journal(self) -> _GatedJournal:
        """What the agent writes to."""
        return _GatedJournal(self.journal, self.gates)

    async def die(self, *, tail_lost: bool) -> None:
        """Kill -9: with or without the lines of the last 50 ms."""
        if not tail_lost:
            self.spool.flush()
        self.spool.close()
        self.shop.alive = False
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        await self.leases.close()


async def take_call(
    name: str, call_id: str, disk: Disk, redis_url: str, *, clock: Callable[[], float], dead: Sequence[str]
) -> Owner:
    """Become the call's owner, as a worker does: lease, then every entry that is written."""
    gates = Gates()
    leases = Leases(redis_url, name, clock=clock)
    entries = disk.entries()
    lease = await leases.take(call_id, entries[-1].epoch if entries else 0, dead)
    spool = _Spool(disk, gates)
    journal = Journal(call_id, lease.epoch, spool, earlier=entries, now=clock, fence=lease)
    return Owner(name, gates, spool, journal, leases)
