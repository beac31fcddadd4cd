"""How the calls of each prompt version went, from their journals. Pure.

A call counts for the version that it was given first, whatever happened then (intention to treat), once it has ended.
Calls whose version was not there when it was needed are left out and counted apart. Calls of one number are counted as
if they were unrelated, so that intervals are a little too narrow where the same people ring often.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from call_center.agent.prompts.intervals import (
    Interval,
    calls_needed,
    mean,
    mean_difference,
    share,
    share_difference,
)
from call_center.core.journal.events import (
    CallerSaid,
    Connected,
    Ended,
    Entry,
    Event,
    Noted,
    ToolAnswered,
    TransferRequested,
)

FEW: Final = 30
"""Calls of a version below which nothing is concluded."""
RARE: Final = 5
"""Hits (and misses) of a share below which nothing is concluded."""
SEEN: Final = 0.05
"""The difference of shares that the wanted number of calls is told for."""
SHARES: Final = {
    "ordered": "calls with a confirmed order",
    "booked": "calls with a fitting booked",
    "operator": "calls handed to an operator",
    "fallback": "calls in which the built-in brain had to step in for the model",
}
MEANS: Final = {
    "turns": "caller turns a call",
    "model_turns": "turns a call that the model answered",
    "refusals": "what the model wanted and code refused, a call",
    "usd": "cost of the model a call, USD",
}


KINDS: Final = frozenset({"Connected", "Ended", "Noted", "CallerSaid", "ToolAnswered", "TransferRequested"})
"""Events that an outcome is made of."""


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """One ended call of a version. `at` is the time of its newest event, `place` that event's (epoch, seq)."""

    call_id: str
    version: str
    experiment: str | None
    at: float
    place: tuple[int, int]
    moved: bool = False  # the version was not there when it was needed
    ordered: bool = False
    booked: bool = False
    operator: bool = False
    fallback: bool = False
    turns: int = 0
    model_turns: int = 0
    refusals: int = 0
    usd: float = 0.0


def outcome_of(entries: Sequence[Entry]) -> CallOutcome | None:
    """The outcome of one call's entries (in order); None while it goes on, or when no version is recorded."""
    events = [entry.event for entry in entries]
    notes = [e for e in events if isinstance(e, Noted)]
    given = [n.data for n in notes if n.what == "prompt"]
    if not given or not _ended(events):
        return None
    done = {e.tool for e in events if isinstance(e, ToolAnswered) and e.ok}
    brains = [n.data for n in notes if n.what == "brain"]
    said = {(entry.epoch, entry.event.turn) for entry in entries if isinstance(entry.event, CallerSaid)}
    return CallOutcome(
        call_id=entries[-1].call_id,
        version=str(given[0]["version"]),
        experiment=given[0].get("experiment"),
        at=entries[-1].at,
        place=(entries[-1].epoch, entries[-1].seq),
        moved=len(given) > 1,
        ordered="confirm_order" in done,
        booked="book_fitting" in done,
        operator=any(isinstance(e, TransferRequested) for e in events),
        fallback=_stepped_in(notes),
        turns=len(said),
        model_turns=sum(b["name"] == "claude" for b in brains),
        refusals=sum(n.what == "model_refused" for n in notes),
        usd=sum(float(n.data["usd"]) for n in notes if n.what == "usage"),
    )


def _ended(events: Sequence[Event]) -> bool:
    """Whether the newest connection is over; what is taken back afterwards does not open the call again."""
    newest = next((e for e in reversed(events) if isinstance(e, Ended | Connected)), None)
    return isinstance(newest, Ended)


def _stepped_in(notes: Sequence[Noted]) -> bool:
    """Whether the built-in brain took a turn that was the model's."""
    owner = ""
    for note in notes:
        if note.what == "turn":
            owner = ""
        elif note.what == "brain":
            if note.data["name"] == "offline" and owner == "claude":
                return True
            owner = str(note.data["name"])
    return False


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of a version; `difference` is against the first version, `verdict` says what may be concluded."""

    name: str
    interval: Interval
    difference: Interval | None = None
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class VersionOutcome:
    """A version's calls and measures; `enough` when there are calls to conclude from."""

    version: str
    calls: int
    enough: bool
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All versions that had calls, the one compared with first."""

    versions: tuple[VersionOutcome, ...]
    left_out: int  # calls whose version was not there


def report(
    outcomes: Iterable[CallOutcome], *, experiment: str | None = None, order: Sequence[str] = ()
) -> Report:
    """Compare versions, of one experiment or of all calls; `order` names versions, the first is compared with."""
    chosen = [o for o in outcomes if experiment is None or o.experiment == experiment]
    counted = [o for o in chosen if not o.moved]
    present = {o.version for o in counted} | set(order)
    names = [*order, *sorted(present - set(order))]
    groups = {name: [o for o in counted if o.version == name] for name in names}
    first = groups[names[0]] if names else []
    made = tuple(_version(name, group, first if name != names[0] else None) for name, group in groups.items())
    return Report(made, len(chosen) - len(counted))


def _version(name: str, group: list[CallOutcome], first: list[CallOutcome] | None) -> VersionOutcome:
    measures = [_share(measure, group, first) for measure in SHARES]
    measures += [_mean(measure, group, first) for measure in MEANS]
    return VersionOutcome(name, len(group), len(group) >= FEW, tuple(measures))


def _share(name: str, group: list[CallOutcome], first: list[CallOutcome] | None) -> Measure:
    hits = sum(bool(getattr(o, name)) for o in group)
    found = share(hits, len(group))
    if first is None:
        return Measure(name, found)
    other = sum(bool(getattr(o, name)) for o in first)
    difference = share_difference(hits, len(group), other, len(first))
    few = _few(group, first)
    if not few and min(hits + other, len(group) + len(first) - hits - other) < RARE:
        few = f"too rare to conclude: {hits + other} of {len(group) + len(first)} calls"
    pooled = (hits + other) / max(1, len(group) + len(first))
    wanted = calls_needed(pooled, SEEN)
    return Measure(name, found, difference, few or _verdict(difference, f"{wanted} calls each show 5 points"))


def _mean(name: str, group: list[CallOutcome], first: list[CallOutcome] | None) -> Measure:
    values = [float(getattr(o, name)) for o in group]
    found = mean(values)
    if first is None:
        return Measure(name, found)
    difference = mean_difference(values, [float(getattr(o, name)) for o in first])
    return Measure(name, found, difference, _few(group, first) or _verdict(difference, ""))


def _few(group: list[CallOutcome], first: list[CallOutcome]) -> str:
    fewest = min(len(group), len(first))
    return f"too few calls to conclude: {fewest}, at least {FEW} of each version" if fewest < FEW else ""


def _verdict(difference: Interval, hint: str) -> str:
    if difference.tells:
        return "higher" if difference.value > 0 else "lower"
    return "no difference seen" + (f" ({hint})" if hint else "")


def tree(made: Report) -> dict[str, Any]:
    """The report as JSON types; what is not known is null."""
    return {
        "versions": [
            {
                "version": v.version,
                "calls": v.calls,
                "enough": v.enough,
                "measures": {
                    m.name: {
                        **_bounds(m.interval),
                        "difference": _bounds(m.difference) if m.difference else None,
                        "verdict": m.verdict or None,
                    }
                    for m in v.measures
                },
            }
            for v in made.versions
        ],
        "left_out": made.left_out,
    }


def _bounds(interval: Interval) -> dict[str, float | None]:
    return {
        "value": None if math.isnan(interval.value) else interval.value,
        "low": interval.low,
        "high": interval.high,
    }
