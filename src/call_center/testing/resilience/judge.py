"""What a killed order must have come to. Pure: from the journal and the shop's changed rows.

`problems` is about the call and the shop; `hit` about the kill: one that came too late or too early proves nothing of
its moment, but its order must be right all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rapidfuzz import fuzz

from call_center.agent.continuing import live
from call_center.agent.phrases import SESSION_PHRASES
from call_center.core.journal import events as ev
from call_center.testing.resilience.call import Death, OrderCall
from call_center.testing.resilience.moments import Moment
from call_center.testing.resilience.person import Wish

SAME_NAME = 80.0  # likeness: the recogniser may write a name differently, the read-back said what it heard


def problems(call: OrderCall, changes: dict[str, Any]) -> list[str]:
    """Everything that is wrong with a call and what it left in the shop; empty when all is well."""
    found = [call.trouble] if call.trouble else []
    if not found and call.ended_by != "them":
        found.append(f"the call was ended by {call.ended_by or 'nobody'}, not by the agent's goodbye")
    found += wrong_orders(call.wish, call.number, changes)
    connections = [e.event for e in call.entries if isinstance(e.event, ev.Connected)]
    if [c.resumed for c in connections] != [False, *[True] * len(call.deaths)]:
        found.append(f"{len(connections)} connections after {len(call.deaths)} kills")
    if greetings(call.entries) != 1:
        found.append(f"greeted {greetings(call.entries)} times")
    for death in call.deaths:
        found += [f"asked again: {slot}" for slot in asked_again(call.entries, death.epoch)]
        found += [f"said again: {text}" for text in said_again(call.entries, death.epoch)]
        if any(e.epoch == death.epoch + 1 and isinstance(e.event, ev.CallerSilent) for e in call.entries):
            found.append(f"nothing was asked after the kill: {death.kill.moment}")
    return found + [f"never said: {text}" for text in never_said(call.entries)]


def wrong_orders(wish: Wish, number: str, changes: dict[str, Any]) -> list[str]:
    """How the shop's orders differ from exactly one, as wished, confirmed; drafts that were left count too."""
    orders = changes["orders"]
    if len(orders) != 1:
        states = ", ".join(str(order["status"]) for order in orders)
        return [f"{len(orders)} orders in the shop instead of one ({states})"]
    order = orders[0]
    items = [(item["size"], item["quantity"]) for item in order["items"]]
    delivery = order["delivery"] or {}
    facts = {
        "status": (order["status"], "confirmed"),
        "phone": (order["customer"]["phone"], number),
        "items": (items, [(wish.size, wish.quantity)]),
        "delivery": (delivery.get("method"), "nova_poshta_branch"),
        "city": (delivery.get("city"), wish.city),
        "branch": (str(delivery.get("branch")), str(wish.branch)),
        "payment": ((order["payment"] or {}).get("method"), "cod"),
    }
    found = [f"{what} is {is_!r}, not {wanted!r}" for what, (is_, wanted) in facts.items() if is_ != wanted]
    name = str(order["customer"]["name"])
    if fuzz.ratio(name.lower(), wish.name.lower()) < SAME_NAME:
        found.append(f"name is {name!r}, not {wish.name!r}")
    moved = sum(row["was"] - row["now"] for row in changes["stock"])
    if moved != wish.quantity:
        found.append(f"{moved} pieces left the stock, not {wish.quantity}")
    if changes["bookings"] or changes["callbacks"]:
        found.append("bookings or callbacks that nobody asked for")
    return found


def greetings(entries: Iterable[ev.Entry]) -> int:
    """How often the first sentence of the call was said."""
    texts = [entry.event.text for entry in entries if isinstance(entry.event, ev.Speaking)]
    return texts.count(texts[0]) if texts else 0


def said_again(entries: Sequence[ev.Entry], epoch: int) -> list[str]:
    """What was heard whole on the connections up to `epoch` and said again at the start of the next one.

    A question that waited for its answer may come again.
    """
    before = [e for e in entries if e.epoch <= epoch]
    whole = {
        (e.epoch, e.event.sentence) for e in before if isinstance(e.event, ev.Spoken) and e.event.complete
    }
    heard: dict[str, bool] = {}
    waiting = ""
    for entry in before:
        match entry.event:
            case ev.Speaking(filler=False) as told:
                heard[told.text] = heard.get(told.text, False) or (entry.epoch, told.sentence) in whole
                waiting = told.text if told.question is not None else waiting
            case ev.CallerSaid():
                waiting = ""
            case _:
                pass
    found = []
    for entry in entries:
        if entry.epoch == epoch + 1 and isinstance(
            entry.event, ev.CallerSaid | ev.KeyPressed | ev.CallerSilent
        ):
            break
        if entry.epoch == epoch + 1 and isinstance(entry.event, ev.Speaking) and not entry.event.filler:
            found.append(entry.event.text)
    may_come = {waiting, SESSION_PHRASES.resumed}
    return [text for text in found if text not in may_come and heard.get(text)]


