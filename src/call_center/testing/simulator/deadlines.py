"""Every turn within its deadline: first sound 1.5 s, the answer 4 s, a turn with tools 8 s after the caller's end of turn.

In text the time of brain and tools is measured (there is no voice to wait for). By voice it is read in the journal,
where the session timed every answer on its way to the wire. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from call_center.core.journal.events import (
    CallerSaid,
    Connected,
    Ended,
    Entry,
    Interrupted,
    KeyPressed,
    Speaking,
    ToolIntended,
    TurnTimed,
)
from call_center.testing.simulator.play import Outcome

FIRST_SOUND_S: Final = 1.5
ANSWER_S: Final = 4.0
ANSWER_WITH_TOOLS_S: Final = 8.0
SLACK_S: Final = 0.25
"""What is said when a deadline passes (a filler, the apology) begins at the deadline and is on the wire a little later."""


def deadlines(outcome: Outcome) -> list[str]:
    """One line per turn that came too late."""
    return _by_voice(outcome) if outcome.by_voice else _in_text(outcome)


def latencies(outcome: Outcome) -> list[int]:
    """Caller's end of turn to the answer, ms, turn by turn."""
    if outcome.by_voice:
        timed = [e.event for e in outcome.journal if isinstance(e.event, TurnTimed)]
        return [round(t.total_ms - t.endpoint_ms) for t in timed]
    return [round(1000 * times[-1]) for times in outcome.elapsed[1:] if times]


def _in_text(outcome: Outcome) -> list[str]:
    fillers = iter([e.event.filler for e in outcome.journal if isinstance(e.event, Speaking)])
    failed = []
    for number, (turn, times) in enumerate(zip(outcome.agent, outcome.elapsed, strict=False)):
        said = [at for event, at in zip(turn, times, strict=False) if event["event"] == "agent"]
        answers = [at for at in said if not next(fillers, False)]
        tools = any(event["event"] == "tool" for event in turn)
        failed += _late(number, [], answers[:1], with_tools=tools)  # by voice the session covers the wait
    return failed


def _late(turn: int, said: list[float], answers: list[float], *, with_tools: bool) -> list[str]:
    failed = []
    limit = ANSWER_WITH_TOOLS_S if with_tools else ANSWER_S
    if said and said[0] > FIRST_SOUND_S + SLACK_S:
        failed.append(f"turn {turn}: first sound after {said[0]:.1f} s")
    if answers and answers[0] > limit + SLACK_S:
        failed.append(f"turn {turn}: answer after {answers[0]:.1f} s")
    return failed


def _by_voice(outcome: Outcome) -> list[str]:
    failed: list[str] = []
    entries = outcome.journal
    ends = [i for i, e in enumerate(entries) if isinstance(e.event, CallerSaid)]
    for at, following in zip(ends, [*ends[1:], len(entries)], strict=True):
        said = entries[at].event
        assert isinstance(said, CallerSaid)  # noqa: S101  narrows: chosen above
        covered = any(_covers(e, said.turn) for e in entries[:at])  # the recogniser kept the caller waiting
        failed += _turn(entries[at], said.turn, entries[at + 1 : following], covered=covered)
    return failed


def _answers(entry: Entry, turn: int) -> bool:
    return isinstance(entry.event, Speaking) and not entry.event.filler and entry.event.turn == turn


def _covers(entry: Entry, turn: int) -> bool:
    return isinstance(entry.event, Speaking) and entry.event.filler and entry.event.turn == turn


def _turn(end: Entry, number: int, after: Sequence[Entry], *, covered: bool) -> list[str]:
    """Judge one turn by what followed it. The timing of the wire comes from the session, else from handing over."""
    timed = [e.event for e in after if isinstance(e.event, TurnTimed) and e.event.turn == number]
    fillers = [0.0] if covered else [e.at - end.at for e in after if _covers(e, number)]
    answers = [(t.total_ms - t.endpoint_ms) / 1000 for t in timed]
    if isinstance(end.event, CallerSaid) and end.event.keys:  # no end of speech for the session to time
        answers = [e.at - end.at for e in after if _answers(e, number)][:1]
    if not answers:
        return _unanswered(end, number, after)
    tools = any(isinstance(e.event, ToolIntended) for e in after)
    return _late(number, [min(answers + fillers)], answers, with_tools=tools)


def _unanswered(end: Entry, number: int, after: Sequence[Entry]) -> list[str]:
    """A turn without a timed answer: something must have come in between, and soon enough."""
    excuses = (Connected, Ended, Interrupted, KeyPressed)
    first = next((e for e in after if isinstance(e.event, excuses)), None)
    if first is not None:
        waited = first.at - end.at
    elif after:
        waited = after[-1].at - end.at
    else:
        waited = 0.0
    limit = ANSWER_WITH_TOOLS_S + SLACK_S
    return [f"turn {number}: no answer in {waited:.1f} s"] if waited > limit else []
