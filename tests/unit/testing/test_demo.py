"""The demo's person and its verdict: neither may be fooled."""

from __future__ import annotations

from typing import Any

import pytest

from call_center.core.journal.events import Event, Speaking, Spoken, ToolAnswered
from call_center.testing.demo import hearing
from call_center.testing.demo.person import Person, Reply
from call_center.testing.demo.verdict import (
    heard_sentences,
    lies,
    searched,
    told_options,
    told_sum,
    wrong_orders,
)
from call_center.testing.demo.wish import CARS, wish
from call_center.testing.demo.words import spoken_size_rim

pytestmark = pytest.mark.unit
CALLER = "+380990000001"
OPTIONS = "Є Triangle за 2 600 грн, Hankook за 4 000 грн і Michelin за 5 050 грн."
SUM = 8120
SHELF = [
    {"brand": "Triangle", "price": 2600},
    {"brand": "Hankook", "price": 4000},
    {"brand": "Michelin", "price": 5050.0},
]


def spoken(text: str, *, complete: bool = True, number: int = 1) -> list[Event]:
    """A sentence that was said, to its end or not."""
    return [Speaking(1, number, text, text), Spoken(number, 100, complete)]


def test_options_that_are_the_stores_are_no_lies() -> None:
    """Brand and price together are looked up."""
    told = told_options(spoken(OPTIONS))
    assert [price for _, price in told] == [2600, 4000, 5050]
    assert lies(told, SHELF) == []


@pytest.mark.parametrize(
    "text",
    [
        OPTIONS.replace("4 000", "4 100"),
        OPTIONS.replace("Hankook", "Nokian"),
        OPTIONS.replace("2 600", "4 000"),
        "Коштує 2 600 грн.",
    ],
)
def test_wrong_price_or_brand_is_found(text: str) -> None:
    """A price of another brand, another price or a price without brand is not the store's."""
    assert lies(told_options(spoken(text)), SHELF)


def test_sentence_that_was_cut_was_not_heard() -> None:
    """What the caller interrupted proves nothing."""
    assert heard_sentences(spoken(OPTIONS, complete=False)) == []


def test_sizes_come_from_the_tools_answers() -> None:
    """The verdict asks the store about what was really searched."""
    answer = ToolAnswered(
        1, "search_tires", True, {"options": [{"size": "205/55 R16"}, {"size": "205/55 R16"}]}
    )
    failed = ToolAnswered(2, "search_tires", False, None, "unavailable")
    assert searched([answer, failed]) == ["205/55 R16"]


def item(brand: str, price: float, quantity: int, rim: str = "R16") -> dict[str, Any]:
    """A line of an order as the store keeps it."""
    return {"brand": brand, "price": price, "quantity": quantity, "size": f"205/55 {rim}"}


def person_and_order(seed: int = 1) -> tuple[Person, dict[str, Any]]:
    """A person who chose, and the order that is exactly their wish."""
    person = Person(wish(seed, CALLER), seed)
    person.chosen, person.place = ("Hankook", 4000), "вул. Балківська, 144"
    mine = person.wish
    address = f"{mine.street}, {mine.house}" if mine.way == "courier" else person.place
    order = {
        "status": "confirmed",
        "items": [item("Hankook", 4000.0, mine.quantity, spoken_size_rim(mine.car.diameter))],
        "delivery": {
            "method": mine.way, "city": mine.city.name, "branch": str(mine.branch), "address": address,
        },
        "customer": {"name": mine.name, "phone": mine.phone},
        "payment": {"method": mine.payment},
        "total": 8120.0,
    }  # fmt: skip
    return person, order


@pytest.mark.parametrize("seed", range(1, 13))
def test_exactly_the_wished_order_is_right(seed: int) -> None:
    """Beside it only cancelled drafts may stand."""
    person, order = person_and_order(seed)
    assert wrong_orders(person, [order, {**order, "status": "cancelled"}], SUM) == []
    assert wrong_orders(person, [order, order], SUM)
    assert wrong_orders(person, [], SUM)
    assert wrong_orders(person, [order], None)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "draft"},
        {"items": [item("Hankook", 4000, 3)]},
        {"items": [item("Sava", 4000, 4)]},
        {"items": [item("Hankook", 4100, 4)]},
        {"items": [item("Hankook", 4000, 4, "R18")]},
        {"items": []},
        {"delivery": None},
        {"customer": {"name": "Ольга Бойко", "phone": CALLER}},
        {"payment": {"method": None}},
        {"total": 8200.0},
    ],
)
def test_every_fact_of_the_order_is_compared(change: dict[str, Any]) -> None:
    """One wrong fact is found."""
    person, order = person_and_order()
    assert wrong_orders(person, [{**order, **change}], SUM)


