"""A call's journal as the events of SCENARIOS.md, turn by turn: what a call by voice is judged by. Pure.

A new turn begins where the caller spoke, pressed keys or stayed silent, or the call came back after its process died. A turn that
the caller went on with before anything of the answer was heard is the same turn.
"""

from __future__ import annotations

from collections.abc import Sequence

from call_center.agent.text_call import TextEvent
from call_center.core.journal import events as ev


def turns_of(entries: Sequence[ev.Entry]) -> list[list[TextEvent]]:
    """Events of each turn, the greeting first."""
    turns: list[list[TextEvent]] = [[]]
    args = {e.event.intent: e.event.args for e in entries if isinstance(e.event, ev.ToolIntended)}
    unheard = _unheard(entries)
    for entry in entries:
        event = entry.event
        if isinstance(event, ev.CallerSaid | ev.CallerSilent | ev.KeyPressed) or _came_back(event):
            if any(e["event"] == "agent" for e in turns[-1]):
                turns.append([])
        elif isinstance(event, ev.Speaking) and (entry.epoch, event.sentence) not in unheard:
            said: TextEvent = {
                "event": "agent",
                "text": event.text,
                "spoken": event.spoken,
                "expects": event.slot,
            }
            turns[-1].append(said)
        elif isinstance(event, ev.ToolAnswered):
            turns[-1].append(
                {
                    "event": "tool",
                    "name": event.tool,
                    "args": args.get(event.intent, {}),
                    "ok": event.ok,
                    "result": event.result if event.ok else {"error": event.error},
                }
            )
        elif isinstance(event, ev.TransferRequested):
            turns[-1].append({"event": "transfer", "reason": event.reason, "summary": event.summary})
    turns[-1].append({"event": "ended", "reason": ended_by(entries)})
    return turns


def ended_by(entries: Sequence[ev.Entry]) -> str:
    """How the last connection ended; `lost` when nobody wrote it down."""
    reasons = [e.event.reason for e in entries if isinstance(e.event, ev.Ended)]
    return reasons[-1] if reasons else "lost"


def _came_back(event: ev.Event) -> bool:
    return isinstance(event, ev.Connected) and event.resumed


def _unheard(entries: Sequence[ev.Entry]) -> frozenset[tuple[int, int]]:
    """Sentences that were handed to the voice and dropped before a frame of them was played."""
    return frozenset(
        (e.epoch, e.event.sentence)
        for e in entries
        if isinstance(e.event, ev.Spoken) and not e.event.frames and not e.event.complete
    )
