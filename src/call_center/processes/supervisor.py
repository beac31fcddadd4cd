"""The parent of `serve`: starts the children, tells the PBX where a call goes, kills what stalls.

It owns the registry of calls and workers and holds no audio. A worker whose heartbeat is older than `STALLED_S` is
killed and started again. On SIGTERM workers are told to drain; they end when their last call has ended (or after
`drain_s`), then everything else is stopped.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from call_center.logging import get_logger
from call_center.monitoring import metrics
from call_center.processes.children import Child
from call_center.processes.control import Channel, ControlError, Message, listen
from call_center.processes.registry import CallRecord, Registry, WorkerRecord
from call_center.telephony.what_next import Outcome, Step, decide_next

STALLED_S = 3.0
TICKET_S = 0.5  # a worker that does not hand out a ticket in this time is passed over
OUTCOME_S = 0.5  # how long "what next" waits for the word of a worker that is still alive
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the supervisor runs: child kind -> command line, in the order of starting."""

    workers: Sequence[Sequence[str]]
    others: Mapping[str, Sequence[str]]
    env: Mapping[str, str]
    max_attempts: int = 4
    max_stall_ms: float = 120.0
    drain_s: float = 900.0
    on_exit: Callable[[int], None] = field(default=lambda pid: None)


class Supervisor:
    """Runs a `Plan` until `stop`."""

    def __init__(self, plan: Plan, control: Path) -> None:
        self._plan, self._control = plan, control
        self.registry = Registry(time.monotonic, plan.max_stall_ms)
        self._children: list[Child] = []
        self._workers: dict[int, Child] = {}
        self._ready = asyncio.Event()
        self._api_ready = asyncio.Event()
        self._stopping = asyncio.Event()
        self._outcomes: dict[str, asyncio.Event] = {}

    async def run(self) -> None:
        """Start everything, watch it, return when `stop` has been carried out."""
        server = await listen(self._control, self._handle, self._gone)
        try:
            async with asyncio.TaskGroup() as group:
                for index, argv in enumerate(self._plan.workers):
                    child = self._child("worker", argv)
                    self._workers[index] = child
                    group.create_task(child.run())
                for kind, argv in self._plan.others.items():
                    child = self._child(kind, argv)
                    group.create_task(child.run())
                watch = group.create_task(self._watch())
                await self._stopping.wait()
                watch.cancel()
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
            for child in self._workers.values():
                child.kill("second signal")
        self._stopping.set()

    def _child(self, kind: str, argv: Sequence[str]) -> Child:
        def restarted(kind: str, why: str) -> None:
            metrics.WORKER_RESTARTS.labels(kind=kind, why=why.partition(" ")[0]).inc()

        child = Child(kind, argv, self._plan.env, restarted, self._plan.on_exit)
        self._children.append(child)
        return child

    async def _drain(self) -> None:
        for child in self._children:
            child.retire()  # a signal to the whole group ends them all at once: none comes back
        for worker in self.registry.workers.values():
            worker.draining = True
            worker.channel.notify("drain")
        log.info("draining", calls=sum(w.active for w in self.registry.workers.values()))
        await asyncio.gather(*(child.stop(self._plan.drain_s) for child in self._workers.values()))
        others = [child for child in self._children if child.kind != "worker"]
        await asyncio.gather(*(child.stop(5.0) for child in others))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            now = time.monotonic()
            for index, worker in list(self.registry.workers.items()):
                if now - worker.beat > STALLED_S:
                    log.error("worker stalled, killing it", worker=index, pid=worker.pid)
                    del self.registry.workers[index]
                    self._workers[index].kill("stalled")

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
            index=message["index"],
            pid=message["pid"],
            address=message["address"],
            channel=channel,
            beat=time.monotonic(),
            limit=message["limit"],
        )
        self.registry.workers[record.index] = record
        channel.peer = record
        if len(self.registry.workers) == len(self._plan.workers):
            self._ready.set()

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
        if isinstance(record, WorkerRecord) and self.registry.workers.get(record.index) is record:
            del self.registry.workers[record.index]
            for call_id in [c for c, event in self._outcomes.items() if not event.is_set()]:
                self._outcomes.pop(call_id).set()

    # --- what the API asks -------------------------------------------------------------------------

    async def _on_announce(self, channel: Channel, message: Message) -> Message:
        record = self.registry.call(message["call_id"])
        record.caller, record.name, record.dialled = message["caller"], message["name"], message["dialled"]
        previous = message.get("previous") or record.outcome
        if record.attempts < self._plan.max_attempts:
            for worker in self.registry.candidates(prefer=record.worker):
                answer = await self._ticket(worker, record, message, previous)
                if answer:
                    return answer
        metrics.ANNOUNCED.labels(answer="operator").inc()
        if not record.summary_id:
            self.registry.publish(record, "Агент не взяв дзвінок: немає вільного процесу.", "cannot_help")
        return {"answer": "operator", "summary_id": record.summary_id}

    async def _ticket(
        self, worker: WorkerRecord, record: CallRecord, message: Message, previous: str | None
    ) -> Message | None:
        info: dict[str, Any] = {
            "call_id": record.call_id,
            "caller": record.caller,
            "name": record.name,
            "dialled": record.dialled,
            "sip_call_id": message.get("sip_call_id"),
            "attempt": record.attempts + 1,
            "resumed": record.attempts > 0,
            "outcome": previous,
        }
        try:
            answer = await worker.channel.ask("ticket", TICKET_S, info=info)
        except ControlError as error:
            log.warning("worker gave no ticket", worker=worker.index, error=str(error))
            return None
        record.attempts += 1
        record.worker, record.outcome = worker.index, None
        worker.active += 1  # until the next heartbeat counts it
        metrics.ANNOUNCED.labels(answer="agent").inc()
        return {"answer": "agent", "ticket": answer["ticket"], "address": worker.address}

    async def _on_next(self, channel: Channel, message: Message) -> Message:
        record = self.registry.known(message["call_id"])
        if record is None:
            return {"answer": "operator", "summary_id": ""}
        if record.outcome is None and record.worker in self.registry.workers:
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
        return {"answer": str(step), "summary_id": record.summary_id}

    async def _on_ended(self, channel: Channel, message: Message) -> None:
        if record := self.registry.known(message["call_id"]):
            record.ended = True

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
                    "address": w.address,
                    "active": w.active,
                    "limit": w.limit,
                    "stall_ms": w.stall_ms,
                    "draining": w.draining,
                    "beat_age_ms": round(1000 * (now - w.beat)),
                }
                for w in self.registry.workers.values()
            ],
            "expected": len(self._plan.workers),
            "stopping": self._stopping.is_set(),
        }
