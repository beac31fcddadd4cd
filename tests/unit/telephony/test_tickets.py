"""Tickets open once, in time, at their worker."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.telephony.tickets import Admission, Refusal, TicketBook

pytestmark = pytest.mark.unit


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: float = 100.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def test_ticket_opens_its_call() -> None:
    """A fresh ticket at its worker opens the call it was issued for."""
    book = TicketBook(Clock())
    assert book.redeem(book.issue("call-1", "w1"), "w1") == Admission("call-1")


def test_ticket_opens_once() -> None:
    """The second use is refused as used."""
    book = TicketBook(Clock())
    ticket = book.issue("call-1", "w1")
    book.redeem(ticket, "w1")
    assert book.redeem(ticket, "w1") is Refusal.USED


def test_ticket_expires() -> None:
    """At ttl seconds a ticket no longer opens."""
    clock = Clock()
    book = TicketBook(clock, ttl=10.0)
    ticket = book.issue("call-1", "w1")
    clock.now += 10.0
    assert book.redeem(ticket, "w1") is Refusal.EXPIRED


def test_ticket_shown_at_another_worker_is_burnt() -> None:
    """A ticket at the wrong worker opens nothing, there or later at its own."""
    book = TicketBook(Clock())
    ticket = book.issue("call-1", "w1")
    assert book.redeem(ticket, "w2") is Refusal.WRONG_WORKER
    assert book.redeem(ticket, "w1") is Refusal.USED


def test_made_up_ticket_is_unknown() -> None:
    """A UUID that was never issued opens nothing."""
    assert TicketBook(Clock()).redeem(uuid4(), "w1") is Refusal.UNKNOWN


def test_full_book_drops_the_oldest() -> None:
    """The book is bounded: the oldest ticket goes, the newest opens."""
    book = TicketBook(Clock(), capacity=2)
    tickets = [book.issue(f"call-{n}", "w1") for n in range(3)]
    assert book.redeem(tickets[0], "w1") is Refusal.UNKNOWN
    assert book.redeem(tickets[2], "w1") == Admission("call-2")


def test_tickets_of_a_dead_worker_are_revoked() -> None:
    """What was issued for a worker that went away does not open; others do."""
    book = TicketBook(Clock())
    dead, alive = book.issue("call-1", "w1"), book.issue("call-2", "w2")
    assert book.revoke_worker("w1") == 1
    assert book.redeem(dead, "w1") is Refusal.UNKNOWN
    assert book.redeem(alive, "w2") == Admission("call-2")


def test_repr_shows_no_ticket() -> None:
    """A ticket is a key: no repr of the book contains it."""
    book = TicketBook(Clock())
    ticket = book.issue("call-1", "w1")
    assert str(ticket) not in repr(book)
    assert "open=1" in repr(book)


@pytest.mark.parametrize(("ttl", "capacity"), [(0.0, 1), (-1.0, 1), (1.0, 0)])
def test_impossible_book_is_refused(ttl: float, capacity: int) -> None:
    """A book that could never open a ticket is a mistake in the wiring."""
    with pytest.raises(ValueError, match="ticket book"):
        TicketBook(Clock(), ttl=ttl, capacity=capacity)


@given(st.lists(st.tuples(st.sampled_from(["issue", "redeem", "wait"]), st.integers(0, 30)), max_size=60))
def test_no_history_opens_a_ticket_twice_or_late(steps: list[tuple[str, int]]) -> None:
    """Over any history: at most one admission a ticket, none after ttl, never more held than capacity."""
    clock = Clock()
    issued: list[tuple[UUID, float]] = []
    opened: set[UUID] = set()
    book = TicketBook(clock, ttl=10.0, capacity=5)
    for step, value in steps:
        if step == "wait":
            clock.now += value
        elif step == "issue":
            issued.append((book.issue(str(len(issued)), "w"), clock.now))
        elif issued:
            ticket, at = issued[value % len(issued)]
            if isinstance(book.redeem(ticket, "w"), Admission):
                assert ticket not in opened
                assert clock.now - at < 10.0
                opened.add(ticket)
        assert len(book) <= 5
