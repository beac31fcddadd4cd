"""What every scenario must hold can be broken, and is then found."""

from __future__ import annotations

from typing import Any

import pytest

from call_center.core.journal import events as ev
from call_center.testing.simulator import Outcome
from call_center.testing.simulator.bookings import bookings
from call_center.testing.simulator.changed import unlisted_changes
from call_center.testing.simulator.deadlines import deadlines, latencies
from call_center.testing.simulator.telling import ended_by, turns_of
from call_center.testing.simulator.vouched import unvouched

pytestmark = pytest.mark.unit


def journal(*events: ev.Event | tuple[float, ev.Event]) -> list[ev.Entry]:
    """Entries a second apart, or at the time given."""
    found = []
    for seq, item in enumerate(events, 1):
        at, event = item if isinstance(item, tuple) else (float(seq), item)
        found.append(ev.Entry("c", 1, seq, at, event))
    return found


def speaking(text: str, sentence: int = 1, turn: int = 1, *, filler: bool = False) -> ev.Speaking:
    """A sentence handed to the voice."""
    return ev.Speaking(turn, sentence, text, text, filler=filler)


def said(turn: int, text: str = "так") -> ev.CallerSaid:
    """A caller's turn."""
    return ev.CallerSaid(turn, text, 1.0, 0, 0)


def timed(turn: int, total_ms: float) -> ev.TurnTimed:
    """An answer that reached the wire so long after speech; the end of turn took 500 ms of it."""
    return ev.TurnTimed(turn, 500.0, 200.0, 5.0, 100.0, total_ms)


OPTIONS = {
    "options": [
        {
            "handle": "o1", "brand": "Nexen", "model": "N'Blue HD", "size": "205/55 R16", "season": "summer",
            "price": 3770, "stock": 8,
        }
    ],
    "total": 1,
}  # fmt: skip
SEARCHED = (ev.ToolIntended(1, "search_tires", {}), ev.ToolAnswered(1, "search_tires", True, OPTIONS))


def test_price_of_a_result_is_vouched_for_and_another_is_not() -> None:
    """The ledger as it stood when the sentence was spoken decides: a price told before the search is nobody's."""
    true = speaking("Є Nexen N'Blue за 3 770 грн.")
    assert unvouched(Outcome(journal=journal(*SEARCHED, true))) == []
    assert unvouched(Outcome(journal=journal(true, *SEARCHED))) != []
    assert unvouched(Outcome(journal=journal(*SEARCHED, speaking("Є Nexen N'Blue за 3 700 грн.")))) != []


def test_late_answers_are_found_by_voice() -> None:
    """4 s without tools, 8 s with them, 1.5 s for the first sound, all from the end of turn."""

    def late(*events: ev.Event | tuple[float, ev.Event]) -> list[str]:
        return deadlines(Outcome(journal=journal(*events), by_voice=True))

    assert late(said(1), timed(1, 1900)) == []
    assert "first sound" in late(said(1), timed(1, 2600))[0]
    filler = (2.0, speaking("Хвилинку.", filler=True))
    assert late((1.0, said(1)), filler, (5.0, timed(1, 4500))) == []
    assert "answer" in late((1.0, said(1)), filler, (7.0, timed(1, 6500)))[0]
    assert late((1.0, said(1)), filler, *SEARCHED, (7.0, timed(1, 6500))) == []
    assert "no answer" in late((1.0, said(1)), (30.0, said(2)), (60.0, ev.Ended("caller_hangup")))[0]


def test_late_answers_are_found_in_text() -> None:
    """The measured time of brain and tools; a filler is no answer."""
    event = {"event": "agent", "text": "так", "spoken": "так", "expects": None}
    entries = journal(speaking("Хвилинку.", filler=True), speaking("Є.", 2))
    slow = Outcome(["?"], [[event, event]], journal=entries, elapsed=[[0.7, 4.6]])
    assert "answer after 4.6 s" in deadlines(slow)[0]
    slow.elapsed = [[0.7, 3.0]]
    assert deadlines(slow) == []
    assert latencies(Outcome(["?"], [[], [event]], elapsed=[[], [0.01]])) == [10]