def never_said(entries: Sequence[ev.Entry]) -> list[str]:
    """Lines that the dialogue decided on and that never reached the voice, although nobody took the floor."""
    told = sorted({e.event.text for e in entries if isinstance(e.event, ev.Speaking)}, key=len, reverse=True)
    kept, found = live(entries), []
    for place, entry in enumerate(kept):
        if not (isinstance(entry.event, ev.Noted) and entry.event.what == "line"):
            continue
        left = str(entry.event.data["text"])
        for text in told:
            left = left.replace(text, "")
        if any(letter.isalnum() for letter in left) and not _taken(kept, place):
            found.append(left.strip())
    return found


def _taken(entries: Sequence[ev.Entry], place: int) -> bool:
    """Whether the caller took the floor from the answer noted at `place`, or went on with the turn that it answers."""
    turns = [
        e.event.data["turn"]
        for e in entries[:place]
        if isinstance(e.event, ev.Noted) and e.event.what == "turn"
    ]
    for entry in entries[place:]:
        match entry.event:
            case ev.Interrupted():
                return True
            case ev.CallerSaid(turn=turn):
                return turn in turns[-1:]
            case _:
                pass
    return False


def asked_again(entries: Sequence[ev.Entry], epoch: int) -> list[str]:
    """Slots that were answered on the connections up to `epoch` and asked for on a later one."""
    given = answers(entry for entry in entries if entry.epoch <= epoch)
    understood = {e.event.turn for e in entries if isinstance(e.event, ev.Understood)}
    settled = {slot for slot, turn in given.items() if turn is None or turn in understood}
    asked = [
        entry.event.slot
        for entry in entries
        if entry.epoch > epoch and isinstance(entry.event, ev.Speaking) and entry.event.question is not None
    ]
    return [slot for slot in dict.fromkeys(asked) if slot in settled]


def answers(entries: Iterable[ev.Entry]) -> dict[str, int | None]:
    """Slots whose question got an answer that stands in the journal: the turn of the words, None for keys.

    A question that was asked again by the same process (not understood) is open again.
    """
    given: dict[str, int | None] = {}
    slot, asked_in = "", 0
    for entry in entries:
        match entry.event:
            case ev.Speaking(question=question, filler=False) as told if question is not None:
                slot, asked_in = told.slot or "open", entry.epoch
                given.pop(slot, None)
            case ev.CallerSaid(text=text, turn=turn) if text and slot and entry.epoch == asked_in:
                given[slot] = turn
            case ev.Noted("turn", data) if data.get("keys") and slot:
                given[slot] = None
            case _:
                pass
    given.pop("open", None)
    return given


def hit(death: Death, entries: Sequence[ev.Entry]) -> bool:
    """Whether the dead process was in the state that its journal should show."""
    epoch = [entry.event for entry in entries if entry.epoch == death.epoch]
    over = {e.sentence for e in epoch if isinstance(e, ev.Spoken)}
    told = [e for e in epoch if isinstance(e, ev.Speaking)]
    playing = [sentence for sentence in told if sentence.sentence not in over]
    done = {e.intent for e in epoch if isinstance(e, ev.ToolAnswered)}
    flying = [e.tool for e in epoch if isinstance(e, ev.ToolIntended) and e.intent not in done]
    match death.kill.moment:
        case Moment.SPEAKING:
            return bool(playing)
        case Moment.LISTENING | Moment.THINKING:
            return not [sentence for sentence in playing if not sentence.filler]
        case Moment.TOOL:
            return death.kill.slow is not None and death.kill.slow.tool in flying
        case Moment.READ_BACK:
            facts = [
                str(f)
                for e in entries
                if isinstance(e.event, ev.Noted) and e.event.what == "read_back"
                for f in e.event.data["facts"]
            ]
            return any(sentence.text in facts or sentence.slot == "agree" for sentence in playing)
        case Moment.AGREED:
            confirmed = [e for e in epoch if isinstance(e, ev.ToolAnswered) and e.tool == "confirm_order"]
            asked = [sentence.slot for sentence in told if not sentence.filler]
            return not confirmed and asked[-1:] == ["agree"]