def test_the_sum_of_an_order_is_no_price_of_a_tyre() -> None:
    """It is compared with the order instead; the last one told counts."""
    events = [
        *spoken("Разом із доставкою 17 040 грн."),
        *spoken("Разом 8 120 грн, доставка безкоштовна.", number=2),
    ]
    assert told_options(events) == []
    assert told_sum(events) == SUM


def test_names_are_compared_by_sound() -> None:
    """Spelling is nobody's mistake on a telephone; another name is."""
    assert hearing.alike("Каваленко", "Коваленко")
    assert not hearing.alike("Бондаренко", "Коваленко")
    assert hearing.address_alike("вул. Садова, 7", "вулиця Садова, 7")
    assert not hearing.address_alike("вул. Садова, 8", "вулиця Садова, 7")


def test_wrong_read_back_is_not_agreed_to() -> None:
    """The person hears what differs and says so; what is right is agreed to."""
    person, _ = person_and_order()
    mine = person.wish
    person.changed, mine.quantity_first = True, mine.quantity
    mine.way, mine.payment = "nova_poshta_branch", "cod"
    phone = mine.phone.removeprefix("+38")
    right = (
        f"Перевірмо замовлення: Hankook Winter 205/55R16 — {mine.quantity} шини. Доставка Новою поштою:"
        f" {mine.city.name}, відділення {mine.branch}. Отримувач — {mine.name}, телефон {phone}, оплата при отриманні."
        " Разом 16 000 грн. Усе правильно?"
    )
    said = person.answer(right)
    assert said is not None
    assert said.text.startswith("Так")
    for wrong in (
        right.replace(f"— {mine.quantity} шини", "— 3 шини"),
        right.replace("Hankook", "Sava"),
        right.replace(phone, "0990000000"),
        right.replace(mine.name, "Ольга Бойко"),
        right.replace("при отриманні", "онлайн"),
        right.replace(f"відділення {mine.branch}", "відділення 99"),
    ):
        complaint = person.answer(wrong)
        assert complaint is not None
        assert complaint.text.startswith("Ні")


@pytest.mark.parametrize(
    "told",
    [
        "Ваш розмір — 225/45 R18: є Triangle за 2 600 грн. Який варіант обираєте?",
        "Якщо у вас 225/45 R18, є Triangle за 2 600 грн. Який варіант обираєте?",
        "Triangle, 225/45 R18: 2 600 грн за шину, є 48 шин. Оформити замовлення?",
        "Ваш розмір — 225/45 R18, правильно?",
    ],
)
def test_a_size_that_is_not_on_the_sidewall_is_objected_to(told: str) -> None:
    """Wherever it is told, but not for ever: then the verdict finds the wrong size."""
    person = Person(wish(1, CALLER), 1)
    diameter = person.wish.car.diameter
    said = [person.answer(told) for _ in range(4)]
    assert said[:3] == [Reply(f"Ні, радіус {diameter}.")] * 3
    assert said[3] != said[0]
    mine = told.replace("R18", spoken_size_rim(diameter))
    assert Person(wish(1, CALLER), 1).answer(mine) != said[0]


def test_person_waits_for_a_question() -> None:
    """Half an answer is no reason to speak."""
    person = Person(wish(1, CALLER), 1)
    assert person.wants_more("Звісно.")
    assert not person.wants_more("Якого року випуску?")


def test_person_keys_in_what_the_agent_asks_to_key_in() -> None:
    """A number that was not understood is pressed."""
    person = Person(wish(1, CALLER), 1)
    answers = [person.answer("Наберіть, будь ласка, номер на клавіатурі телефону.") for _ in range(2)]
    assert answers[1] == Reply(keys=person.wish.phone.removeprefix("+38"))


def test_person_gives_up_on_an_agent_that_repeats_itself() -> None:
    """Nobody answers the same question for ever."""
    person = Person(wish(2, CALLER), 2)
    answers = [person.answer("Якого року випуску?") for _ in range(12)]
    assert answers[0] is not None
    assert answers[-1] is None


def test_seeds_are_different_calls() -> None:
    """Seeds change car, city, name, phone, delivery and what is changed."""
    people = [wish(seed, CALLER) for seed in range(1, 11)]
    assert len({mine.car.full for mine in people}) == len(CARS)
    for what in ("way", "by_phone", "change", "city", "name"):
        assert len({str(getattr(mine, what)) for mine in people}) >= 3, what
