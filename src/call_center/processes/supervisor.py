"""The parent of `serve`: starts the children, tells the PBX where a call goes, kills what stalls.

It owns the registry of calls and workers and holds no audio. Every worker process starts as a spare, with engines and
voice ready but no port; the supervisor gives it a slot (an index and a port). A worker that dies or whose heartbeat is
older than `STALLED_S` (it is killed) is replaced by a spare within milliseconds, and its spool is in Redis before the
dialplan hears "again". On SIGTERM workers are told to drain; they end when their last call has ended (or after
`drain_s`), then everything else is stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from call_center.logging import get_logger
from call_center.monitoring import metrics
from call_center.processes.children import Child
from call_center.processes.control import Channel, ControlError, Message, listen
from call_center.processes.registry import CallRecord, Registry, WorkerRecord
from call_center.telephony.what_next import Outcome, Step, decide_next

STALLED_S = 3.0
TICKET_S = 0.7  # a worker that does not hand out a ticket in this time is passed over
OUTCOME_S = 0.5  # how long "what next" waits for the word of a worker that is still alive
ADOPT_S = 2.0
DRAINED_S = 0.3  # how long "again" waits for a dead worker's spool; later its heir reads the files
REPLACED_S = 0.4  # how long a caller whose worker died waits for the heir, in "next" and again in "announce"
SPARE_REST_S = 1.0  # a new spare starts when the heir has taken the calls: both want the processor
log = get_logger(__name__)


class Drain(Protocol):
    """What forwards spools to Redis."""

    def drain(self, name: str) -> bool:
        """Forward all of a file now (blocking); False when that is not possible."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the supervisor runs: one command line for every worker, one port a slot, and the other children."""

    worker: Sequence[str]
    ports: Sequence[int]
    others: Mapping[str, Sequence[str]]
    env: Mapping[str, str]
    spares: int = 1
    max_attempts: int = 4
    max_stall_ms: float = 120.0
    drain_s: float = 900.0
    relay: Drain | None = None
    on_exit: Callable[[int], None] = field(default=lambda pid: None)


