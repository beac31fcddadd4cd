"""What changes between two answers to one turn. Pure.

Behaviour is what is asked for next, which tools are called with what, and whether the call ends; everything else is
wording. Turns that are not the model's (plain answers, names, phones, a yes to a read-back) cannot change by a prompt
and are only counted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from call_center.agent.replay.replay import Replayed
from call_center.agent.replay.turns import Done, ToolUse


class Change(StrEnum):
    """How much is different."""

    NOT_ASKED = "not_asked"  # not a turn of the model
    FALLBACK = "fallback"  # the model failed, the built-in brain answered
    SAME = "same"
    WORDING = "wording"
    BEHAVIOUR = "behaviour"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A turn, what was done then and what would be done now."""

    replayed: Replayed
    was: Done
    change: Change
    differs: tuple[str, ...] = ()  # of tools, question, ending, words

    @property
    def now(self) -> Done:
        """The new answer."""
        return self.replayed.done


def compare(now: Replayed, was: Done) -> Comparison:
    """Compare a replayed turn with what was done."""
    done = now.done
    if done.owner == "fallback":
        return Comparison(now, was, Change.FALLBACK)
    if done.owner != "claude":
        return Comparison(now, was, Change.NOT_ASKED)
    differs = [
        name
        for name, different in (
            ("tools", _tools(was) != _tools(done)),
            ("question", was.asks != done.asks and now.missing is None),
            ("ending", was.ends != done.ends),
        )
        if different
    ]
    if differs or done.failed:
        return Comparison(now, was, Change.BEHAVIOUR, tuple(differs or ["failed"]))
    if was.said != done.said and now.missing is None:
        return Comparison(now, was, Change.WORDING, ("words",))
    return Comparison(now, was, Change.SAME)


def _tools(done: Done) -> list[tuple[str, str]]:
    return [(use.tool, _said(use)) for use in done.tools if not use.outcome.startswith("refused")]


def _said(use: ToolUse) -> str:
    args = {name: value for name, value in use.args.items() if value is not None}
    return json.dumps(args, ensure_ascii=False, sort_keys=True, default=str)


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over all turns; `open_ended` turns stopped at a tool call that has no recorded result."""

    calls: int
    turns: int
    changes: dict[Change, int]
    open_ended: int
    refused: int
    usd: float

    @property
    def asked(self) -> int:
        """Turns that were the model's."""
        return self.turns - self.changes[Change.NOT_ASKED]

    @property
    def answered(self) -> int:
        """Turns that the model answered."""
        return self.asked - self.changes[Change.FALLBACK]


def summarise(calls: int, found: Iterable[Comparison]) -> Summary:
    """Count."""
    rows = list(found)
    counts = Counter(row.change for row in rows)
    return Summary(
        calls=calls,
        turns=len(rows),
        changes={change: counts[change] for change in Change},
        open_ended=sum(row.replayed.missing is not None for row in rows),
        refused=sum(len(row.now.refused) for row in rows),
        usd=sum(row.now.usd for row in rows),
    )
