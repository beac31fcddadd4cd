"""One scenario's call by voice: the caller rings, hears, answers, is cut off and rings again, as a person would.

The caller hears what was played at its socket (`testing.caller`); what the agent did is read in the spool. Keys go as
DTMF, an empty answer is silence, `cuts` is speech over the agent, and the worker is killed with SIGKILL a second into
its answer to the turn that the scenario names. Raises `ConfigError` when nobody takes the call.
"""

from __future__ import annotations

import asyncio
import os
import signal
from uuid import UUID

import httpx2

from call_center.core.journal.events import (
    CallerSaid,
    CallerSilent,
    Ended,
    Entry,
    Event,
    KeyPressed,
    Speaking,
    Spoken,
    ToolAnswered,
    TransferRequested,
)
from call_center.errors import ConfigError
from call_center.stt.gates import words
from call_center.testing.caller.attention import Attention
from call_center.testing.caller.dialplan import Dialplan
from call_center.testing.caller.heard import HeardText
from call_center.testing.caller.synthetic import CallReport, Keys, Manner, Speak, SyntheticCaller
from call_center.testing.demo.journal_tail import JournalTail
from call_center.testing.demo.system import SECRET, DemoSystem
from call_center.testing.simulator.arena import TestPort
from call_center.testing.simulator.caller import Caller
from call_center.testing.simulator.faults import store_faults
from call_center.testing.simulator.play import KEYS, MAX_TURNS, Outcome
from call_center.testing.simulator.scenario import Scenario
from call_center.testing.simulator.telling import ended_by, turns_of

MANNER = Manner(most_turns=MAX_TURNS, patience_s=15.0)
KILL_AFTER_S = 1.0
SETTLED_S = 5.0