class Supervisor:
    """Runs a `Plan` until `stop`."""

    def __init__(self, plan: Plan, control: Path) -> None:
        self._plan, self._control = plan, control
        self.registry = Registry(time.monotonic, plan.max_stall_ms)
        self._children: list[Child] = []
        self._spares: list[WorkerRecord] = []
        self._assigning = asyncio.Lock()
        self._ready = asyncio.Event()
        self._api_ready = asyncio.Event()
        self._stopping = asyncio.Event()
        self._outcomes: dict[str, asyncio.Event] = {}
        self._jobs: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Start everything, watch it, return when `stop` has been carried out."""
        server = await listen(self._control, self._handle, self._gone)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in self._plan.ports:
                    group.create_task(self._child("worker", self._plan.worker).run())
                for kind, argv in self._plan.others.items():
                    group.create_task(self._child(kind, argv).run())
                watch = group.create_task(self._watch())
                spares = group.create_task(self._start_spares(group))
                await self._stopping.wait()
                watch.cancel()
                spares.cancel()
                await self._drain()
        finally:
            server.close()
            self._control.unlink(missing_ok=True)

    async def ready(self) -> None:
        """Wait until every worker and the API have said hello."""
        await self._ready.wait()
        await self._api_ready.wait()

    def stop(self) -> None:
        """Begin the orderly end; a second call shortens the drain to nothing."""
        if self._stopping.is_set():
            for child in self._workers():
                child.kill("second signal")
        self._stopping.set()

    def _child(self, kind: str, argv: Sequence[str]) -> Child:
        def restarted(kind: str, why: str) -> None:
            metrics.WORKER_RESTARTS.labels(kind=kind, why=why.partition(" ")[0]).inc()

        rest_s = SPARE_REST_S if kind == "worker" and self._plan.spares else 0.1
        child = Child(kind, argv, self._plan.env, restarted, self._plan.on_exit, rest_s=rest_s)
        self._children.append(child)
        return child

    def _workers(self) -> list[Child]:
        return [child for child in self._children if child.kind == "worker"]

    async def _start_spares(self, group: asyncio.TaskGroup) -> None:
        await self.ready()  # the first callers come before the spares
        for _ in range(self._plan.spares):
            group.create_task(self._child("worker", self._plan.worker).run())

    async def _drain(self) -> None:
        for child in self._children:
            child.retire()  # a signal to the whole group ends them all at once: none comes back
        for worker in [*self.registry.workers.values(), *self._spares]:
            worker.draining = True
            worker.channel.notify("drain")
        log.info("draining", calls=sum(w.active for w in self.registry.workers.values()))
        await asyncio.gather(*(child.stop(self._plan.drain_s) for child in self._workers()))
        others = [child for child in self._children if child.kind != "worker"]
        await asyncio.gather(*(child.stop(5.0) for child in others))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            now = time.monotonic()
            for worker in [*self.registry.workers.values(), *self._spares]:
                if now - worker.beat > STALLED_S:
                    log.error("worker stalled, killing it", worker=worker.index, pid=worker.pid)
                    self._remove(worker)
                    self._kill(worker.pid, "stalled")
                    self._start(self._assign())

    def _kill(self, pid: int, why: str) -> None:
        for child in self._workers():
            if child.pid == pid:
                child.kill(why)

    def _remove(self, worker: WorkerRecord) -> None:
        if self.registry.workers.get(worker.index) is worker:
            del self.registry.workers[worker.index]
        with contextlib.suppress(ValueError):
            self._spares.remove(worker)

    def _start(self, job: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _assign(self) -> None:
        """Give every empty slot to a spare."""
        async with self._assigning:
            for index, port in enumerate(self._plan.ports):
                while index not in self.registry.workers and self._spares and not self._stopping.is_set():
                    await self._adopt(self._spares.pop(0), index, port)
            if len(self.registry.workers) == len(self._plan.ports):
                self._ready.set()

    async def _adopt(self, spare: WorkerRecord, index: int, port: int) -> None:
        try:
            answer = await spare.channel.ask("adopt", ADOPT_S, index=index, port=port)
        except ControlError as error:
            log.error("spare worker is of no use", pid=spare.pid, error=str(error))
            self._kill(spare.pid, "not adopted")
            return
        spare.index, spare.address, spare.beat = index, answer["address"], time.monotonic()
        self.registry.workers[index] = spare

    # --- what children say -------------------------------------------------------------------------

    async def _handle(self, channel: Channel, op: str, message: Message) -> Message | None:
        handler = getattr(self, f"_on_{op}", None)
        if handler is None:
            raise ControlError(f"unknown request {op}")
        answer: Message | None = await handler(channel, message)
        return answer

    async def _on_hello(self, channel: Channel, message: Message) -> None:
        if message["kind"] == "api":
            self._api_ready.set()
            return
        record = WorkerRecord(
            index=-1,
            pid=message["pid"],
            address="",
            channel=channel,
            beat=time.monotonic(),
            owner=message["owner"],
            spool=message["spool"],
            limit=message["limit"],
        )
        channel.peer = record
        self._spares.append(record)
        await self._assign()

    async def _on_heartbeat(self, channel: Channel, message: Message) -> None:
        record = channel.peer
        if isinstance(record, WorkerRecord):
            record.beat = time.monotonic()
            record.active, record.stall_ms = message["active"], message["stall_ms"]

    async def _on_outcome(self, channel: Channel, message: Message) -> None:
        record = self.registry.call(message["call_id"])
        record.outcome, record.failures = message["reason"], 0
        if message.get("transfer_reason"):
            self.registry.publish(record, message["summary"], message["transfer_reason"])
        if waiting := self._outcomes.pop(record.call_id, None):
            waiting.set()

    def _gone(self, channel: Channel) -> None:
        record = channel.peer
        if not isinstance(record, WorkerRecord):
            return
        self._remove(record)
        self._start(self._assign())
        for call_id in [c for c, event in self._outcomes.items() if not event.is_set()]:
            self._outcomes.pop(call_id).set()

    # --- what the API asks -------------------------------------------------------------------------

    async def _on_announce(self, channel: Channel, message: Message) -> Message:
        record = self.registry.call(message["call_id"])
        record.caller, record.name, record.dialled = message["caller"], message["name"], message["dialled"]
        previous = message.get("previous") or record.outcome
        if record.attempts < self._plan.max_attempts and not await self._is_live(record):
            if record.attempts:
                await self._replaced(record)
            for worker in self.registry.candidates(prefer=record.worker):
                answer = await self._ticket(worker, record, message, previous)
                if answer:
                    return answer
        metrics.ANNOUNCED.labels(answer="operator").inc()
        if not record.summary_id:
            self.registry.publish(record, "Агент не взяв дзвінок: немає вільного процесу.", "cannot_help")
        return {"answer": "operator", "summary_id": record.summary_id}

    async def _is_live(self, record: CallRecord) -> bool:
        """Whether the call has a connection now; if not, its last worker lets go of it."""
        holder = self.registry.holder(record)
        if holder is None or record.outcome is not None:
            return False
        try:
            answer = await holder.channel.ask("release", TICKET_S / 2, call_id=record.call_id)
        except ControlError as error:
            log.warning("worker does not say whether it has the call", worker=holder.index, error=str(error))
            return False
        if answer["live"]:
            log.error("second connection of a live call refused", call_id=record.call_id)
        return bool(answer["live"])

    async def _ticket(
        self, worker: WorkerRecord, record: CallRecord, message: Message, previous: str | None
    ) -> Message | None:
        extra = {} if record.drained else {"spools": "yes"}
        if record.owner and self.registry.holder(record) is None and self._has_ended(record.pid):
            extra["dead"] = record.owner
        info: dict[str, Any] = {
            "call_id": record.call_id,
            "caller": record.caller,
            "name": record.name,
            "dialled": record.dialled,
            "sip_call_id": message.get("sip_call_id"),
            "attempt": record.attempts + 1,
            "resumed": record.attempts > 0,
            "outcome": previous,
            "extra": extra,
        }
        try:
            answer = await worker.channel.ask("ticket", TICKET_S, info=info)
        except ControlError as error:
            log.warning("worker gave no ticket", worker=worker.index, error=str(error))
            return None
        if "ticket" not in answer:
            log.error("call is held elsewhere", call_id=record.call_id, holder=answer.get("held"))
            return None
        record.attempts += 1
        record.worker, record.pid, record.outcome = worker.index, worker.pid, None
        record.owner, record.spool, record.drained = worker.owner, worker.spool, True
        worker.active += 1  # until the next heartbeat counts it
        metrics.ANNOUNCED.labels(answer="agent").inc()
        return {"answer": "agent", "ticket": answer["ticket"], "address": worker.address}

    async def _on_next(self, channel: Channel, message: Message) -> Message:
        record = self.registry.known(message["call_id"])
        if record is None:
            return {"answer": "operator", "summary_id": ""}
        if record.outcome is None and self.registry.holder(record) is not None:
            event = self._outcomes.setdefault(record.call_id, asyncio.Event())
            try:
                async with asyncio.timeout(OUTCOME_S):
                    await event.wait()
            except TimeoutError:
                self._outcomes.pop(record.call_id, None)
        outcome = record.outcome or Outcome.LOST
        if record.outcome is None:
            record.failures += 1
        step = decide_next(
            outcome, message["status"], record.failures - 1, limit=self._plan.max_attempts - 1
        ).step
        if step is Step.OPERATOR and not record.summary_id:
            self.registry.publish(record, "Розмова з агентом обірвалася через збій.", "cannot_help")
        if step is Step.AGAIN and self.registry.holder(record) is None:
            await asyncio.gather(self._spool_drained(record), self._replaced(record))
        return {"answer": str(step), "summary_id": record.summary_id}

    async def _spool_drained(self, record: CallRecord) -> None:
        """Get what a dead worker wrote into Redis before anybody goes on with its calls."""
        record.drained = self._plan.relay is None
        if self._plan.relay is not None and record.spool:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DRAINED_S):
                    record.drained = await asyncio.to_thread(self._plan.relay.drain, record.spool)

    async def _replaced(self, record: CallRecord) -> None:
        """Wait a moment until there is a worker for a call that lost its own, and until that one is really gone."""
        deadline = time.monotonic() + REPLACED_S
        while time.monotonic() < deadline:
            ended = self.registry.holder(record) is not None or self._has_ended(record.pid)
            if ended and self.registry.candidates():
                return
            await asyncio.sleep(0.01)

    def _has_ended(self, pid: int) -> bool:
        return all(child.pid != pid for child in self._workers())

    async def _on_ended(self, channel: Channel, message: Message) -> None:
        if record := self.registry.known(message["call_id"]):
            record.ended = True
            if worker := self.registry.workers.get(-1 if record.worker is None else record.worker):
                worker.channel.notify("ended", call_id=record.call_id)

    async def _on_summary(self, channel: Channel, message: Message) -> Message:
        record = self.registry.by_summary(message["summary_id"])
        if record is None:
            return {"found": False}
        return {
            "found": True,
            "call_id": record.call_id,
            "caller": record.caller,
            "name": record.name,
            "reason": record.transfer_reason,
            "summary": record.summary,
        }

    async def _on_status(self, channel: Channel, message: Message) -> Message:
        now = time.monotonic()
        return {
            "workers": [
                {
                    "index": w.index,
                    "pid": w.pid,
                    "address": w.address,
                    "active": w.active,
                    "limit": w.limit,
                    "stall_ms": w.stall_ms,
                    "draining": w.draining,
                    "beat_age_ms": round(1000 * (now - w.beat)),
                }
                for w in self.registry.workers.values()
            ],
            "expected": len(self._plan.ports),
            "spares": len(self._spares),
            "stopping": self._stopping.is_set(),
        }
