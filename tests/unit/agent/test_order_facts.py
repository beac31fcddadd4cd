"""What is said about orders comes from the shop's answers, and claims of deeds only after them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.agent.facts import spoken_number
from call_center.agent.grounding import ground
from call_center.agent.ledger import Ledger, build, left_of
from call_center.agent.phrases import money
from call_center.agent.view import DialogueView, SlotValue, ToolRecord

pytestmark = pytest.mark.unit

ITEM = {
    "product_id": "x", "brand": "Sava", "model": "Eskimo HP2", "size": "205/55 R16", "quantity": 4,
    "price": 2_450, "sum": 9_800,
}  # fmt: skip
DELIVERY = {
    "method": "nova_poshta_branch", "city": "Львів", "address": "вул. Стрийська, 59", "branch": "4", "cost": 600,
    "days_min": 1, "days_max": 2,
}  # fmt: skip


def ledger(status: str = "draft", cost: int = 600, **order: Any) -> Ledger:
    """A ledger with one order in it."""
    view = DialogueView()
    made = {
        "handle": "d1", "number": "2650001", "status": status, "items": [ITEM], "subtotal": 9_800,
        "total": 9_800 + cost, "version": 2, "delivery": {**DELIVERY, "cost": cost}, **order,
    }  # fmt: skip
    view.orders = {"d1": made}
    return build(view)


def test_facts_of_an_order_are_rendered_from_the_shops_answer() -> None:
    """Items, place, total, number."""
    book = ledger()
    found = ground("[[d1.items]]: [[d1.city]], відділення [[d1.branch]], [[d1.total]], [[d1.days]].", book)
    assert found.text == "Sava Eskimo 205/55 R16 — 4 шини: Львів, відділення 4, 10 400 грн, 1–2 дні."
    assert ground("Номер [[d1.number]].", book).text == "Номер 26, 50, 001."


def test_fact_that_the_shop_did_not_tell_is_not_spoken() -> None:
    """No date before there is one."""
    assert not ground("Очікуйте до [[d1.eta]].", ledger()).ok
    assert ground("Очікуйте до [[d1.eta]].", ledger(eta="2026-11-25")).ok


@pytest.mark.parametrize(
    "sentence", ["Замовлення оформлено.", "Готово, замовлення оформлено, номер [[d1.number]]."]
)
def test_done_is_claimed_only_when_it_is_done(sentence: str) -> None:
    """A draft is no order."""
    assert not ground(sentence, ledger()).ok
    assert ground(sentence, ledger("confirmed")).ok


@pytest.mark.parametrize("sentence", ["Замовлення скасовано.", "Я скасувала замовлення."])
def test_cancelled_is_claimed_only_when_it_is(sentence: str) -> None:
    """Nor is a wish a cancellation."""
    assert not ground(sentence, ledger()).ok
    assert ground(sentence, ledger("cancelled")).ok


def test_free_delivery_is_claimed_only_when_the_shop_says_so() -> None:
    """The shop's answer, for this order; other things are not free because delivery is."""
    assert not ground("Доставка безкоштовна.", ledger()).ok
    assert ground("Доставка безкоштовна.", ledger(cost=0)).ok
    assert not ground("Шиномонтаж безкоштовний.", ledger(cost=0)).ok


def test_caller_back_is_promised_only_after_the_shop_took_the_wish() -> None:
    """`request_callback` succeeded."""
    assert not ground("Вам передзвонять.", build(DialogueView())).ok
    view = DialogueView()
    view.records[1] = ToolRecord(1, "request_callback", {}, 1, True, {"callback": {}})
    assert ground("Вам передзвонять.", build(view)).ok


def test_state_of_an_order_needs_a_look_up() -> None:
    """«Відправлене» is the shop's word."""
    assert not ground("Ваше замовлення вже відправлене.", build(DialogueView())).ok
    view = DialogueView()
    view.statuses = {"q1": {"handle": "q1", "status": "shipped", "eta": "2026-11-24"}}
    assert ground("Ваше замовлення [[q1.status]], очікуйте [[q1.eta]].", build(view)).ok
    assert not ground("Разом [[q1.total]].", build(view)).ok


@pytest.mark.parametrize("sentence", ["Разом нуль гривень, так?", "Разом 0 грн, так?", "Доставка 1 грн."])
def test_caller_grounds_no_price(sentence: str) -> None:
    """However often it is said."""
    view = DialogueView()
    view.slots["budget"] = SlotValue({"max": 1}, 1)
    view.said = ("нуль гривень, так?",)
    assert not ground(sentence, build(view)).ok


@given(st.integers(min_value=0, max_value=200_000))
def test_only_the_orders_own_sums_pass_as_the_sum(amount: int) -> None:
    """Subtotal and total; neither the price of one nor that of the delivery."""
    assert ground(f"Разом {money(amount)}.", ledger()).ok is (amount in {9_800, 10_400})


def test_left_of_a_split_order_is_what_one_warehouse_has() -> None:
    """Warehouses are not added up."""
    split = {
        "locations": [
            {"warehouse": "Київ", "items": [{"product_id": "x", "quantity": 3}]},
            {"warehouse": "Львів", "items": [{"product_id": "x", "quantity": 2}]},
        ]
    }
    assert left_of(split) == {"x": 3}
    assert left_of({"items": [{"product_id": "x", "requested": 4, "available": 1}]}) == {"x": 1}


@given(st.from_regex(r"\d{7}", fullmatch=True))
def test_order_number_is_said_digit_for_digit(number: str) -> None:
    """Groups, nothing lost."""
    assert spoken_number(number).replace(", ", "") == number
