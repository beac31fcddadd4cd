"""One call over any number of processes in virtual time: real sessions and agents, a shop in memory, a disk of entries.

A process dies right after it wrote its n-th entry, or right after its n-th effect at the shop reached it: whatever it
does then is neither written nor heard nor does the shop get it. The next one has the disk and nothing else. The caller
answers what was asked and heard to its end, by the journal of the process that has the call, and is told of nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.unit.agent.shelf import ShelfShop

from call_center.agent.runtime import AgentRuntime
from call_center.core.journal import Journal
from call_center.core.journal import events as ev
from call_center.core.journal.spool import Written
from call_center.core.ports import CallInfo, Expected, Hypothesis
from call_center.core.session import Session
from call_center.errors import StoreError
from call_center.testing.memory_call import PHRASES
from call_center.testing.memory_line import MemoryLine
from call_center.testing.resilience.person import Attention, Reply
from call_center.testing.scripted import ScriptedVoice
from call_center.testing.virtual_loop import run_virtual
from call_center.understanding import load_catalogue

CALLER = "+380990001234"
NOW = datetime.fromisoformat("2026-11-23T10:30:00+02:00").timestamp()
GAP_S = 0.2  # from a death to the next connection
SENTENCE_S = 0.4
TICK_MS = 20
THINKS_MS = 300.0
SPEAKS_MS = 400.0
KEY_MS = 100.0
MOST_S = 400.0


@dataclass(frozen=True, slots=True)
class Death:
    """After the `place`-th entry of the call, or the `place`-th effect at the shop; counted from 1."""

    place: int
    effect: bool = False


@dataclass(slots=True)
class Record:
    """What came of a call. `heard`: sentences played to their end, as (epoch, text), fillers left out."""

    entries: list[ev.Entry] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    ended: str = ""
    shop: ShelfShop = field(default_factory=ShelfShop)
    answers: list[str] = field(default_factory=list)  # slots that the caller answered, in order
    failed: list[str] = field(default_factory=list)

    @property
    def told(self) -> list[tuple[ev.Entry, ev.Speaking]]:
        """Sentences handed to the voice, fillers left out."""
        return [
            (e, e.event) for e in self.entries if isinstance(e.event, ev.Speaking) and not e.event.filler
        ]

    @property
    def heard(self) -> list[tuple[int, str]]:
        """Sentences played to their end, in order, with the process that spoke them."""
        whole = {
            (e.epoch, e.event.sentence)
            for e in self.entries
            if isinstance(e.event, ev.Spoken) and e.event.complete
        }
        return [(e.epoch, told.text) for e, told in self.told if (e.epoch, told.sentence) in whole]


class _Effects(list[str]):
    """Effects of a shop; `added` is told of every one."""

    def __init__(self, added: Callable[[str], None]) -> None:
        super().__init__()
        self._added = added

    def append(self, name: str) -> None:
        """Note one."""
        super().append(name)
        self._added(name)


class _Ears:
    """Recognises what the caller is made to say."""

    def __init__(self) -> None:
        self.words = ""
        self._fed = 0
        self._tell: Callable[[Hypothesis], None] = lambda hypothesis: None

    def open(self, rate: int, on_hypothesis: Callable[[Hypothesis], None]) -> _Ears:
        """One call at a time."""
        self._tell = on_hypothesis
        return self

    def feed(self, pcm: bytes) -> None:
        """Count."""
        self._fed += len(pcm) >> 1

    def decode(self, expected: Expected) -> None:
        """All of it, at once."""
        asyncio.get_running_loop().call_soon(self._tell, Hypothesis(self.words, self._fed, 0.9))

    def reset(self) -> None:
        """Forget."""
        self._fed = 0

    def close(self) -> None:
        """Nothing is held."""


class _Process:
    """The session of one epoch; dead at once when `deaths` says so."""

    def __init__(self, call: KilledCall) -> None:
        self._call = call
        self.dead = False
        self.entries: list[ev.Entry] = []

    def put(self, entry: ev.Entry, written: Written | None = None) -> None:
        """The disk."""
        if self.dead:
            return
        self._call.record.entries.append(entry)
        self._call.attention.take(entry)
        if written is not None:
            written(None)
        if self._call.dies(len(self._call.record.entries), effect=False):
            self.dead = True

    def entering(self, name: str) -> None:
        """A request leaves, unless the process is dead."""
        if self.dead:
            raise StoreError("the process is dead", code="connection_lost")


class KilledCall:
    """Call with `deaths`; the caller says `replies` to what is asked."""

    def __init__(
        self,
        replies: Mapping[str, Reply | Sequence[Reply]],
        deaths: Sequence[Death] = (),
        prepare: Callable[[ShelfShop], None] = lambda shop: None,
    ) -> None:
        self._replies = {s: [r] if isinstance(r, Reply) else list(r) for s, r in replies.items()}
        self._deaths = list(deaths)
        self.record = Record()
        self.attention = Attention()
        self._process = _Process(self)
        self._pressing = ""  # keys that the caller has not come to
        self._clock = NOW
        shop = self.record.shop
        prepare(shop)
        shop.effects = _Effects(self._effect)
        shop.done = _Effects(self._effect)
        shop.before = lambda name: self._process.entering(name)

    def dies(self, place: int, *, effect: bool) -> bool:
        """Whether the process dies here; every death happens once."""
        if self._deaths and self._deaths[0] == Death(place, effect):
            self._deaths.pop(0)
            return True
        return False

    def run(self) -> Record:
        """Until the agent has ended the call, over as many processes as it takes."""
        epoch = 1
        while not run_virtual(self._live(epoch)):
            epoch += 1
            assert epoch < 20
        return self.record

    def _effect(self, name: str) -> None:
        self.record.effects.append(name)
        if self.dies(len(self.record.effects), effect=True):
            self._process.dead = True
            raise StoreError("the process is dead", code="connection_lost")

    async def _live(self, epoch: int) -> bool:
        """One process; whether the call has ended in it."""
        process = self._process = _Process(self)
        loop = asyncio.get_running_loop()
        base = self._clock - loop.time()

        def clock() -> float:
            return base + loop.time()

        line = MemoryLine()
        journal = Journal("call-1", epoch, process, earlier=list(self.record.entries), now=clock)
        if epoch == 1:
            journal.append(ev.Announced(CALLER, None, None, None))
        ears = _Ears()
        session = Session(
            line,
            CallInfo("call-1", CALLER, attempt=epoch, resumed=epoch > 1),
            ears=ears,
            voice=ScriptedVoice(SENTENCE_S, cached=False),
            conversation=AgentRuntime(journal, load_catalogue(), self.record.shop, clock=clock),
            journal=journal,
            phrases=PHRASES,
        )
        session.start()
        line.attach(session)
        deadline = loop.time() + MOST_S
        since = 0.0
        await self._press(process, line)
        while not process.dead and line.closed_at is None:
            if loop.time() > deadline:
                self.record.ended = f"no end in time; asked {self.attention.slot}"
                break
            since = since + TICK_MS if self.attention.due else 0.0
            if since >= THINKS_MS:
                since = 0.0
                await self._reply(process, line, ears)
            else:
                await line.quiet(TICK_MS)
        self._clock = clock() + GAP_S
        if process.dead:
            return False
        if line.closed_at is not None:
            await session.wait_closed()
            self.record.ended = self.record.ended or (self.attention.ended or "")
        return True

    async def _reply(self, process: _Process, line: MemoryLine, ears: _Ears) -> None:
        slot = self.attention.slot
        lines = self._replies.get(slot)
        if lines is None:
            self.record.ended = f"asked for {slot}, to which there is no answer"
            line.close()
            return
        self.attention.answer()
        reply = lines[min(self.record.answers.count(slot), len(lines) - 1)]
        self.record.answers.append(slot)
        if reply.words:
            ears.words = reply.words
            await line.speak(SPEAKS_MS)
        self._pressing = reply.keys
        await self._press(process, line)

    async def _press(self, process: _Process, line: MemoryLine) -> None:
        while self._pressing and not process.dead:
            await line.quiet(KEY_MS)
            key, self._pressing = self._pressing[0], self._pressing[1:]
            line.key(key)
