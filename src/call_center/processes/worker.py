"""An audio worker: one event loop, one AudioSocket port, up to `max_calls` calls.

It hands out its own tickets when the supervisor asks, admits each once, and tells the supervisor how every connection
ended before the dialplan can ask. Journals of its calls stay in memory for `KEEP_S` after the last attempt, so that a
call that comes back from busy operators goes on where it was; a call of another process is read from the spools.
Losing the supervisor ends the worker once its calls have ended.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from call_center.core.call_settings import SessionPhrases
from call_center.core.journal import Journal, Spool, read_spool
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
from call_center.telephony.tickets import Admission, TicketBook

BEAT_S = 0.25
KEEP_S = 1800.0
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
    """Where and how much."""

    index: int
    host: str
    port: int
    advertise: str
    max_calls: int
    spool_dir: Path
    open_door: bool = False


class Worker:
    """Runs until it is drained."""

    def __init__(self, settings: WorkerSettings, parts: Parts) -> None:
        self._settings, self._parts = settings, parts
        self._name = f"worker-{settings.index}"
        self._spool = Spool(settings.spool_dir / f"{self._name}-{os.getpid()}.jsonl")
        self._tickets = TicketBook(time.monotonic)
        self._announced: dict[str, tuple[CallInfo, tuple[Entry, ...]]] = {}
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
        """Serve until drained. Raises `ConfigError` when the port cannot be had."""
        await self._server.start(self._settings.host, self._settings.port)
        self._channel = await connect(control, self._asked)
        reading = asyncio.create_task(self._channel.run())
        reading.add_done_callback(lambda _: self.drain())
        self._channel.notify(
            "hello",
            kind="worker",
            index=self._settings.index,
            pid=os.getpid(),
            address=f"{self._settings.advertise or self._settings.host}:{self._server.port}",
            limit=self._settings.max_calls,
        )
        beating = asyncio.create_task(self._beat())
        try:
            await self._draining.wait()
            self._server.stop_accepting()
            while self._live or self._watches:
                await asyncio.wait(
                    [*self._watches] or [asyncio.create_task(asyncio.sleep(BEAT_S))], timeout=1.0
                )
        finally:
            beating.cancel()
            self._channel.close()
            await asyncio.gather(reading, beating, return_exceptions=True)
            await self._server.close()
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

    async def _asked(self, channel: Channel, op: str, message: Message) -> Message | None:
        if op == "ticket":
            return await self._ticket(CallInfo(**message["info"]))
        if op == "drain":
            self.drain()
            return None
        raise ControlError(f"unknown request {op}")

    async def _ticket(self, info: CallInfo) -> Message:
        if self._draining.is_set():
            raise ControlError("draining")
        earlier: tuple[Entry, ...] = ()
        if info.call_id in self._journals:
            earlier = self._journals[info.call_id][1].entries
        elif info.resumed:
            earlier = await asyncio.to_thread(read_call, self._settings.spool_dir, info.call_id)
        self._announced[info.call_id] = (info, earlier)
        return {"ticket": str(self._tickets.issue(info.call_id, self._name))}

    # --- the audio plane -----------------------------------------------------------------------------

    def _admit(self, ticket: UUID) -> Callable[[Line], CallHandler] | None:
        if self._server.lines >= self._settings.max_calls:
            metrics.REJECTED.labels(reason="full").inc()
            return None
        earlier: tuple[Entry, ...] = ()
        if self._settings.open_door:
            info = CallInfo(str(ticket))
        else:
            admission = self._tickets.redeem(ticket, self._name)
            if not isinstance(admission, Admission):
                metrics.REJECTED.labels(reason=str(admission)).inc()
                return None
            info, earlier = self._announced.pop(admission.call_id)
        return lambda line: self._open(line, info, earlier)

    def _open(self, line: Line, info: CallInfo, earlier: tuple[Entry, ...]) -> CallHandler:
        if info.call_id in self._live:
            raise ProtocolError("a second connection of a live call")
        epoch = 1 + max((entry.epoch for entry in earlier), default=0)
        journal = Journal(info.call_id, epoch, self._spool, earlier=earlier)
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
        self._live[info.call_id] = session
        self._journals[info.call_id] = (time.monotonic(), journal)
        metrics.CALLS_ACTIVE.inc()
        session.start()
        watch = asyncio.get_running_loop().create_task(self._watch(info.call_id, session))
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)
        return session

    async def _watch(self, call_id: str, session: Session) -> None:
        outcome: Outcome = await session.wait_closed()
        transfer = outcome.transfer
        if self._channel:
            self._channel.notify(
                "outcome",
                call_id=call_id,
                reason=outcome.reason,
                transfer_reason=transfer.reason if transfer else None,
                summary=transfer.summary if transfer else "",
            )
        self._live.pop(call_id, None)
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
    found = [
        entry
        for path in folder.glob("*.jsonl")
        for entry in read_spool(path).entries
        if entry.call_id == call_id
    ]
    return tuple(sorted(found, key=lambda entry: (entry.epoch, entry.seq)))


def make_spool_dir(folder: Path, keep_s: float = 86_400.0) -> Path:
    """The 0700 folder of the spools, without those older than `keep_s`; they hold personal data."""
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
