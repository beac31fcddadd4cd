"""A journal cut into the turns of its dialogue, and what was done in each. Pure.

A turn begins where the dialogue noted it and ends at the next one, or with its connection. A turn that the caller went
on with (the same number again) is only its last form; one in which a process died is left out, what was recorded of it
is no whole answer; the greeting is no turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from call_center.agent.mutations import REQUEST
from call_center.core.journal.events import (
    CallerSaid,
    Connected,
    Ended,
    Entry,
    Noted,
    Refused,
    ToolAnswered,
    ToolIntended,
    TurnFailed,
)
from call_center.core.ports import Heard


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool that was asked for. `outcome`: ok, an error code, refused, open (no outcome in this turn)."""

    tool: str
    args: Mapping[str, Any]
    outcome: str

    @property
    def text(self) -> str:
        """As a person reads it."""
        args = ", ".join(f"{k}={v}" for k, v in self.args.items() if v is not None)
        return f"{self.tool}({args})" + ("" if self.outcome == "ok" else f" {self.outcome}")


@dataclass(frozen=True, slots=True)
class Done:
    """What was done in a turn. `asks` is the slot of its question, `owner` who answered and `why`."""

    owner: str
    why: str
    lines: tuple[str, ...]
    asks: str | None
    tools: tuple[ToolUse, ...]
    ends: bool
    refused: tuple[str, ...]  # what the model wanted and code refused
    usd: float
    failed: bool = False  # an exception; the caller heard an apology

    @property
    def said(self) -> str:
        """The words."""
        return " ".join(self.lines)


@dataclass(frozen=True, slots=True)
class RecordedTurn:
    """One turn of a real call: what was known before, what was heard, what was done."""

    number: int
    at: float
    before: tuple[Entry, ...]
    heard: Heard
    done: Done


def turns_of(entries: Sequence[Entry]) -> list[RecordedTurn]:
    """The turns of one call's entries (in order)."""
    starts = [i for i, e in enumerate(entries) if isinstance(e.event, Noted) and e.event.what == "turn"]
    made = []
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else len(entries)
        if end < len(entries) and _number(entries[end]) == _number(entries[start]):
            continue  # the caller went on, or the call did in another process: that turn is the whole one
        before = tuple(entries[:start])
        happened = _until_connected(entries[start:end])
        if happened is None:
            continue
        made.append(
            RecordedTurn(
                _number(entries[start]),
                entries[start].at,
                before,
                _heard(entries[start], before),
                done_in(happened),
            )
        )
    return made


def _until_connected(entries: Sequence[Entry]) -> Sequence[Entry] | None:
    """What belongs to the turn's own connection; None when that broke off without its end, which a death does."""
    again = next((i for i, e in enumerate(entries) if isinstance(e.event, Connected)), None)
    if again is None:
        return entries
    ended = any(isinstance(entry.event, Ended) for entry in entries[:again])
    return entries[:again] if ended else None


def _number(entry: Entry) -> int:
    event = entry.event
    return int(event.data["turn"]) if isinstance(event, Noted) else 0


def _heard(start: Entry, before: Sequence[Entry]) -> Heard:
    """The turn as the conversation got it: its note, and the words that were journalled last under its number."""
    data = start.event.data if isinstance(start.event, Noted) else {}
    number, silence = int(data["turn"]), int(data.get("silence", 0))
    said = [e.event for e in before if isinstance(e.event, CallerSaid) and e.event.turn == number]
    words = said[-1] if said and not silence else None
    return Heard(
        number,
        words.text if words else "",
        words.confidence if words else 1.0,
        keys=str(data.get("keys", "")),
        silence=silence,
        poor_line=bool(data.get("poor_line")),
    )


def done_in(entries: Sequence[Entry], *, ends: bool = False) -> Done:
    """What the entries of one turn did; `ends` when the agent hung up without its being journalled."""
    events = [entry.event for entry in entries]
    notes = [e for e in events if isinstance(e, Noted)]
    lines = [n.data for n in notes if n.what == "line"]
    brain: dict[str, Any] = next(
        (n.data for n in notes if n.what == "brain" and n.data["name"] != "script"), {}
    )
    stepped = next((n.data for n in notes if n.what == "brain" and n.data["name"] == "offline"), None)
    if brain.get("name") == "claude" and stepped is not None:
        brain = {"name": "fallback", "why": stepped["why"]}
    return Done(
        owner=str(brain.get("name", "offline")),
        why=str(brain.get("why", "")),
        lines=tuple(str(data["text"]) for data in lines),
        asks=next((str(data["slot"]) for data in reversed(lines) if data.get("slot")), None),
        tools=_tools(entries),
        ends=ends or any(isinstance(e, Ended) and e.reason == "agent_hangup" for e in events),
        refused=tuple(_refusal(n.data) for n in notes if n.what == "model_refused"),
        usd=sum(float(n.data["usd"]) for n in notes if n.what == "usage"),
        failed=any(isinstance(e, TurnFailed) for e in events),
    )


def _refusal(data: Mapping[str, Any]) -> str:
    return f"{data.get('tool') or data.get('sentence')}: {'; '.join(data['why'])}"


def _tools(entries: Sequence[Entry]) -> tuple[ToolUse, ...]:
    found: dict[int, ToolUse] = {}
    rule = ""
    for entry in entries:
        match entry.event:
            case ToolIntended() as wanted:
                args = {k: v for k, v in wanted.args.items() if k != REQUEST}
                found[wanted.intent] = ToolUse(wanted.tool, args, "open")
            case Refused() as refused:
                rule = refused.rule
            case ToolAnswered() as answer:
                args = dict(found[answer.intent].args) if answer.intent in found else {}
                outcome = "ok" if answer.ok else str(answer.error)
                outcome = f"refused by {rule}" if outcome == "refused" else outcome
                found[answer.intent] = ToolUse(answer.tool, args, outcome)
            case _:
                pass
    return tuple(found[intent] for intent in sorted(found))
