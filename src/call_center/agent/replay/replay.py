"""Runs a brain on the turns of a recorded call, each as it really stood: one changed answer does not spoil the next.

For every turn the journal up to it is the journal of a call whose prompt version is the one being tried; the runtime
hears the caller's real words at the real time, and tools answer from the tape. Policy, grounding and evidence work as
in a call. Nothing is written anywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, cast

from call_center.agent.brain import Brain
from call_center.agent.journal import MemoryJournal
from call_center.agent.prompts.book import Version
from call_center.agent.replay.tape import Tape
from call_center.agent.replay.turns import Done, RecordedTurn, done_in, turns_of
from call_center.agent.runtime import AgentRuntime
from call_center.agent.settings import AgentSettings
from call_center.core.journal.events import Entry, Noted
from call_center.core.ports import Act, HangUp
from call_center.understanding import Catalogue


@dataclass(frozen=True, slots=True)
class Replayed:
    """A turn as the brain would answer it. `missing` is the call (as text) that ended it: no result was recorded."""

    turn: RecordedTurn
    done: Done
    missing: tuple[str, dict[str, Any]] | None = None


class Replayer:
    """One brain for any number of calls."""

    def __init__(self, brain: Brain, catalogue: Catalogue, settings: AgentSettings) -> None:
        self._brain, self._catalogue, self._settings = brain, catalogue, settings

    async def call(self, entries: Sequence[Entry], version: Version) -> AsyncIterator[Replayed]:
        """Every turn of one call's entries (in order) under a prompt version."""
        tape = Tape(entries)
        turns = turns_of(entries)
        for place, turn in enumerate(turns):
            last = len(turns[place + 1].before) if place + 1 < len(turns) else len(entries)
            yield await self._turn(turn, tape, last, version)

    async def _turn(self, turn: RecordedTurn, tape: Tape, last: int, version: Version) -> Replayed:
        box = tape.turn(len(turn.before), last, turn.at)
        before = given(turn.before, version)
        call_id = before[-1].call_id
        journal = MemoryJournal(call_id, lambda: turn.at, earlier=before)
        runtime = AgentRuntime(
            journal,
            self._catalogue,
            tape.shop,
            self._settings,
            clock=lambda: turn.at,
            brain=self._brain,
            toolbox=box,
        )
        acts: list[Act] = []

        async def drive() -> None:
            answer = cast("Any", runtime.respond(turn.heard))
            async with aclosing(answer) as stream:
                acts.extend([act async for act in stream])

        driving = asyncio.ensure_future(drive())
        stopped = asyncio.ensure_future(tape.stopped.wait())
        try:
            await asyncio.wait({driving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (driving, stopped):
                task.cancel()
            await asyncio.gather(driving, stopped, return_exceptions=True)
        happened = journal.entries[len(before) :]
        done = done_in(happened, ends=any(isinstance(act, HangUp) for act in acts))
        if tape.missing is not None:  # what would follow hangs on a result that nobody has
            done = replace(done, asks=None)
        return Replayed(turn, done, tape.missing)


def given(entries: Sequence[Entry], version: Version) -> tuple[Entry, ...]:
    """The entries as of a call that was given `version`."""
    first = entries[0]
    others = (e for e in entries if not (isinstance(e.event, Noted) and e.event.what == "prompt"))
    return (Entry(first.call_id, first.epoch, 0, first.at, version.record()), *others)
