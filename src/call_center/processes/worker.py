"""An audio worker: one event loop, one AudioSocket port, up to `max_calls` calls.

It starts as a spare, ready but without a port, and listens when the supervisor gives it a slot. It hands out its own
tickets when the supervisor asks, under the call's lease, admits each once, and tells the supervisor how every
connection ended before the dialplan can ask. Journals of its calls stay in memory for `KEEP_S` after the last attempt;
what another process wrote comes from Redis, or from the spools of this machine when Redis has it not.
Losing the supervisor ends the worker once its calls have ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from call_center.core.call_settings import SessionPhrases
from call_center.core.journal import Fence, Journal, Spool, Unfenced, read_spool
from call_center.core.journal.events import Announced, Entry
from call_center.core.line import AudioHooks, CallHandler, Closed, Line
from call_center.core.observer import Outcome
from call_center.core.ports import CallInfo, Conversation, Ears, Voice
from call_center.core.server import AudioSocketServer
from call_center.core.session import Session
from call_center.core.vad import Vad
from call_center.errors import ConfigError, ProtocolError
from call_center.logging import get_logger
from call_center.monitoring import metrics
from call_center.monitoring.observer import MetricsObserver
from call_center.processes.control import Channel, ControlError, Message, connect
from call_center.processes.lease import TICKET_LEASE_S, CallHeld, Lease, Leases
from call_center.telephony.tickets import Admission, TicketBook

BEAT_S = 0.25
RENEW_S = 1.0
KEEP_S = 1800.0
SPOOL_KEEP_S = 86_400.0
PORT_S = 1.5  # how long the port of a killed worker may stay taken
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the composition root gives a worker: the engines, and the conversation of a call."""

    ears: Ears
    voice: Voice
    phrases: SessionPhrases
    converse: Callable[[CallInfo, Journal], Conversation]


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Where and how much; the port comes with the slot."""

    host: str
    advertise: str
    max_calls: int
    spool_dir: Path
    open_door: bool = False
    redis_url: str = ""
    clock: Callable[[], float] = time.time  # of the journal: Unix seconds


@dataclass(frozen=True, slots=True)
class _Announced:
    info: CallInfo
    lease: Lease
    earlier: tuple[Entry, ...]
    at: float


class Worker:
    """Runs until it is drained."""

    def __init__(self, settings: WorkerSettings, parts: Parts) -> None:
        self._settings, self._parts = settings, parts
        self._name = "spare"
        started = f"{os.getpid()}-{time.time_ns() // 1_000_000:x}"  # process ids come again, this does not
        self._spool = Spool(settings.spool_dir / f"worker-{started}.jsonl")
        self._leases = Leases(settings.redis_url, f"{socket.gethostname()}-{started}")
        self._tickets = TicketBook(time.monotonic)
        self._announced: dict[str, _Announced] = {}
        self._journals: OrderedDict[str, tuple[float, Journal]] = OrderedDict()
        self._live: dict[str, Session] = {}
        self._watches: set[asyncio.Task[None]] = set()
        self._stall = 0.0
        self._channel: Channel | None = None
        self._draining = asyncio.Event()
        hooks = AudioHooks(
            stall=self._stalled,
            dropped=metrics.FRAMES_DROPPED.inc,
            fault=lambda fault: metrics.PEER_FAULTS.labels(fault=fault).inc(),
            closed=self._closed,
        )
        self._server = AudioSocketServer(admit=self._admit, vad=Vad(), hooks=hooks)

    async def run(self, control: Path) -> None:
        """Serve until drained."""
        self._channel = await connect(control, self._asked)
        reading = asyncio.create_task(self._channel.run())
        reading.add_done_callback(lambda _: self.drain())
        self._channel.notify(
            "hello",
            kind="worker",
            pid=os.getpid(),
            owner=self._leases.owner,
            spool=self._spool.path.name,
            limit=self._settings.max_calls,
        )
        regular = [asyncio.create_task(self._beat()), asyncio.create_task(self._renew())]
        try:
            await self._draining.wait()
            self._server.stop_accepting()
            await self._server.wait_silent()
            await asyncio.gather(*self._watches, return_exceptions=True)
        finally:
            for task in regular:
                task.cancel()
            self._channel.close()
            await asyncio.gather(reading, *regular, return_exceptions=True)
            await self._server.close()
            await self._leases.close()
            self._spool.close()

    def drain(self) -> None:
        """Take no more calls and end with the last one."""
        self._draining.set()

    # --- the supervisor ------------------------------------------------------------------------------

    async def _beat(self) -> None:
        while True:
            stall, self._stall = self._stall, 0.0
            if self._channel:
                self._channel.notify("heartbeat", active=self._server.lines, stall_ms=round(1000 * stall, 1))
            self._forget()
            await asyncio.sleep(BEAT_S)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            horizon = time.monotonic() - TICKET_LEASE_S
            for call_id in [c for c, announced in self._announced.items() if announced.at < horizon]:
                await self._leases.release(self._announced.pop(call_id).lease)
            await self._leases.renew()

    async def _asked(self, channel: Channel, op: str, message: Message) -> Message | None:
        match op:
            case "ticket":
                return await self._ticket(CallInfo(**message["info"]))
            case "release":
                return await self._let_go(message["call_id"])
            case "adopt":
                return await self._adopted(message["index"], message["port"])
            case "ended":
                await self._ended(message["call_id"])
                return None
            case "drain":
                self.drain()
                return None
        raise ControlError(f"unknown request {op}")

    async def _adopted(self, index: int, port: int) -> Message:
        """Take a slot. Raises `ConfigError` when the port does not become free."""
        self._name = f"worker-{index}"
        deadline = time.monotonic() + PORT_S
        while True:
            try:
                await self._server.start(self._settings.host, port)
                break
            except ConfigError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.01)
        log.info("worker listens", worker=index, port=self._server.port)
        return {"address": f"{self._settings.advertise or self._settings.host}:{self._server.port}"}

    async def _ticket(self, info: CallInfo) -> Message:
        if self._draining.is_set():
            raise ControlError("draining")
        if info.call_id in self._live:
            return {"held": self._name}
        try:
            lease, earlier = await self._take(info)
        except CallHeld as error:
            return {"held": str(error)}
        self._announced[info.call_id] = _Announced(info, lease, earlier, time.monotonic())
        return {"ticket": str(self._tickets.issue(info.call_id, self._name))}

    async def _let_go(self, call_id: str) -> Message:
        if call_id in self._live:
            return {"live": True}
        if announced := self._announced.pop(call_id, None):
            await self._leases.release(announced.lease)
        return {"live": False}

    async def _ended(self, call_id: str) -> None:
        """The caller is gone for good: let the conversation take back what was left half done."""
        if call_id in self._live or call_id not in self._journals:
            return
        info = CallInfo(call_id, resumed=True)
        try:
            lease, earlier = await self._take(info)
        except CallHeld:
            return  # it goes on elsewhere
        clock = self._settings.clock
        journal = Journal(call_id, lease.epoch, self._spool, earlier=earlier, now=clock, fence=lease)
        try:
            await self._parts.converse(info, journal).end("caller_hangup")
        finally:
            self._journals.pop(call_id, None)
            await self._leases.release(lease)

    async def _take(self, info: CallInfo) -> tuple[Lease, tuple[Entry, ...]]:
        """The lease of a call and what was written of it before."""
        own = self._journals[info.call_id][1] if info.call_id in self._journals else None
        dead = [info.extra["dead"]] if "dead" in info.extra else []
        known = max(info.attempt - 1, own.epoch if own else 0)
        lease = await self._leases.take(info.call_id, known, dead)
        if not info.resumed:
            return lease, ()
        if own is not None and own.epoch == lease.epoch - 1:
            return lease, own.entries  # nobody wrote since
        found = await self._leases.entries(info.call_id)
        if not found or "spools" in info.extra:
            spooled = await asyncio.to_thread(read_call, self._settings.spool_dir, info.call_id)
            found = [*(found or ()), *spooled]
        earlier = in_order([*(own.entries if own else ()), *found])
        if earlier and earlier[-1].epoch >= lease.epoch:  # Redis lost the counter
            lease = await self._leases.take(info.call_id, earlier[-1].epoch, dead)
        return lease, earlier

    # --- the audio plane -----------------------------------------------------------------------------

    def _admit(self, ticket: UUID) -> Callable[[Line], CallHandler] | None:
        if self._server.lines >= self._settings.max_calls:
            metrics.REJECTED.labels(reason="full").inc()
            return None
        if self._settings.open_door:
            return lambda line: self._open(line, CallInfo(str(ticket)), None, ())
        admission = self._tickets.redeem(ticket, self._name)
        if not isinstance(admission, Admission):
            metrics.REJECTED.labels(reason=str(admission)).inc()
            return None
        announced = self._announced.pop(admission.call_id, None)
        if announced is None:  # announced once more, and that ticket was used
            metrics.REJECTED.labels(reason="used").inc()
            return None
        return lambda line: self._open(line, announced.info, announced.lease, announced.earlier)

    def _open(
        self, line: Line, info: CallInfo, lease: Lease | None, earlier: tuple[Entry, ...]
    ) -> CallHandler:
        if info.call_id in self._live:
            raise ProtocolError("a second connection of a live call")
        fence: Fence = lease or Unfenced()
        clock, epoch = self._settings.clock, lease.epoch if lease else 1
        journal = Journal(info.call_id, epoch, self._spool, earlier=earlier, now=clock, fence=fence)
        journal.append(Announced(info.caller, info.name, info.dialled, info.sip_call_id, info.attempt))
        session = Session(
            line,
            info,
            ears=self._parts.ears,
            voice=self._parts.voice,
            conversation=self._parts.converse(info, journal),
            journal=journal,
            phrases=self._parts.phrases,
            observer=MetricsObserver(info.call_id),
            worker=self._name,
        )
        if lease:
            lease.on_stale = session.stale
        self._live[info.call_id] = session
        self._journals[info.call_id] = (time.monotonic(), journal)
        metrics.CALLS_ACTIVE.inc()
        session.start()
        watch = asyncio.get_running_loop().create_task(self._watch(info.call_id, session, lease))
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)
        return session

    async def _watch(self, call_id: str, session: Session, lease: Lease | None) -> None:
        outcome: Outcome = await session.wait_closed()
        transfer = outcome.transfer
        self._live.pop(call_id, None)
        if lease:
            await self._leases.release(lease)  # before the dialplan can ask for another worker
            if lease.stale:
                self._journals.pop(call_id, None)  # what came after the take-over is nobody's memory
        if self._channel:
            self._channel.notify(
                "outcome",
                call_id=call_id,
                reason=outcome.reason,
                transfer_reason=transfer.reason if transfer else None,
                summary=transfer.summary if transfer else "",
            )
        metrics.CALLS_ACTIVE.dec()
        metrics.CALLS_TOTAL.labels(reason=outcome.reason).inc()
        if transfer:
            metrics.TRANSFERS.labels(reason=transfer.reason).inc()
        log.info("call ended", call_id=call_id, reason=outcome.reason)

    def _closed(self, closed: Closed) -> None:
        if not closed.admitted:
            metrics.REJECTED.labels(reason=str(closed.reason)).inc()

    def _stalled(self, seconds: float) -> None:
        metrics.LOOP_STALL.observe(seconds)
        self._stall = max(self._stall, seconds)

    def _forget(self) -> None:
        horizon = time.monotonic() - KEEP_S
        while self._journals:
            call_id, (since, _) = next(iter(self._journals.items()))
            if since > horizon or call_id in self._live:
                return
            del self._journals[call_id]


def read_call(folder: Path, call_id: str) -> tuple[Entry, ...]:
    """Entries of one call from every spool in the folder, in order; blocking."""
    found: list[Entry] = []
    for path in folder.glob("*.jsonl"):
        with contextlib.suppress(FileNotFoundError):
            found += read_spool(path, call_id).entries
    return in_order(found)


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries of one call by (epoch, seq), each once."""
    unique = {(entry.epoch, entry.seq): entry for entry in entries}
    return tuple(unique[key] for key in sorted(unique))


def make_spool_dir(folder: Path, keep_s: float = SPOOL_KEEP_S) -> Path:
    """The 0700 folder of the spools, without those older than `keep_s`; they hold personal data.

    With a relay `keep_s` is infinite: it removes what it has forwarded.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in folder.glob("*.jsonl"):
            if path.stat().st_mtime < time.time() - keep_s:
                path.unlink()
    except OSError as error:
        raise ConfigError(
            f"cannot use {folder}: {error.strerror}; set VAR_DIR to a folder you may write"
        ) from None
    return folder
