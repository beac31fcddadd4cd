"""One call over any number of processes in virtual time: real sessions and agents, a shop in memory, a disk of entries.

A process dies right after an entry, right after an effect at the shop, or while the caller speaks: whatever it does
then is neither written nor heard nor does the shop get it. The next one has the disk and nothing else. The caller
answers what was asked and heard to its end, by the journal of the process that has the call, and is told of nothing:
he goes on with the keys that he was pressing, and says nothing again unless he is asked. `wrong` compares with the call
in which nobody died.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from tests.unit.agent.shelf import ShelfShop

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.offline import OfflineBrain
from call_center.agent.phrases import SESSION_PHRASES
from call_center.agent.runtime import AgentRuntime
from call_center.core.journal import Journal
from call_center.core.journal import events as ev
from call_center.core.journal.spool import Written
from call_center.core.ports import CallInfo, Expected, Hypothesis
from call_center.core.session import Session
from call_center.testing.memory_call import PHRASES
from call_center.testing.memory_line import MemoryLine
from call_center.testing.resilience.person import Attention, Reply
from call_center.testing.scripted import ScriptedVoice
from call_center.testing.virtual_loop import run_virtual
from call_center.understanding import load_catalogue

CALLER = "+380990001234"
NOW = datetime.fromisoformat("2026-11-23T10:30:00+02:00").timestamp()
GAP_S = 0.2  # from a death to the next connection
TICK_MS = 20
THINKS_MS = 300.0
SPEAKS_MS = 400.0
KEY_MS = 100.0
MOST_S = 400.0


Kind = Literal["entry", "effect", "speech"]


@dataclass(frozen=True, slots=True)
class Death:
    """After the `place`-th entry or effect of the call, or in its `place`-th spoken reply; counted from 1.

    `lost`: so many of the newest entries had not reached the disk, but never one that was written durably.
    """

    place: int
    kind: Kind = "entry"
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: of a sentence; before the voice has its first sound, the shop answers, the brain goes on."""

    sentence: float = 0.4
    voice: float = 0.0
    shop: float = 0.0
    brain: float = 0.0  # between two outputs, as a model streams


FAST = Pace()
STREAMED = Pace(0.4, brain=0.3)
SLOW = Pace(2.2, 0.3, 0.9)  # checkpoints in every sentence, fillers before every answer of the shop


