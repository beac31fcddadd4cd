"""What is known in a call, folded from its journal; the only state that brains, policy and grounding look at.

`fold(view, event)` is the whole transition function. A view is rebuilt from nothing but the journal after a take-over,
so nothing is kept elsewhere. Only `fold` changes a view; everybody else reads. `Noted` kinds of the dialogue:
turn, line, flow, cleared, filled, failed, answered, offered, focus, chosen, told, handed_back, ambiguous, announced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from call_center.core.journal.events import (
    Announced,
    CallerSaid,
    Connected,
    Entry,
    Event,
    Noted,
    Refused,
    Spoken,
    ToolAnswered,
    ToolIntended,
    TransferRequested,
    Understood,
)
from call_center.core.ports import Expected, Question

SLOT_CONFIDENCE = 0.5
"""Below this a heard value is not used; the question is asked again."""


@dataclass(frozen=True, slots=True)
class SlotValue:
    """A filled slot. `origin`: caller (heard), tool (from a result), code (derived, announced to the caller)."""

    value: Any
    turn: int
    confidence: float = 1.0
    origin: str = "caller"


@dataclass(frozen=True, slots=True)
class Asked:
    """The last question spoken."""

    slot: str
    question: Question
    key: str
    turn: int


@dataclass(frozen=True, slots=True)
class ToolRecord:
    """One tool call and its outcome; `ok` is None while it is under way."""

    intent: int
    tool: str
    args: dict[str, Any]
    turn: int
    ok: bool | None = None
    result: Any = None
    error: str | None = None


@dataclass(slots=True)
class DialogueView:
    """The call as it stands. `turn` counts the turns of the whole call, over all its connections."""

    caller: str | None = None
    started_at: float | None = None
    turn: int = 0
    intents: tuple[str, ...] = ()
    slots: dict[str, SlotValue] = field(default_factory=dict)
    asked: Asked | None = None
    failures: Counter[str] = field(default_factory=Counter)
    flow: str | None = None
    paused: tuple[str, ...] = ()
    records: dict[int, ToolRecord] = field(default_factory=dict)
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    ambiguous: tuple[str, ...] = ()  # cars that the caller may have meant, "make model"
    offered: tuple[str, ...] = ()
    focus: str | None = None
    chosen: str | None = None
    told: frozenset[int] = frozenset()
    announced: frozenset[str] = frozenset()  # sizes that were named with an offer
    lines: Counter[str] = field(default_factory=Counter)
    last_lines: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    refusals: int = 0
    repairs: int = 0  # turns in a row that were not understood
    repaired: int = -1  # the newest of them
    transferred: bool = False
    handed_back: int = 0  # transfers that came back, nobody having answered
    poor_line: bool = False
    greeted: bool = False  # the legal notice was heard to its end, or the caller spoke after it

    @property
    def expected(self) -> Expected:
        """What the caller is being asked now."""
        if self.asked is None:
            return Expected()
        return Expected(self.asked.slot, self.asked.question)

    @property
    def next_intent(self) -> int:
        """The number of the next tool call."""
        return max(self.records, default=0) + 1

    def value(self, slot: str) -> Any:
        """The value of `slot`, None when not known."""
        found = self.slots.get(slot)
        return found.value if found else None

    def latest(self, tool: str) -> ToolRecord | None:
        """The newest finished call of `tool`."""
        done = [r for r in self.records.values() if r.tool == tool and r.ok is not None]
        return done[-1] if done else None

    def this_turn(self, tool: str) -> ToolRecord | None:
        """The newest finished call of `tool` within the present turn."""
        found = self.latest(tool)
        return found if found is not None and found.turn == self.turn else None


def fold_all(entries: Iterable[Entry], view: DialogueView | None = None) -> DialogueView:
    """Fold entries into `view` (a new one by default) and return it."""
    view = view or DialogueView()
    for entry in entries:
        if isinstance(entry.event, Connected) and view.started_at is None:
            view.started_at = entry.at
        fold(view, entry.event)
    return view


def fold(view: DialogueView, event: Event) -> None:
    """Apply one event."""
    match event:
        case Announced():
            view.caller = event.caller
        case CallerSaid():
            view.said = (*view.said, event.text)
            view.greeted = True
        case Spoken():
            view.greeted = view.greeted or event.complete  # the notice is the first sentence of a call
        case Understood():
            _fill(view, event.slot, SlotValue(event.value, event.turn, event.confidence))
        case Noted():
            _note(view, event.what, event.data)
        case ToolIntended():
            view.records[event.intent] = ToolRecord(event.intent, event.tool, event.args, view.turn)
        case ToolAnswered():
            _answered(view, event)
        case Refused():
            view.refusals += 1
        case TransferRequested():
            view.transferred = True
        case _:
            pass


def _fill(view: DialogueView, slot: str, value: SlotValue) -> None:
    view.slots[slot] = value


def _answered(view: DialogueView, event: ToolAnswered) -> None:
    asked = view.records.get(event.intent)
    args, turn = (asked.args, asked.turn) if asked else ({}, view.turn)
    record = ToolRecord(event.intent, event.tool, args, turn, event.ok, event.result, event.error)
    view.records[event.intent] = record
    if not event.ok or not isinstance(event.result, dict):
        return
    for option in event.result.get("options", ()):
        view.options[option["handle"]] = {**view.options.get(option["handle"], {}), **option}
    handle = event.result.get("handle")
    if handle in view.options:
        view.options[handle] = {**view.options[handle], **event.result}


def _note(view: DialogueView, what: str, data: dict[str, Any]) -> None:
    apply = _NOTES.get(what)
    if apply is not None:
        apply(view, data)


def _turn(view: DialogueView, data: dict[str, Any]) -> None:
    if view.repaired != view.turn:
        view.repairs = 0
    view.turn += 1  # counted here: a session numbers its turns anew after every transfer that came back
    view.poor_line = view.poor_line or bool(data.get("poor_line"))
    view.intents = tuple(data.get("intents", ()))


def _cleared(view: DialogueView, data: dict[str, Any]) -> None:
    for slot in data["slots"]:
        view.slots.pop(slot, None)
        view.failures.pop(slot, None)


def _filled(view: DialogueView, data: dict[str, Any]) -> None:
    _fill(view, data["slot"], SlotValue(data["value"], view.turn, 1.0, data.get("origin", "code")))


def _failed(view: DialogueView, data: dict[str, Any]) -> None:
    view.failures[data["slot"]] += 1
    if data.get("repair"):
        view.repairs += 1
        view.repaired = view.turn


def _settled(view: DialogueView, data: dict[str, Any]) -> None:
    view.failures.pop(data["slot"], None)


def _offered(view: DialogueView, data: dict[str, Any]) -> None:
    view.offered = tuple(data["handles"])
    view.focus = view.offered[0] if len(view.offered) == 1 else None
    view.chosen = None


def _focused(view: DialogueView, data: dict[str, Any]) -> None:
    view.focus = data["handle"]


def _chosen(view: DialogueView, data: dict[str, Any]) -> None:
    view.chosen = view.focus = data["handle"]


def _told(view: DialogueView, data: dict[str, Any]) -> None:
    view.told = view.told | {int(data["intent"])}


def _announced(view: DialogueView, data: dict[str, Any]) -> None:
    view.announced = view.announced | {data["size"]}


def _ambiguous(view: DialogueView, data: dict[str, Any]) -> None:
    view.ambiguous = tuple(data["candidates"])


def _handed_back(view: DialogueView, _: dict[str, Any]) -> None:
    view.transferred = False
    view.handed_back += 1
    view.failures.clear()


def _line(view: DialogueView, data: dict[str, Any]) -> None:
    key, text = str(data["key"]), str(data["text"])
    view.lines[key] += 1
    first = bool(data.get("first"))
    view.last_lines = (text,) if first else (*view.last_lines, text)
    if data.get("slot"):
        view.asked = Asked(data["slot"], Question(data["question"]), key, view.turn)
    elif first:
        view.asked = None


def _flow(view: DialogueView, data: dict[str, Any]) -> None:
    name = data["name"]
    if name is None:
        view.flow, view.paused = (view.paused[-1], view.paused[:-1]) if view.paused else (None, ())
        return
    if view.flow not in (None, name):
        view.paused = (*(f for f in view.paused if f != name), str(view.flow))
    view.flow = name


_NOTES: dict[str, Callable[[DialogueView, dict[str, Any]], None]] = {
    "turn": _turn,
    "line": _line,
    "flow": _flow,
    "cleared": _cleared,
    "filled": _filled,
    "failed": _failed,
    "answered": _settled,
    "offered": _offered,
    "focus": _focused,
    "chosen": _chosen,
    "told": _told,
    "handed_back": _handed_back,
    "ambiguous": _ambiguous,
    "announced": _announced,
}
