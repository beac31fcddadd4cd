"""Plays one scenario in text against an agent that the caller of `play` built, and collects what happened."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from call_center.agent.text_call import EndingConversation, TextCall, TextEvent
from call_center.core.journal.events import Entry
from call_center.testing.simulator.caller import Caller
from call_center.testing.simulator.scenario import Scenario

MAX_TURNS = 60
KEYS = re.compile(r"[0-9*#]{1,32}")
"""A caller's answer of nothing but digits is keyed in."""


@dataclass(slots=True)
class Outcome:
    """Everything said and done: caller's words, agent's events of each turn, how it ended."""

    caller: list[str] = field(default_factory=list)
    agent: list[list[TextEvent]] = field(default_factory=list)
    ended: str = ""
    journal: Sequence[Entry] = ()
    changes: dict[str, Any] = field(default_factory=dict)  # the shop's rows, as /_test/changes shows them
    elapsed: list[list[float]] = field(default_factory=list)  # in text: seconds to each event of `agent`
    by_voice: bool = False
    story: list[str] = field(default_factory=list)  # by voice: the dialogue as it happened

    @property
    def events(self) -> list[TextEvent]:
        """All events in order."""
        return [event for turn in self.agent for event in turn]

    def of(self, kind: str) -> list[TextEvent]:
        """Events of one kind."""
        return [event for event in self.events if event["event"] == kind]

    def route(self) -> tuple[str, ...]:
        """What the agent asked for and did, in order: two scenarios of one route test the same thing."""
        steps: list[str] = []
        for event in self.events:
            if event["event"] == "agent" and event["expects"]:
                steps.append(f"ask {event['expects']}")
            elif event["event"] in ("tool", "transfer", "ended"):
                steps.append(str(event.get("name") or f"{event['event']} {event['reason']}"))
        return tuple(steps)

    def transcript(self) -> str:
        """The dialogue as a person would read it."""
        if self.story:
            return "\n".join(self.story)
        lines: list[str] = []
        for index, turn in enumerate(self.agent):
            if index:
                lines.append(f"- {self.caller[index - 1]}")
            lines += [f"+ {event['text']}" for event in turn if event["event"] == "agent"]
            lines += [f"  [{event['event']} {event['reason']}]" for event in turn if "reason" in event]
        return "\n".join(lines)


async def play(
    scenario: Scenario,
    call: TextCall,
    successor: Callable[[], EndingConversation] | None = None,
    *,
    mishear: Callable[[str], str] = str,
    before_turn: Callable[[int], Awaitable[None]] | None = None,
) -> Outcome:
    """Run the dialogue to its end; `successor` makes the agent of a new process for `kill_worker_after_turn`.

    `mishear` is what the recogniser makes of the caller's words; `before_turn` is called with the turn's number.
    """
    killed_after = scenario.faults.get("kill_worker_after_turn")
    outcome = Outcome()
    caller = Caller(scenario)
    await _take(outcome, call.begin())
    while not call.ended and len(outcome.caller) < MAX_TURNS:
        heard = " ".join(str(e["text"]) for e in outcome.agent[-1] if e["event"] == "agent")
        words = caller.reply(heard)
        if words is None:
            outcome.agent[-1].append(await call.hang_up())
            break
        outcome.caller.append(words)
        if before_turn is not None:
            await before_turn(len(outcome.caller))
        keys = KEYS.fullmatch(words.strip())
        turn = call.press(words.strip()) if keys else call.say(mishear(words), cuts=caller.cuts)
        await _take(outcome, turn)
        if successor is not None and len(outcome.caller) == killed_after:
            call.take_over(successor())
    if not call.ended:
        outcome.agent[-1].append(await call.hang_up())
    outcome.ended = str(outcome.of("ended")[-1]["reason"])
    return outcome


async def _take(outcome: Outcome, events: AsyncIterator[TextEvent]) -> None:
    began = time.perf_counter()
    turn: list[TextEvent] = []
    elapsed: list[float] = []
    async for event in events:
        turn.append(event)
        elapsed.append(time.perf_counter() - began)
    outcome.agent.append(turn)
    outcome.elapsed.append(elapsed)