def order(**more: Any) -> dict[str, Any]:
    """A confirmed order of four."""
    row = {"id": "1", "change": "added", "status": "confirmed", "items": [{"product_id": "7", "quantity": 4}]}
    return row | more


GONE = {"product_id": "7", "warehouse": "kyiv", "was": 10, "now": 6}
AGREED = ev.Agreed(1, "confirm_order", "d")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"orders": [order()], "stock": [GONE], "sms": [{"order_id": "1"}]}, ""),
        ({"orders": [order()]}, "stock of 7"),
        ({"stock": [GONE]}, "stock of 7"),
        ({"orders": [order()], "stock": [GONE], "sms": [{"order_id": "1"}] * 2}, "2 messages"),
        ({"sms": [{"order_id": "9"}]}, "not made"),
        ({"orders": [order(), order(id="2", items=[])], "stock": [GONE]}, "2 orders confirmed, 1 agreed"),
        ({"bookings": [{"change": "moved"}]}, "1 bookings changed"),
        ({"callbacks": [{"phone": "+380990001234", "topic": "x"}]}, "1 callbacks in the store"),
        ({"prices": []}, "table prices"),
    ],
)
def test_changes_that_nothing_accounts_for(changes: dict[str, Any], complaint: str) -> None:
    """Every table of the store is looked at."""
    found = unlisted_changes(Outcome(journal=journal(AGREED), changes=changes))
    assert bool(found) == bool(complaint)
    assert complaint in "; ".join(found)


BOOKED = {
    "change": "added", "status": "confirmed", "customer_phone": "+380990001234", "customer_name": "Андрій",
    "station": {"id": "004107"}, "date": "2026-11-25", "time": "09:00", "service_type": "full_service",
    "tire_diameter": 16,
}  # fmt: skip


def test_bookings_are_exactly_those_listed() -> None:
    """Added, moved and cancelled ones each; absent means none; a booking made and cancelled is no change."""
    want = {"station": "004107", "date": ["2026-11-25", "2026-11-26"], "time": "09:00", "diameter": 16}
    changes = {"bookings": [BOOKED]}
    assert bookings({"bookings": [want | {"name": "андрій"}]}, changes) == []
    assert bookings({"bookings": [want | {"time": "10:00"}]}, changes) == ["bookings: time differs"]
    assert bookings({}, changes) == ["1 bookings, expected 0"]
    assert bookings({"bookings": [want]}, {"bookings": [BOOKED | {"change": "moved"}]}) != []
    assert bookings({}, {"bookings": [BOOKED | {"status": "cancelled"}]}) == []


def test_journal_of_a_spoken_call_becomes_turns() -> None:
    """A turn per thing said; what was dropped unheard is not there, a call that came back starts a turn."""
    entries = journal(
        ev.Connected("w", 8000),
        speaking("Добрий день.", 1, 0),
        ev.Spoken(1, 50, True, 50),
        said(1, "зимові"),
        speaking("Яке авто?", 2, 1),
        ev.Spoken(2, 0, False),
        said(1, "зимові на Хонду"),
        speaking("Який рік?", 3, 1),
        ev.Spoken(3, 40, True, 40),
        ev.Connected("w", 8000, True),
        speaking("Продовжимо.", 4, 1),
        ev.TransferRequested("limit", ""),
        ev.Ended("transfer"),
    )
    turns = [[e.get("text", e["event"]) for e in turn] for turn in turns_of(entries)]
    assert turns == [["Добрий день."], ["Який рік?"], ["Продовжимо.", "transfer", "ended"]]
    assert ended_by(entries) == "transfer"
    assert ended_by([]) == "lost"
