"""The judge of killed orders sees what it is there to see."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import pytest

from call_center.agent.phrases import SESSION_PHRASES
from call_center.core.journal import events as ev
from call_center.testing.resilience.call import Death, OrderCall
from call_center.testing.resilience.judge import (
    asked_again,
    greetings,
    hit,
    never_said,
    problems,
    said_again,
    wrong_orders,
)
from call_center.testing.resilience.moments import CONFIRM, Kill, Moment, plan
from call_center.testing.resilience.person import Attention, Wish

pytestmark = pytest.mark.unit

NUMBER = "+380990000001"
WISH = Wish()
GOOD: dict[str, Any] = {
    "orders": [
        {
            "status": "confirmed",
            "customer": {"phone": NUMBER, "name": "Марія Коваленко"},
            "items": [{"size": WISH.size, "quantity": WISH.quantity}],
            "delivery": {"method": "nova_poshta_branch", "city": WISH.city, "branch": "1"},
            "payment": {"method": "cod"},
        }
    ],
    "stock": [{"was": 14, "now": 10}],
    "bookings": [],
    "callbacks": [],
}
HELLO = ev.Speaking(0, 1, "Добрий день!", "добрий день")
HOW_MANY = ev.Speaking(1, 2, "Скільки шин?", "скільки шин", slot="quantity", question="digits")
WHERE = ev.Speaking(2, 3, "Куди доставити?", "куди доставити", slot="delivery", question="choice")


def journal(*epochs: tuple[ev.Event, ...]) -> list[ev.Entry]:
    """A journal of one connection an epoch."""
    return [
        ev.Entry("call", epoch, seq, 100.0 * epoch + seq, event)
        for epoch, events in enumerate(epochs, start=1)
        for seq, event in enumerate(events, start=1)
    ]


def heard(told: ev.Speaking) -> tuple[ev.Event, ev.Event]:
    """A sentence that was played to its end."""
    return told, ev.Spoken(told.sentence, 50, True, 50)


def test_order_as_wished_is_right() -> None:
    """One confirmed order with everything in it."""
    assert wrong_orders(WISH, NUMBER, GOOD) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("status",), "draft"),
        (("customer", "phone"), "+380990000002"),
        (("customer", "name"), "Олена Бондар"),
        (("items",), [{"size": WISH.size, "quantity": 2}]),
        (("items",), []),
        (("delivery", "method"), "courier"),
        (("delivery", "city"), "Львів"),
        (("delivery", "branch"), "2"),
        (("payment", "method"), "online"),
    ],
)
def test_order_that_differs_is_wrong(path: tuple[str, ...], value: Any) -> None:
    """Each fact of it is looked at."""
    changes = copy.deepcopy(GOOD)
    place = changes["orders"][0]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert len(wrong_orders(WISH, NUMBER, changes)) == 1


@pytest.mark.parametrize("second", ["confirmed", "draft", "cancelled"])
def test_second_order_of_any_kind_is_wrong(second: str) -> None:
    """A duplicate, a draft that was left, and one that was taken back."""
    changes = copy.deepcopy(GOOD)
    changes["orders"].append({**changes["orders"][0], "status": second})
    assert "2 orders" in wrong_orders(WISH, NUMBER, changes)[0]


def test_stock_and_bookings_count() -> None:
    """Pieces that left twice, and what nobody asked for."""
    assert wrong_orders(WISH, NUMBER, {**GOOD, "stock": [{"was": 14, "now": 6}]})
    assert wrong_orders(WISH, NUMBER, {**GOOD, "callbacks": [{}]})


def test_question_that_had_its_answer_is_asked_again() -> None:
    """Keys, or words that filled a slot, were given on the dead connection; the heir asks for them once more."""
    keyed = (*heard(HOW_MANY), ev.CallerSaid(1, "", 1, 0, 0, keys="4"), ev.Noted("turn", {"keys": "4"}))
    assert asked_again(journal(keyed, (HOW_MANY,)), 1) == ["quantity"]
    said = (
        *heard(WHERE),
        ev.CallerSaid(2, "кур'єром", 0.9, 0, 9),
        ev.Understood(2, "delivery", "courier", 0.9),
    )
    assert asked_again(journal(said, (WHERE,)), 1) == ["delivery"]


def test_question_without_an_answer_may_come_again() -> None:
    """It was only asked; or the process asked again itself, not having understood; or the words came later."""
    assert asked_again(journal(heard(HOW_MANY), (HOW_MANY,)), 1) == []
    unclear = (*heard(WHERE), ev.CallerSaid(2, "ем", 0.2, 0, 9), *heard(WHERE))
    assert asked_again(journal(unclear, (WHERE,)), 1) == []
    late = (WHERE, ev.CallerSaid(3, "кур'єром", 0.9, 0, 9), ev.Understood(3, "delivery", "courier", 0.9))
    assert asked_again(journal(heard(WHERE), late), 1) == []


def test_sentence_that_had_been_heard_is_said_again() -> None:
    """A whole statement; not one that was cut, nor the question that waited, nor after the caller spoke again."""
    first = (*heard(HELLO), *heard(HOW_MANY))
    assert said_again(journal(first, (HELLO, HOW_MANY)), 1) == [HELLO.text]
    assert said_again(journal((HELLO, *heard(HOW_MANY)), (HELLO,)), 1) == []
    bridge = ev.Speaking(1, 7, SESSION_PHRASES.resumed, "вибачте")
    assert said_again(journal(first, (*heard(bridge), *heard(HOW_MANY)), (bridge, HOW_MANY)), 2) == []
    answered = (*first, ev.CallerSaid(1, "чотири", 0.9, 0, 9))
    assert said_again(journal(answered, (HOW_MANY,)), 1) == [HOW_MANY.text]
    assert said_again(journal(first, (ev.CallerSaid(1, "чотири", 0.9, 0, 9), HELLO)), 1) == []


def test_line_that_never_reached_the_voice_is_lost() -> None:
    """Unless it was made void, or the caller took the floor."""
    noted = ev.Noted("turn", {"turn": 1})
    line = ev.Noted("line", {"key": "k", "text": "Є шини. Скільки шин?"})
    told = ev.Speaking(1, 5, "Є шини.", "є шини")
    assert never_said(journal((noted, line, told, HOW_MANY))) == []
    assert never_said(journal((noted, line, told), (WHERE,))) == [HOW_MANY.text]
    assert never_said(journal((noted, line, told, ev.Interrupted(5, 9, "words")))) == []
    assert never_said(journal((noted, line, ev.CallerSaid(1, "шини на зиму", 0.9, 0, 9)))) == []
    void = ev.Noted("void", {"epoch": 1, "seq": 1})
    assert never_said(journal((noted, line, told), (void, WHERE))) == []


def test_greeting_is_counted() -> None:
    """The first sentence, on whatever connection."""
    assert greetings(journal((HELLO,), (HOW_MANY,))) == 1
    assert greetings(journal((HELLO,), (HELLO,))) == 2


@pytest.mark.parametrize(
    ("kill", "state", "seen"),
    [
        (Kill(Moment.SPEAKING, "quantity", 0.1), (HOW_MANY,), True),
        (Kill(Moment.SPEAKING, "quantity", 0.1), heard(HOW_MANY), False),
        (Kill(Moment.LISTENING, "quantity", 0.1), heard(HOW_MANY), True),
        (Kill(Moment.THINKING, "quantity", 0.1), (*heard(HOW_MANY), WHERE), False),
        (Kill(Moment.TOOL, "agree", 0.1, CONFIRM), (ev.ToolIntended(1, "confirm_order", {}, "k"),), True),
        (
            Kill(Moment.TOOL, "agree", 0.1, CONFIRM),
            (ev.ToolIntended(1, "confirm_order", {}, "k"), ev.ToolAnswered(1, "confirm_order", True)),
            False,
        ),
        (
            Kill(Moment.READ_BACK, "payment", 0.1),
            (ev.Noted("read_back", {"facts": ["Разом 5 грн."]}), ev.Speaking(3, 4, "Разом 5 грн.", "разом")),
            True,
        ),
        (Kill(Moment.READ_BACK, "payment", 0.1), (WHERE,), False),
        (Kill(Moment.AGREED, "agree", 0.1), (ev.Speaking(3, 4, "Правильно?", "", "agree", "yes_no"),), True),
        (Kill(Moment.AGREED, "agree", 0.1), heard(WHERE), False),
    ],
)
def test_hit_is_read_from_the_dead_journal(kill: Kill, state: tuple[ev.Event, ...], seen: bool) -> None:
    """A kill counts for its moment only when the process was in it."""
    assert hit(Death(kill, 1, 0.0), journal(state)) is seen


def test_call_that_did_not_end_well_is_a_problem() -> None:
    """Trouble of the caller, a connection too many, and who hung up."""
    entries = journal((ev.Connected("w", 8000), HELLO))
    well = OrderCall(NUMBER, WISH, entries=entries, ended_by="them")
    assert problems(well, GOOD) == []
    assert problems(OrderCall(NUMBER, WISH, entries=entries, ended_by="us"), GOOD)
    assert problems(OrderCall(NUMBER, WISH, entries=entries, trouble="silence"), GOOD) == ["silence"]
    twice = journal((ev.Connected("w", 8000), HELLO), (ev.Connected("w", 8000, True),))
    assert problems(OrderCall(NUMBER, WISH, entries=twice, ended_by="them"), GOOD)


def test_twenty_kills_have_every_moment_three_times() -> None:
    """Whatever the seed; and the seed alone decides."""
    for seed in range(50):
        assert min(Counter(kill.moment for kill in plan(seed, 20)).values()) >= 3
        assert plan(seed, 20) == plan(seed, 20)
        assert any(kill.mid_speech for kill in plan(seed, 20))
        assert any(kill.mid_keys for kill in plan(seed, 20))
    assert plan(1, 20) != plan(2, 20)


def test_person_answers_what_was_heard_to_its_end() -> None:
    """Not before the question was played, not twice, not while more is said, not a question of a dead process."""
    attention = Attention()
    dues = []
    for entry in journal(
        (ev.Connected("w", 8000), *heard(HOW_MANY), WHERE), (ev.Connected("w", 8000, True), *heard(WHERE))
    ):
        attention.take(entry)
        dues.append(attention.due)
    assert dues == [False, False, True, False, False, False, True]
    assert attention.answer() == "delivery"
    assert not attention.due