class SlowBrain(OfflineBrain):
    """Thinks for `seconds` before everything that it says or does."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def respond(self, turn: Turn) -> AsyncIterator[Output]:
        """One round of the turn."""
        async for output in super().respond(turn):
            if self._seconds and not isinstance(output, Note):
                await asyncio.sleep(self._seconds)
            yield output


class SlowShop(ShelfShop):
    """Answers after `seconds`; a request takes effect half-way."""

    seconds = 0.0

    def __getattribute__(self, name: str) -> Any:
        """Every request of the `Shop` waits."""
        found = super().__getattribute__(name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def late(*args: Any, **named: Any) -> Any:
            await asyncio.sleep(self.seconds / 2)
            answer = await found(*args, **named)
            await asyncio.sleep(self.seconds / 2)
            return answer

        return late if self.seconds else found


@dataclass(slots=True)
class Record:
    """What came of a call. `heard`: sentences played to their end, as (epoch, text), fillers left out."""

    entries: list[ev.Entry] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    ended: str = ""
    shop: SlowShop = field(default_factory=SlowShop)

    @property
    def told(self) -> list[tuple[ev.Entry, ev.Speaking]]:
        """Sentences handed to the voice, fillers left out."""
        return [(e, e.event) for e in self.entries if isinstance(e.event, ev.Speaking) and not e.event.filler]

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
        self._durable = len(call.record.entries)

    def put(self, entry: ev.Entry, written: Written | None = None) -> None:
        """The disk."""
        if self.dead:
            return
        self._call.record.entries.append(entry)
        self._call.attention.take(entry)
        if written is not None:
            written(None)
            self._durable = len(self._call.record.entries)
        self._call.meet("entry", len(self._call.record.entries))

    def die(self, lost: int) -> None:
        """From now on nothing comes of it."""
        self.dead = True
        entries = self._call.record.entries
        del entries[max(self._durable, len(entries) - lost) :]


class KilledCall:
    """Call with `deaths`; the caller says `replies` to what is asked."""

    def __init__(
        self,
        replies: Mapping[str, Reply | Sequence[Reply]],
        deaths: Sequence[Death] = (),
        prepare: Callable[[ShelfShop], None] = lambda shop: None,
        *,
        pace: Pace = FAST,
    ) -> None:
        self._pace = pace
        self._replies = {s: [r] if isinstance(r, Reply) else list(r) for s, r in replies.items()}
        self._deaths = list(deaths)
        self.record = Record()
        self.attention = Attention()
        self._process = _Process(self)
        self._spoken = 0
        self._pressing = ""  # keys that the caller has not come to
        self._clock = NOW
        shop = self.record.shop
        prepare(shop)
        shop.effects = _Effects(self._effect)
        shop.done = _Effects(self._effect)
        shop.before = self._entering
        shop.seconds = pace.shop

    def meet(self, kind: Kind, place: int) -> None:
        """Let the process die here if it is to; every death happens once."""
        if self._deaths and (self._deaths[0].kind, self._deaths[0].place) == (kind, place):
            self._process.die(self._deaths.pop(0).lost)

    def run(self) -> Record:
        """Until the agent has ended the call, over as many processes as it takes."""
        epoch = 1
        while not run_virtual(self._live(epoch)):
            epoch += 1
            assert epoch < 20
        return self.record

    def _entering(self, name: str) -> None:
        """A request reaches the shop, unless its process is dead."""
        if self._process.dead:
            raise asyncio.CancelledError

    def _effect(self, name: str) -> None:
        self.record.effects.append(name)
        self.meet("effect", len(self.record.effects))
        self._entering("the answer")

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
            voice=ScriptedVoice(self._pace.sentence, wait_s=self._pace.voice),
            conversation=AgentRuntime(
                journal,
                load_catalogue(),
                self.record.shop,
                clock=clock,
                brain=SlowBrain(self._pace.brain),
            ),
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
        reply = lines[min(answers(self.record).count(slot), len(lines) - 1)]
        if reply.words:
            ears.words = reply.words
            await line.speak(SPEAKS_MS)
            self._spoken += 1
            self.meet("speech", self._spoken)
        self._pressing = reply.keys
        await self._press(process, line)

    async def _press(self, process: _Process, line: MemoryLine) -> None:
        while self._pressing and not process.dead:
            await line.quiet(KEY_MS)
            key, self._pressing = self._pressing[0], self._pressing[1:]
            line.key(key)


def deaths(record: Record, kinds: Sequence[Kind] = ("entry", "effect", "speech")) -> list[Death]:
    """Every death that a call may meet, but for those before it was announced and after its end."""
    speeches = sum(isinstance(e.event, ev.CallerSaid) and bool(e.event.text) for e in record.entries)
    most = {"entry": len(record.entries) - 1, "effect": len(record.effects), "speech": speeches}
    first = {"entry": 2, "effect": 1, "speech": 1}
    return [Death(place, kind) for kind in kinds for place in range(first[kind], most[kind] + 1)]


def wrong(calm: Record, killed: Record) -> list[str]:
    """How a call in which processes died differs, for caller and shop, from the calm one; empty when all is well.

    Allowed beside the bridging phrases: a question that is put once more because its answer died with the process.
    """
    found = []
    if killed.ended != calm.ended:
        found.append(f"it ended with {killed.ended!r}")
    if killed.effects != calm.effects:
        found.append(f"effects at the shop: {killed.effects}")
    wanted = [text for _, text in calm.heard]
    heard = [text for _, text in killed.heard if text != SESSION_PHRASES.resumed]
    if list(dict.fromkeys(heard)) != list(dict.fromkeys(wanted)):
        found += [f"not heard: {text}" for text in wanted if text not in heard]
        found += [f"not to be said: {text}" for text in dict.fromkeys(heard) if text not in wanted]
        found = found or [f"in another order: {heard}"]
    again = (Counter(heard) - Counter(wanted)).elements()
    found += [f"said twice: {text}" for text in again if text not in outstanding(killed)]
    slots = Counter(answers(killed)) - Counter(answers(calm))
    found += [f"answered twice: {slot}" for slot in slots]
    events = [e.event for e in killed.entries]
    if any(isinstance(e, ev.TurnFailed) for e in events):
        found.append("a turn failed")
    if any(isinstance(e, ev.CallerSilent) for e in events) > any(
        isinstance(e.event, ev.CallerSilent) for e in calm.entries
    ):
        found.append("the caller was left waiting")
    return found


def outstanding(record: Record) -> set[str]:
    """The questions that waited for an answer when processes died."""
    found = set()
    for place, entry in enumerate(record.entries):
        if isinstance(entry.event, ev.Connected) and entry.event.resumed:
            asked = [t.text for e, t in record.told if e.epoch < entry.epoch and t.question is not None]
            said = [e for e in record.entries[:place] if isinstance(e.event, ev.CallerSaid | ev.Speaking)]
            if asked and said and isinstance(said[-1].event, ev.Speaking):
                found.add(asked[-1])
    return found


def answers(record: Record) -> list[str]:
    """The slots that a turn of the caller answered, as the journal has it."""
    slot, found = "", []
    for entry in record.entries:
        match entry.event:
            case ev.Speaking(filler=False, slot=asked) if asked is not None:
                slot = asked
            case ev.CallerSaid():
                found.append(slot)
            case _:
                pass
    return found
