"""A turn whose answer a dead process had begun: from where another one goes on with it. Pure.

An answer is rounds of a brain with a tool between them. What a tool answered stands, and so does every sentence that
was handed to the voice; what the brain noted after that is void (`Noted` "void") and it is asked again from there, so
that nothing is counted twice and whatever it had not come to (a sentence, a question, a tool, the end of the call) is
not lost. The brain must decide the same again: what was told already is left out by its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from call_center.core.journal.events import (
    Agreed,
    Answered,
    CallerSaid,
    CallerSilent,
    Ended,
    Entry,
    Event,
    Noted,
    Speaking,
    ToolAnswered,
    TransferRequested,
    Understood,
)

VOID: Final = "void"
TAKEN: Final = "taken"
_VOIDABLE: Final = frozenset({
    "line", "flow", "cleared", "filled", "failed", "answered", "offered", "focus", "chosen", "told", "ambiguous",
    "announced", "cart", "ordered",
})  # fmt: skip
"""What a brain notes. A read-back is kept: what of it was heard is known by its facts."""
_BETWEEN: Final = "cancel_order_draft"  # ends no round


@dataclass(frozen=True, slots=True)
class Begun:
    """`past` is the call up to the note of the turn; what the brain noted after `mark` does not count.

    `rounds` that ended, whether something was said in them (`spoke`), whether the caller's yes is kept (`agreed`).
    """

    past: tuple[Entry, ...]
    mark: Entry
    rounds: int
    spoke: bool
    agreed: bool
    poor_line: bool
    told: tuple[str, ...]  # of the round that is gone on with

    @property
    def void(self) -> Noted:
        """The note that makes void what came after `mark`."""
        return Noted(VOID, {"epoch": self.mark.epoch, "seq": self.mark.seq})


def live(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The entries that count: without what was made void later, and what a process wrote that had lost the call."""
    entries = _in_time(entries)
    voids = [
        (place, (int(entry.event.data["epoch"]), int(entry.event.data["seq"])))
        for place, entry in enumerate(entries)
        if isinstance(entry.event, Noted) and entry.event.what == VOID
    ]
    if not voids:
        return entries
    return [
        entry
        for place, entry in enumerate(entries)
        if not (
            _voidable(entry.event)
            and any(place < until and (entry.epoch, entry.seq) > after for until, after in voids)
        )
    ]


def taken(entries: Sequence[Entry], epoch: int) -> Noted | None:
    """The note of the owner `epoch` how far it found the call written; None for the first owner."""
    earlier = [entry for entry in entries if entry.epoch < epoch]
    return Noted(TAKEN, {"epoch": earlier[-1].epoch, "seq": earlier[-1].seq}) if earlier else None


def _in_time(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Without what a process that was frozen wrote after another one had taken the call over: it was never sent."""
    seen = [
        (entry.epoch, (int(entry.event.data["epoch"]), int(entry.event.data["seq"])))
        for entry in entries
        if isinstance(entry.event, Noted) and entry.event.what == TAKEN
    ]
    if not seen:
        return entries
    return [
        e for e in entries if not any(e.epoch < owner and (e.epoch, e.seq) > last for owner, last in seen)
    ]


def _voidable(event: Event) -> bool:
    return isinstance(event, Understood) or (isinstance(event, Noted) and event.what in _VOIDABLE)


def begun(entries: Sequence[Entry], turn: int) -> Begun | None:
    """The answer to the caller's `turn` that is not whole; None when it was not begun, or is."""
    kept = live(entries)
    said = [
        i
        for i, e in enumerate(kept)
        if isinstance(e.event, CallerSaid | CallerSilent) and e.event.turn == turn
    ]
    if not said:
        return None
    since = range(said[-1] + 1, len(kept))
    notes = {
        i: data for i in since if (data := _noted(kept[i].event, "turn")) is not None and data["turn"] == turn
    }
    if not notes or any(isinstance(kept[i].event, Answered) for i in since):
        return None
    noted, data = next(iter(notes.items()))
    ended = [i for i in since if i > noted and _ends_round(kept[i].event)]
    mark = ended[-1] if ended else noted
    return Begun(
        tuple(kept[: noted + 1]),
        kept[mark],
        len(ended),
        any(_noted(entry.event, "line") is not None for entry in kept[noted:mark]),
        any(isinstance(kept[i].event, Agreed) for i in since),
        bool(data.get("poor_line")),
        tuple(e.event.text for e in kept[mark:] if isinstance(e.event, Speaking) and not e.event.filler),
    )


def unfinished(entries: Sequence[Entry]) -> bool:
    """Whether the newest turn's answer was begun and is not whole."""
    turns = [e.event.turn for e in entries if isinstance(e.event, CallerSaid | CallerSilent)]
    return bool(turns) and begun(entries, turns[-1]) is not None


def handed_over(entries: Sequence[Entry]) -> bool:
    """Whether the call really went to a person the last time: its process did not die before."""
    ends = [e.event for e in entries if isinstance(e.event, TransferRequested | Ended)]
    return bool(ends) and isinstance(ends[-1], Ended) and ends[-1].reason == "transfer"


def _noted(event: Event, what: str) -> dict[str, Any] | None:
    return event.data if isinstance(event, Noted) and event.what == what else None


def _ends_round(event: Event) -> bool:
    return isinstance(event, ToolAnswered) and event.tool != _BETWEEN
