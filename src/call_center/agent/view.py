"""What is known in a call, folded from its journal; the only state that brains, policy and grounding look at.

`fold(view, event)` is the whole transition function. A view is rebuilt from nothing but the journal after a take-over,
so nothing is kept elsewhere. Only `fold` changes a view; everybody else reads. `Noted` kinds of the dialogue:
turn, line, flow, cleared, filled, failed, answered, offered, focus, chosen, told, handed_back, ambiguous, announced,
cart, read_back, day_orders, ordered, earlier; void and taken (`continuing`) say what counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from call_center.agent.continuing import live
from call_center.agent.dictation import redact
from call_center.agent.exchanges import Dialogue
from call_center.agent.view_values import Asked, ReadBack, SlotValue, ToolRecord
from call_center.core.journal.events import (
    Agreed,
    Announced,
    CallerSaid,
    Connected,
    Entry,
    Event,
    KeyPressed,
    Noted,
    Refused,
    Speaking,
    Spoken,
    ToolAnswered,
    ToolIntended,
    TransferRequested,
    Understood,
)
from call_center.core.ports import Expected, Question

__all__ = ["Asked", "DialogueView", "ReadBack", "SlotValue", "ToolRecord", "fold", "fold_all"]

SLOT_CONFIDENCE = 0.5
"""Below this a heard value is not used; the question is asked again."""
PATIENT = frozenset({"aside", "agree_answer", "hold", "agree_silence"})
"""Lines that answer the caller and come back to the question: no failure."""
INTENTS_OF_AN_OWNER = 1_000
"""More than an owner of a call ever has; so the numbers of two owners, and the keys made of them, are never the same."""
ANSWERS = "fact_"
"""Lines with a fact that was asked for, by their first letters: unless it is the one just told, the talk moves on."""


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
    moved: bool = False  # whether this turn brought anything: a new value, a choice, an answer of the shop
    stuck: int = 0  # turns in a row that brought nothing and ended with the same question
    stuck_on: str = ""
    transferred: bool = False
    handed_back: int = 0  # transfers that came back, nobody having answered
    poor_line: bool = False
    call_id: str = ""
    seq: int = 0  # events folded
    at: float = 0.0  # Unix time of the newest event
    connected_at: float = 0.0
    confidence: float = 1.0  # of the newest caller turn
    began_at: float = 0.0  # Unix time at which its words began
    keyed_at: float = 0.0  # Unix time of the newest key
    last_answer: ToolRecord | None = None
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)  # made in this call, by handle
    points: dict[str, dict[str, Any]] = field(default_factory=dict)  # pickup points, by handle
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)  # orders looked up, by handle
    stations: dict[str, dict[str, Any]] = field(default_factory=dict)  # fitting stations, by handle
    times: dict[str, dict[str, Any]] = field(default_factory=dict)  # start times offered as free, by handle
    bookings: dict[str, dict[str, Any]] = field(default_factory=dict)  # made here or proven the caller's
    cart: tuple[tuple[str, int], ...] = ()  # further items: option and quantity
    read_back: ReadBack | None = None
    agreements: tuple[tuple[str, str, int], ...] = ()  # tool, digest, place among the events
    day_orders: dict[str, int] = field(default_factory=dict)  # confirmed orders of today by phone
    dialogue: Dialogue = field(default_factory=Dialogue)
    earlier: dict[str, Any] = field(default_factory=dict)  # of a call that broke off: flow and slots
    greeted: bool = False  # the legal notice was heard to its end, or the caller spoke after it

    @property
    def expected(self) -> Expected:
        """What the caller is being asked now."""
        if self.asked is None:
            return Expected()
        return Expected(self.asked.slot, self.asked.question)

    def next_intent(self, epoch: int) -> int:
        """The number of the next tool call of this owner: none that another owner takes, however late it wrote."""
        base = (epoch - 1) * INTENTS_OF_AN_OWNER
        return max((n for n in self.records if n > base), default=base) + 1

    def value(self, slot: str) -> Any:
        """The value of `slot`, None when not known."""
        found = self.slots.get(slot)
        return found.value if found else None

    def latest(self, tool: str) -> ToolRecord | None:
        """The newest finished call of `tool`."""
        done = [r for r in self.records.values() if r.tool == tool and r.ok is not None]
        return done[-1] if done else None

    @property
    def draft(self) -> str | None:
        """The handle of the order that is not confirmed yet."""
        return next((h for h, o in reversed(self.orders.items()) if o.get("status") == "draft"), None)

    def this_turn(self, tool: str) -> ToolRecord | None:
        """The newest finished call of `tool` within the present turn."""
        found = self.latest(tool)
        return found if found is not None and found.turn == self.turn else None


def fold_all(entries: Iterable[Entry], view: DialogueView | None = None) -> DialogueView:
    """Fold entries into `view` (a new one by default) and return it."""
    view = view or DialogueView()
    for entry in live(tuple(entries)):
        view.call_id, view.at = entry.call_id, entry.at
        fold(view, entry.event)
    return view


def fold(view: DialogueView, event: Event) -> None:
    """Apply one event; the time it happened at is in `view.at`."""
    view.seq += 1
    view.dialogue.fold(event)
    match event:
        case Announced():
            view.caller = event.caller
        case Connected():
            view.connected_at = view.at
            view.started_at = view.at if view.started_at is None else view.started_at
        case CallerSaid():
            view.said = (*view.said, redact(event.text))
            view.greeted = True
            view.confidence, view.began_at = event.confidence, view.connected_at + event.started_ms / 1000
        case Speaking() | Spoken() | KeyPressed():
            _played(view, event)
        case Agreed():
            view.agreements = (*view.agreements, (event.tool, event.digest, view.seq))
        case Understood():
            _fill(view, event.slot, SlotValue(event.value, event.turn, event.confidence))
        case Noted():
            _note(view, event.what, event.data)
        case ToolIntended():
            view.records[event.intent] = ToolRecord(
                event.intent, event.tool, event.args, view.turn, key=event.key
            )
        case ToolAnswered():
            _answered(view, event)
        case Refused():
            view.refusals += 1
        case TransferRequested():
            view.transferred = True
        case _:
            pass


def _fill(view: DialogueView, slot: str, value: SlotValue) -> None:
    view.moved = view.moved or view.value(slot) != value.value
    view.slots[slot] = value


def _played(view: DialogueView, event: Speaking | Spoken | KeyPressed) -> None:
    """What of a read-back is on its way to the caller, what was heard to its end, and when a key was pressed."""
    open_now = view.read_back
    if isinstance(event, KeyPressed):
        view.keyed_at = view.at
        return
    if isinstance(event, Speaking):
        if open_now is not None and event.text in open_now.facts:
            open_now.playing[event.sentence] = event.text
        return
    view.greeted = view.greeted or event.complete  # the notice is the first sentence of a call
    if open_now is not None and event.complete and event.sentence in open_now.playing:
        fact = open_now.playing[event.sentence]
        view.read_back = replace(open_now, heard=open_now.heard | {fact}, heard_at=view.at)


def _answered(view: DialogueView, event: ToolAnswered) -> None:
    asked = view.records.get(event.intent)
    args, key = (asked.args, asked.key) if asked else ({}, None)
    record = ToolRecord(
        event.intent, event.tool, args, view.turn, event.ok, event.result, event.error, key, view.seq
    )
    view.records[event.intent] = view.last_answer = record
    view.moved = True
    if event.ok and view.read_back is not None and view.read_back.tool == event.tool:
        view.read_back = None  # it was done: another yes needs another read-back
    if not isinstance(event.result, dict):
        return
    booking = event.result.get("booking")
    if event.ok and isinstance(booking, dict):
        view.bookings[booking["handle"]] = {**view.bookings.get(booking["handle"], {}), **booking}
    if event.result.get("gone") in view.times:
        view.times[event.result["gone"]] = {**view.times[event.result["gone"]], "gone": True}
    order = event.result.get("order")
    if isinstance(order, dict):  # also of a refusal: what the order has become meanwhile
        view.orders[order["handle"]] = {**view.orders.get(order["handle"], {}), **order}
    for name, table in (("options", view.options), ("points", view.points), ("orders", view.statuses),
                        ("stations", view.stations), ("times", view.times), ("bookings", view.bookings)):  # fmt: skip
        for row in event.result.get(name, ()) if event.ok else ():
            table[row["handle"]] = {**table.get(row["handle"], {}), **row}
    handle = event.result.get("handle")
    if event.ok and handle in view.options:
        view.options[handle] = {**view.options[handle], **event.result}


def _note(view: DialogueView, what: str, data: dict[str, Any]) -> None:
    apply = _NOTES.get(what)
    if apply is not None:
        apply(view, data)


def _turn(view: DialogueView, data: dict[str, Any]) -> None:
    if view.repaired != view.turn:
        view.repairs = 0
    view.moved = False
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
    view.moved = view.moved or view.chosen != data["handle"]
    view.chosen = view.focus = data["handle"]
    if view.chosen is not None and view.chosen not in view.offered:
        view.offered = (view.chosen,)


def _earlier(view: DialogueView, data: dict[str, Any]) -> None:
    view.earlier = data


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
    if key == "silence":
        return  # what was asked before is still asked
    view.moved = view.moved or (key.startswith(ANSWERS) and text not in view.last_lines)
    first = bool(data.get("first"))
    view.last_lines = (text,) if first else (*view.last_lines, text)
    if data.get("slot"):
        if key not in PATIENT:
            view.stuck = view.stuck + 1 if data["slot"] == view.stuck_on and not view.moved else 0
        view.stuck_on = str(data["slot"])
        view.asked = Asked(data["slot"], Question(data["question"]), key, view.turn)
    elif first:
        view.asked = None


def _flow(view: DialogueView, data: dict[str, Any]) -> None:
    name = data["name"]
    view.moved = view.moved or name != view.flow
    if name is None:
        view.flow, view.paused = (view.paused[-1], view.paused[:-1]) if view.paused else (None, ())
        return
    if view.flow not in (None, name):
        view.paused = (*(f for f in view.paused if f != name), str(view.flow))
    view.flow = name


def _cart(view: DialogueView, data: dict[str, Any]) -> None:
    view.cart = tuple((str(handle), int(quantity)) for handle, quantity in data["items"])


def _read_back(view: DialogueView, data: dict[str, Any]) -> None:
    view.read_back = ReadBack(data["tool"], data["digest"], tuple(data["facts"]), view.turn)


def _day_orders(view: DialogueView, data: dict[str, Any]) -> None:
    view.day_orders = {**view.day_orders, **{str(k): int(v) for k, v in data["counts"].items()}}


def _ordered(view: DialogueView, _: dict[str, Any]) -> None:
    """An order is settled: the next one starts with no tyres, but with the same recipient."""
    view.chosen, view.focus, view.offered, view.cart, view.read_back = None, None, (), (), None
    view.paused = tuple(flow for flow in view.paused if flow not in ("select_tyres", "availability"))
    for slot in ("quantity", "payment", "season", "brand", "tyre_model", "budget", "studded"):
        view.slots.pop(slot, None)


_NOTES: dict[str, Callable[[DialogueView, dict[str, Any]], None]] = {
    "turn": _turn, "line": _line, "flow": _flow, "cleared": _cleared, "filled": _filled, "failed": _failed,
    "answered": _settled, "offered": _offered, "focus": _focused, "chosen": _chosen, "told": _told,
    "handed_back": _handed_back, "ambiguous": _ambiguous, "announced": _announced, "earlier": _earlier, "cart": _cart,
    "read_back": _read_back, "day_orders": _day_orders, "ordered": _ordered,
}  # fmt: skip