class VoiceCall:
    """Plays once; `outcome` is everything said and done."""

    def __init__(
        self, scenario: Scenario, system: DemoSystem, port: TestPort, speak: Speak, seed: int = 1
    ) -> None:
        self._scenario, self._system, self._port, self._speak, self._seed = (
            scenario, system, port, speak, seed,
        )  # fmt: skip
        self._caller = Caller(scenario)
        self._later = store_faults(scenario)[1]
        self._kill_after = scenario.faults.get("kill_worker_after_turn")
        self._kill_armed = False
        self.outcome = Outcome(by_voice=True)
        self._heard: HeardText | None = None
        self._attention = Attention()
        self._complete: list[str] = []  # sentences of the agent's turn that were played to the end
        self._texts: dict[int, str] = {}
        self._tasks = asyncio.TaskGroup()

    async def run(self) -> None:
        """Ring, talk until the call is over, and collect what happened in `outcome`."""
        dialplan = Dialplan(self._system.api, SECRET, self._scenario.caller.number or "")
        tail = JournalTail(self._system.spool, str(dialplan.call_id), self._entry)
        async with self._tasks as tasks:
            following = tasks.create_task(tail.follow())
            try:
                await self._connections(dialplan)
                await dialplan.ended()
                await self._settled(tail)
            finally:
                following.cancel()
        entries = {(e.epoch, e.seq): e for e in tail.entries}
        outcome = self.outcome
        outcome.journal = [entries[key] for key in sorted(entries)]
        outcome.agent = turns_of(outcome.journal)
        outcome.ended = ended_by(outcome.journal)
        outcome.changes = await self._port.changes()

    async def _connections(self, dialplan: Dialplan) -> None:
        """One connection after another, until a side hangs up or a person has the call."""
        while True:
            ticket, address = await dialplan.announce()
            report = await self._connection(ticket, address)
            if report.ended == "hangup":
                self._tell("  [the caller hangs up]")
                return
            step = await dialplan.next()
            if step != "again":
                return
            self._tell("  [the connection broke, the call comes back]")

    async def _connection(self, ticket: UUID, address: tuple[str, int]) -> CallReport:
        caller = SyntheticCaller(address, ticket, self._speak, self._decide, manner=MANNER, seed=self._seed)
        self._heard = HeardText(lambda: caller.leg.ear.loud_frames)
        self._attention = Attention()
        caller.what_was_heard = self._heard.take
        caller.expects_more = self._attention.expects_more
        if any(answer.cuts for answer in self._scenario.answers):
            caller.cuts_in = self._cuts_in
        return await caller.run()

    async def _settled(self, tail: JournalTail) -> None:
        """Wait until the call's last words are on the disk and no unconfirmed draft is left, but not for ever."""

        def over() -> bool:
            tail.poll()
            return any(isinstance(e.event, Ended) for e in tail.entries)

        async def no_draft() -> bool:
            orders = (await self._port.changes()).get("orders", ())
            return not any(order["status"] == "draft" for order in orders)

        deadline = asyncio.get_running_loop().time() + SETTLED_S
        while asyncio.get_running_loop().time() < deadline:
            if over() and await no_draft():
                break
            await asyncio.sleep(0.2)
        await asyncio.sleep(0.3)  # what the taking back of a draft wrote

    # --- the caller's side

    def _decide(self, heard: str) -> str | Keys | None:
        reply = self._caller.reply(self._so_far() if self._cuts_in() else heard)
        self._complete.clear()
        if reply is None:
            return None
        said = self.outcome.caller
        said.append(reply)
        turn = len(said)
        if turn in self._later:
            self._tasks.create_task(self._port.faults(self._later[turn]))
        self._tell(f"- {reply}" if reply.strip() else "- (silence)")
        if not reply.strip():
            return ""
        self._attention.spoke()
        return Keys(reply.strip()) if KEYS.fullmatch(reply.strip()) else reply

    def _cuts_in(self) -> bool:
        """Whether the caller talks over the agent now: its first sentence was heard, and a `cuts` rule fits."""
        return bool(self._complete and self._attention.being_said) and self._caller.interrupts(self._so_far())

    def _so_far(self) -> str:
        return " ".join([*self._complete, self._attention.being_said])

    # --- the agent's side, by its journal

    def _entry(self, entry: Entry) -> None:
        event = entry.event
        if self._heard is not None:
            self._heard.on_event(event)
        self._attention.on_event(event)
        if isinstance(event, Speaking):
            self._texts[event.sentence] = "" if event.filler else event.text
        elif isinstance(event, Spoken) and event.complete and self._texts.get(event.sentence):
            self._complete.append(self._texts[event.sentence])
        self._tell(line_of(event, self.outcome.caller[-1] if self.outcome.caller else ""))
        self._kill_when_due(event)

    def _kill_when_due(self, event: Event) -> None:
        if self._kill_after is None or len(self.outcome.caller) != self._kill_after:
            return
        if isinstance(event, CallerSaid | CallerSilent | KeyPressed):
            self._kill_armed = True
        elif self._kill_armed and isinstance(event, Speaking) and not event.filler:
            self._kill_after = None
            self._tasks.create_task(self._kill())

    async def _kill(self) -> None:
        await asyncio.sleep(KILL_AFTER_S)
        async with httpx2.AsyncClient(trust_env=False) as client:
            workers = (await client.get(f"{self._system.api}/health")).json()["workers"]
        if not workers:
            raise ConfigError("there is no audio worker to kill")
        self._tell("  [kill -9 of the worker]")
        os.kill(int(workers[0]["pid"]), signal.SIGKILL)

    def _tell(self, line: str) -> None:
        if line:
            self.outcome.story.append(line)


def line_of(event: Event, said: str) -> str:
    """An event as a line of the transcript, "" when it is none; `said` are the words that the caller really spoke."""
    match event:
        case Speaking():
            return f"+ {event.text}"
        case Spoken(complete=False):
            return f"  [cut after {event.frames / 50:.1f} s]"
        case CallerSaid() if words(event.text) != words(said) and not KEYS.fullmatch(said.strip()):
            return f"  [heard as: {event.text or event.rejected}]"
        case ToolAnswered():
            return f"  [{event.tool} {'ok' if event.ok else event.error}]"
        case TransferRequested():
            return f"  [transfer {event.reason}]"
        case Ended():
            return f"  [ended {event.reason}]"
    return ""
