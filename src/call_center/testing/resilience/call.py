"""One order by voice through a real PBX, with deaths at their moments.

The caller is a SIP telephone; it is never told that a process died. What a death cost is measured at its ear: from the
kill to the next sound of the agent. Nothing here judges.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from call_center.core.journal import events as ev
from call_center.testing.caller.line import from_pcm, telephone, to_pcm
from call_center.testing.caller.voice import AnatolVoice
from call_center.testing.resilience.moments import SLOW_MS, Kill, Moment
from call_center.testing.resilience.person import Attention, Wish
from call_center.testing.resilience.spools import CallTail
from call_center.testing.resilience.store import TestStore
from call_center.testing.sip.agent import SipAgent
from call_center.testing.sip.g711 import Pcm

POLL_S = 0.02
CALL_S = 300.0
BACK_S = 30.0  # silence after a kill that ends the attempt to measure it
NOTICES_S = 0.3  # how soon a caller stops who hears that the agent speaks
NOISE_RMS = 0.001
EDGE = 1_200  # samples


@dataclass(slots=True)
class Death:
    """A kill that happened. Times are monotonic seconds; `epoch` is that of the dead process's entries."""

    kill: Kill
    epoch: int
    at: float
    back_at: float | None = None

    @property
    def gap_s(self) -> float | None:
        """From the kill to the next sound of the agent at the caller's ear."""
        return None if self.back_at is None else self.back_at - self.at


@dataclass(slots=True)
class OrderCall:
    """What happened in a call. `trouble` is why it did not come to its end, "" when it did."""

    number: str
    wish: Wish
    deaths: list[Death] = field(default_factory=list)
    entries: list[ev.Entry] = field(default_factory=list)
    trouble: str = ""
    ended_by: str = ""
    seconds: float = 0.0


async def speech(wish: Wish, *more: str) -> dict[str, Pcm]:
    """All that the person may say, and `more`, as it arrives from a telephone."""
    texts = [reply.words for reply in wish.replies().values() if reply.words]
    async with AnatolVoice() as voice:
        return {text: over_the_line(await voice.speak(text)) for text in (*texts, *more)}


def over_the_line(pcm: bytes) -> Pcm:
    """8 kHz PCM in the telephone band with line noise, cut to the sound and `EDGE` of soft onset around it."""
    signal = from_pcm(pcm)
    loud = np.flatnonzero(np.abs(signal) > 0.02)
    sound = signal[max(0, loud[0] - EDGE) : loud[-1] + EDGE]
    return np.frombuffer(to_pcm(telephone(sound, NOISE_RMS)), np.int16)


