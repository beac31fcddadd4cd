"""Drives one call over any number of processes: turns, barge-ins, deaths, freezes; keeps what the caller really heard.

`yeses` is the caller's own account of what was agreed to: a plain yes that began after every fact of a read-back had
been played. It is kept by what went over the line, never by what the agent made of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from tests.proofs.caller import PLAIN_YES, RandomBrain, Wish
from tests.proofs.owner import Disk, GatedShop, Owner, take_call
from tests.proofs.world import SIZES, STORE_NOW, World

from call_center.agent.runtime import AgentRuntime, AgentSettings
from call_center.core.journal.events import (
    Announced,
    Answered,
    CallerSaid,
    Connected,
    Ended,
    KeyPressed,
    Noted,
    Speaking,
    Spoken,
    TransferRequested,
)
from call_center.core.ports import Act, HangUp, Heard, Say, Transfer
from call_center.core.resuming import opening, resumption
from call_center.errors import JournalError
from call_center.understanding import load_catalogue

NOW = datetime.fromisoformat(STORE_NOW).timestamp()
SURE = 0.6
EXPIRED_S = 13.0  # longer than any lease lasts
TRIES = ("callback_own", "draft", "deliver", "confirm", "callback")
"""What a process that does not know that the call is elsewhere goes on with."""

Kind = Literal["barge", "kill", "freeze"]


@dataclass(frozen=True, slots=True)
class Stop:
    """What happens at the `gate`-th gate of a turn, or after it when it has fewer."""

    kind: Kind
    gate: int
    tail_lost: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One caller turn. `hears`: how many sentences of the answer the caller lets finish; `early`: began before."""

    words: str = ""
    keys: str = ""
    hears: int = 99
    early: bool = False
    confidence: float = 0.9


@dataclass(slots=True)
class Reading:
    """A read-back as it was spoken."""

    tool: str
    order_id: str
    facts: tuple[str, ...]
    heard: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(self.facts)


