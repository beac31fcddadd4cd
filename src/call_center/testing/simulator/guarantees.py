"""What holds in every scenario, judged from the journal and the store, never from what the agent claims. Pure.

No digit or Latin letter for the voice; at most one question and 35 words a turn (read-backs excepted); no silent turn;
every commit after a read-back of exactly that and a yes heard after it; no effect twice; nothing confirmed in the store
that the journal does not know. Their own modules: every fact spoken is vouched for (`vouched`), every turn within its
deadline (`deadlines`), nothing but the listed changes in the store (`changed`).
"""

from __future__ import annotations

import re
from typing import Any, Final

from call_center.agent.mutations import REQUEST
from call_center.agent.phrases import SESSION_PHRASES
from call_center.core.journal.events import (
    Agreed,
    CallerSaid,
    Noted,
    Speaking,
    Spoken,
    ToolAnswered,
    ToolIntended,
)
from call_center.testing.simulator.changed import unlisted_changes
from call_center.testing.simulator.deadlines import deadlines
from call_center.testing.simulator.play import Outcome
from call_center.testing.simulator.vouched import unvouched

MAX_WORDS: Final = 35
COMMITS: Final = frozenset({"confirm_order", "book_fitting", "cancel_fitting"})
_UNSPEAKABLE = re.compile(r"[0-9A-Za-z]")


def guarantees(outcome: Outcome) -> list[str]:
    """One line per broken guarantee."""
    return [
        *_speech(outcome),
        *_commits(outcome),
        *_once(outcome),
        *_store(outcome),
        *_bookings(outcome),
        *unvouched(outcome),
        *deadlines(outcome),
        *unlisted_changes(outcome),
    ]


def _speech(outcome: Outcome) -> list[str]:
    failed = []
    for number, turn in enumerate(outcome.agent):
        said = [e for e in turn if e["event"] == "agent"]
        spoken = " ".join(str(e["spoken"]) for e in said)
        text = " ".join(str(e["text"]) for e in said)
        if _UNSPEAKABLE.search(spoken):
            failed.append(f"turn {number}: digits or Latin letters for the voice: {spoken[:60]}")
        if text.count("?") > 1:
            failed.append(f"turn {number}: {text.count('?')} questions: {text[:80]}")
        if len(text.split()) > MAX_WORDS and not any(e["expects"] == "agree" for e in said):
            failed.append(f"turn {number}: {len(text.split())} words: {text[:80]}")
        if not said and not any(e["event"] == "ended" for e in turn):
            failed.append(f"turn {number}: silence")
        if SESSION_PHRASES.apology in text:
            failed.append(f"turn {number}: nothing could be said but an apology")
    return failed


def _commits(outcome: Outcome) -> list[str]:
    failed = []
    read: dict[str, tuple[str, ...]] = {}
    heard: set[str] = set()
    agreed: set[str] = set()
    words = 0
    for entry in outcome.journal:
        event = entry.event
        if isinstance(event, Noted) and event.what == "read_back":
            read[str(event.data["digest"])] = tuple(event.data["facts"])
            heard, words = set(), 0
        elif isinstance(event, Spoken) and event.complete:
            heard.add(_text_of(outcome, event.sentence))
        elif isinstance(event, CallerSaid):
            words += 1
        elif isinstance(event, Agreed):
            facts = read.get(event.digest)
            if facts is None or not set(facts) <= heard or not words:
                failed.append(f"agreed to {event.tool} without a heard read-back")
            agreed.add(event.tool)
        elif isinstance(event, ToolIntended) and event.tool in COMMITS:
            if event.tool not in agreed:
                failed.append(f"{event.tool} without a yes")
            agreed.discard(event.tool)
    return failed


def _text_of(outcome: Outcome, sentence: int) -> str:
    return next(
        (
            e.event.text
            for e in outcome.journal
            if isinstance(e.event, Speaking) and e.event.sentence == sentence
        ),
        "",
    )


def _once(outcome: Outcome) -> list[str]:
    intents = [e.event for e in outcome.journal if isinstance(e.event, ToolIntended) and e.event.key]
    keys = [e.key for e in intents]
    failed = ["one key for two intents"] if len(keys) != len(set(keys)) else []
    orders = [json_of(e.args.get(REQUEST)) for e in intents if e.tool == "confirm_order"]
    if len(orders) != len(set(orders)):
        failed.append("one confirmation intended twice")
    return failed


def json_of(value: Any) -> str:
    """A comparable text of a request."""
    return repr(sorted(value.items())) if isinstance(value, dict) else repr(value)


def _bookings(outcome: Outcome) -> list[str]:
    """No slot booked twice for one phone, and no booking changed or claimed that the other side does not know."""
    rows = {b["id"]: b for b in outcome.changes.get("bookings", ())}
    standing = [
        (b["station"]["id"], b["date"], b["time"], b["customer_phone"])
        for b in rows.values()
        if b["status"] == "confirmed"
    ]
    failed = ["one slot booked twice"] if len(standing) != len(set(standing)) else []
    sent = [
        e.event.args[REQUEST] for e in outcome.journal
        if isinstance(e.event, ToolIntended) and e.event.tool in ("book_fitting", "cancel_fitting")
    ]  # fmt: skip
    made = [r["body"] for r in sent if "body" in r]
    for booking in rows.values():
        times = [(b["date"], b["time"]) for b in made]
        asked = booking["id"] in {r.get("id") for r in sent} or (booking["date"], booking["time"]) in times
        if (not asked and booking["change"] != "added") or (booking["change"] == "added" and not made):
            failed.append(f"booking {booking['id']} changed in the store, unknown to the call")
    claimed = {
        e.event.result["booking"]["booking_id"]
        for e in outcome.journal
        if isinstance(e.event, ToolAnswered) and e.event.tool == "book_fitting" and e.event.ok
    }
    return [*failed, *(f"booking {b} claimed, not in the store" for b in claimed - set(rows))]


def _store(outcome: Outcome) -> list[str]:
    confirmed = [
        o for o in outcome.changes.get("orders", ()) if o["status"] == "confirmed" and o["change"] == "added"
    ]
    known = {
        e.event.result["order"]["number"]
        for e in outcome.journal
        if isinstance(e.event, ToolAnswered) and e.event.tool == "confirm_order" and e.event.ok
    }
    sent = {e.event.args[REQUEST]["id"] for e in outcome.journal
            if isinstance(e.event, ToolIntended) and e.event.tool == "confirm_order"}  # fmt: skip
    failed = [
        f"order {o['order_number']} confirmed in the store, unknown to the call"
        for o in confirmed
        if o["order_number"] not in known and o["id"] not in sent
    ]
    shop = {o["order_number"] for o in confirmed}
    return [*failed, *(f"order {n} claimed, not in the store" for n in known - shop)]