class Caller:
    """Places one order. `strike(pid)` does to the worker what the test is about."""

    def __init__(
        self,
        agent: SipAgent,
        spool: Path,
        store: TestStore,
        said: Mapping[str, Pcm],
        strike: Callable[[int], None],
        *,
        wish: Wish,
        kills: Sequence[Kill] = (),
        seed: int = 0,
        spare: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._agent, self._store, self._said, self._strike = agent, store, said, strike
        self._replies = wish.replies()
        self._kills = list(kills)
        self._spare = spare
        self._chance = random.Random(seed)  # noqa: S311  repeatable pauses
        self._attention = Attention()
        self._tail = CallTail(spool, agent.user, self._attention.take)
        self._wall = time.time() - time.monotonic()
        self.call = OrderCall(agent.user, wish, entries=self._tail.entries)

    @property
    def call_id(self) -> str:
        """The call's id, "" before it was announced."""
        return self._tail.call_id

    async def run(self, uri: str) -> OrderCall:
        """Ring, order, hear the goodbye."""
        began = time.monotonic()
        following = asyncio.create_task(self._follow())
        try:
            async with asyncio.timeout(CALL_S):
                await self._agent.call(uri)
                while await self._question():
                    await self._turn()
        except TimeoutError:
            self.call.trouble = f"no end in time; last asked: {self._attention.slot or 'nothing'}"
        except LookupError as error:
            self.call.trouble = str(error)
        finally:
            following.cancel()
        await asyncio.sleep(0.3)  # the last lines are on their way to the disk
        self._tail.poll()
        if self._kills and not self.call.trouble:
            self.call.trouble = f"never came to {self._kills[0].moment}"
        self.call.ended_by = self._agent.ended_by
        self.call.seconds = round(time.monotonic() - began, 1)
        return self.call

    async def _follow(self) -> None:
        while True:
            self._tail.poll()
            await asyncio.sleep(POLL_S)

    async def _until(self, condition: Callable[[], bool]) -> bool:
        """Wait for a fact of the journal; False when the call ended before."""
        while not condition():
            if self._agent.ended.is_set():
                return False
            await asyncio.sleep(POLL_S)
        return True

    async def _question(self) -> bool:
        """Wait until the agent has asked something and finished; False at the end of the call."""
        if not await self._until(lambda: self._attention.due):
            return False
        heard = self._agent.heard.last_sound()
        if heard is None or heard < self._attention.asked_at - self._wall:
            raise LookupError(f"asked for {self._attention.slot} without a sound")
        return True

    async def _turn(self) -> None:
        slot = self._attention.slot
        kill = self._kills[0] if self._kills and self._kills[0].slot == slot else None
        if kill is not None and self._spare is not None:
            await self._spare()
        if kill is not None and kill.slow is not None:
            await asyncio.to_thread(self._store.slow, kill.slow.method, kill.slow.path, SLOW_MS)
        if kill is not None and kill.moment is Moment.LISTENING and not (kill.mid_speech or kill.mid_keys):
            await self._die(kill)
            return
        await asyncio.sleep(self._chance.uniform(0.15, 0.4))
        if not self._attention.due or self._attention.slot != slot:
            return  # the agent went on speaking
        self._attention.answer()
        reply = self._replies.get(slot)
        if reply is None:
            raise LookupError(f"asked for {slot}, to which the person has no answer")
        if kill is not None and kill.mid_speech:
            self._agent.play(self._said[reply.words])
            await self._die(kill)
            return
        if kill is not None and kill.mid_keys:
            await self._die_between(kill, reply.keys)
            return
        if reply.words:
            _, ended = await self._agent.say(self._said[reply.words])
        else:
            await self._agent.press(reply.keys)
            ended = time.monotonic()
        if kill is not None:
            await self._reach(kill, ended)
            await self._die(kill)

    async def _die_between(self, kill: Kill, keys: str) -> None:
        half = len(keys) // 2
        await self._agent.press(keys[:half])
        rest = asyncio.create_task(self._press_later(kill.delay_s, keys[half:]))
        try:
            await self._die(kill)
        finally:
            await rest

    async def _press_later(self, seconds: float, keys: str) -> None:
        await asyncio.sleep(seconds)
        await self._agent.press(keys)

    async def _reach(self, kill: Kill, ended: float) -> None:
        """Wait until the call is in the state in which the worker is to die."""
        match kill.moment:
            case Moment.SPEAKING:
                await self._agent.media.wait_sound(BACK_S, after=ended)
            case Moment.TOOL if kill.slow is not None:
                tool = kill.slow.tool
                await self._until(lambda: self._in_flight(tool))
            case Moment.READ_BACK:
                await self._until(self._reading_back)
                await self._agent.media.wait_sound(BACK_S)
            case _:
                pass

    def _in_flight(self, tool: str) -> bool:
        events = [entry.event for entry in self._tail.entries]
        done = {event.intent for event in events if isinstance(event, ev.ToolAnswered)}
        asked = {e.intent for e in events if isinstance(e, ev.ToolIntended) and e.tool == tool}
        return bool(asked - done)

    def _reading_back(self) -> bool:
        return any(isinstance(e.event, ev.Noted) and e.event.what == "read_back" for e in self._tail.entries)

    async def _die(self, kill: Kill) -> None:
        await asyncio.sleep(kill.delay_s)
        self._kills.remove(kill)
        self._tail.poll()
        death = Death(kill, self._attention.epoch, time.monotonic())
        self._strike(self._tail.pid)
        self.call.deaths.append(death)
        attention = self._attention
        if not await self._until(lambda: attention.epoch > death.epoch and attention.spoke_at > 0):
            raise LookupError(f"the call ended after the kill: {kill.moment}")
        try:  # not what the dead process had sent
            death.back_at = await self._agent.media.wait_sound(BACK_S, after=attention.spoke_at - self._wall)
        except TimeoutError:
            raise LookupError(f"silence for {BACK_S:.0f} s after the kill: {kill.moment}") from None
        if kill.mid_speech:
            await asyncio.sleep(NOTICES_S)
            self._agent.media.be_quiet()