class Call:
    """One call; every method is synchronous and runs on the world's loop."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.id, self.phones = world.begin()
        self.size = SIZES[world.calls % len(SIZES)]
        self.disk = Disk()
        self.yeses: list[Reading] = []
        self.stops: list[Stop] = []
        self.stopped: list[str] = []  # kind and gate of everything that was stopped
        self.frozen: list[Owner] = []
        self.over = False
        self.sent_late: list[str] = []  # keys of requests of processes that did not have the call any more
        self.owner: Owner
        self._brains: dict[str, RandomBrain] = {}
        self._clock = NOW
        self._reading: Reading | None = None
        self._readings: dict[tuple[int, int], Reading] = {}  # by the place of their notes
        self._owners = self._turns = self._sentences = 0
        self._hears = 99
        world.run(self._begin())

    @property
    def processes(self) -> int:
        """How many had the call, one after another."""
        return self._owners

    def now(self) -> float:
        """The time of call, lease and breaker."""
        return self._clock

    def turn(self, said: Said, wishes: Sequence[Wish] = (), *, offline: bool = False) -> None:
        """One caller turn and its answer, stopped as `stops` says."""
        if not self.over:
            self.world.run(self._turn(said, list(wishes), offline))

    def replace(self, *, frozen: bool) -> None:
        """Another process takes the call over between two turns."""
        if not self.over:
            self.world.run(self._replace(frozen))

    def thaw(self) -> None:
        """The oldest frozen process goes on, not knowing what happened meanwhile."""
        if self.frozen:
            self.world.run(self._thaw(self.frozen.pop(0)))

    def finish(self) -> None:
        """Everybody who still runs goes on, the store is well again, the caller is gone; all is settled."""
        self.world.trouble([])
        self.stops.clear()
        while self.frozen:
            self.thaw()
        self.world.run(self._finish())

    async def _begin(self) -> None:
        await self._succeed(())
        self.owner.journal.append(Announced(self.phones[0], None, None, None))
        self.owner.journal.append(Connected("w0", 8000))
        await self._greet(resumed=False)

    async def _succeed(self, dead: Sequence[str]) -> None:
        self._owners += 1
        name = f"{self.id[:8]}-{self._owners}"
        owner = await take_call(name, self.id, self.disk, self.world.valkey_url, clock=self.now, dead=dead)
        self.world.fresh_breaker(self.now)
        brain = self._brains[name] = RandomBrain(self.size, self.phones)
        owner.shop = GatedShop(self.world.shop, owner.gates, self.world.catalogue)
        owner.agent = AgentRuntime(
            owner.gated_journal, load_catalogue(), owner.shop, AgentSettings(), clock=self.now, brain=brain
        )
        self.owner = owner

    async def _greet(self, *, resumed: bool) -> None:
        owner = self.owner
        owed = resumption(owner.journal.entries, owner.journal.epoch) if resumed else None
        await self._run(owner, lambda: self._play(owner, opening(owner.agent, owed)))

    async def _turn(self, said: Said, wishes: list[Wish], offline: bool) -> None:
        owner = self.owner
        await owner.leases.renew()
        if owner.agent.view.transferred:  # nobody answered at the operators'
            owner.journal.append(Ended("transfer"))
            await self._run(owner, lambda: self._play(owner, owner.agent.greet(resumed=True)))
            return
        self._turns += 1
        self._clock += 2
        self._hears = said.hears
        if self._agrees(said) and self._reading is not None:
            self.yeses.append(self._reading)
        started = self._clock - NOW - (60 if said.early else 0)
        for key in said.keys:
            owner.journal.append(KeyPressed(key))
        owner.journal.append(
            CallerSaid(self._turns, said.words, said.confidence, round(started * 1000), 0, keys=said.keys)
        )
        brain = self._brains[owner.name]
        brain.wishes, brain.offline = wishes, offline
        heard = Heard(self._turns, said.words, said.confidence, keys=said.keys)
        await self._run(owner, lambda: self._play(owner, owner.agent.respond(heard)))

    def _agrees(self, said: Said) -> bool:
        reading = self._reading
        plain = said.words in PLAIN_YES and said.confidence >= SURE and not said.early and not said.keys
        keyed = said.keys == "1" and not said.words
        return reading is not None and reading.heard >= set(reading.facts) and (plain or keyed)

    async def _run(self, owner: Owner, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do it, unless it is stopped on the way; then somebody else goes on, if anybody must."""
        stop = self.stops.pop(0) if self.stops else None
        if stop is None:
            await work()
            owner.spool.flush()
            return
        owner.gates.arm(stop.gate)
        task = owner.task = asyncio.ensure_future(work())
        stopped = asyncio.ensure_future(owner.gates.reached.wait())
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        self.stopped.append(f"{stop.kind} {'after the turn' if task.done() else owner.gates.name}")
        if task.done():
            owner.gates.open()
        if stop.kind == "barge":
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            owner.gates.open()
            owner.task = None
            await asyncio.sleep(0)
            owner.spool.flush()
        elif stop.kind == "kill":
            await owner.die(tail_lost=stop.tail_lost)
            await self._succeed([owner.name])
            await self._greet(resumed=True)
        else:
            await self._leave_frozen(owner)

    async def _leave_frozen(self, owner: Owner) -> None:
        self.frozen.append(owner)
        self._clock += EXPIRED_S
        self.world.expire_lease(self.id)
        await self._succeed(())
        await self._greet(resumed=True)

    async def _replace(self, frozen: bool) -> None:
        owner = self.owner
        if frozen:
            await self._leave_frozen(owner)
            return
        await owner.die(tail_lost=False)
        await self._succeed([owner.name])
        await self._greet(resumed=True)

    async def _thaw(self, owner: Owner) -> None:
        before = len(owner.shop.sent)
        owner.gates.open()
        wishes = [Wish(what) for what in TRIES]
        self._brains[owner.name].wishes += wishes
        with contextlib.suppress(JournalError):
            if owner.task is not None:
                await owner.task
            await self._play(owner, owner.agent.respond(Heard(self._turns, "так")))
            await owner.agent.end("caller_hangup")
        self.sent_late += owner.shop.sent[before:]
        owner.spool.flush()
        await owner.die(tail_lost=False)

    async def _finish(self) -> None:
        owner = self.owner
        await owner.die(tail_lost=False)
        await self._succeed([owner.name])
        try:
            await self.owner.agent.end("caller_hangup")
        finally:
            await self.owner.die(tail_lost=False)

    async def _play(self, owner: Owner, acts: Any) -> None:
        """Speak what an agent says; only of the process that has the call anything is heard."""
        async with contextlib.aclosing(acts):
            number = 0
            async for act in acts:
                await owner.gates.passing("between two acts")
                self._act(owner, act, number)
                number += 1
        if owner is self.owner:
            owner.journal.append(Answered(self._turns, "goodbye" if self.over else ""))

    def _act(self, owner: Owner, act: Act, number: int) -> None:
        if owner is not self.owner:
            return
        match act:
            case Say():
                self._sentences += 1
                self._clock += 0.5
                self._notice(owner)
                whole = number < self._hears
                spoken = Speaking(self._turns, self._sentences, act.text, act.text)
                owner.journal.append(spoken)
                owner.journal.append(Spoken(self._sentences, 50 if whole else 3, whole, 50))
                if whole and self._reading is not None and act.text in self._reading.facts:
                    self._reading.heard.add(act.text)
            case Transfer():
                owner.journal.append(TransferRequested(act.reason, ""))
            case HangUp():
                self.over = True

    def _notice(self, owner: Owner) -> None:
        """The read-back that the process speaks of."""
        made = [
            e for e in owner.journal.entries if isinstance(e.event, Noted) and e.event.what == "read_back"
        ]
        if not made:
            return
        place, event = (made[-1].epoch, made[-1].seq), made[-1].event
        if place not in self._readings:
            data = event.data if isinstance(event, Noted) else {}
            order = owner.agent.view.orders.get(str(data["args"].get("order")), {})
            self._readings[place] = Reading(data["tool"], str(order.get("id", "")), tuple(data["facts"]))
        # after a take-over the one before, when the newest was not written
        self._reading = self._readings[place]
