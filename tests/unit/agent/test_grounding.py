"""Nothing is spoken that the ledger does not vouch for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.agent.grounding import ground
from call_center.agent.ledger import Ledger, build
from call_center.agent.phrases import money
from call_center.agent.view import DialogueView, SlotValue, ToolRecord

pytestmark = pytest.mark.unit

TYRE: dict[str, Any] = {
    "handle": "o1", "product_id": "00120013", "brand": "Sava", "model": "Eskimo HP2", "size": "205/55 R16",
    "season": "winter", "price": 2450.0, "stock": 12, "country": "Словенія", "year": 2025, "studded": False,
}  # fmt: skip
EMPTY = {
    **TYRE,
    "handle": "o2",
    "product_id": "00120026",
    "brand": "Toyo",
    "model": "Observe GSi6",
    "stock": 0,
}


def ledger(quantity: int | None = None, *options: dict[str, Any]) -> Ledger:
    """A ledger after one search."""
    view = DialogueView()
    shown = list(options or (TYRE,))
    view.options = {o["handle"]: o for o in shown}
    result = {"options": shown, "total": len(shown), "relaxed": None}
    view.records[1] = ToolRecord(1, "search_tires", {}, 1, True, result)
    if quantity:
        view.slots["quantity"] = SlotValue(quantity, 1)
    return build(view)


def test_reference_is_rendered_from_the_tool_result() -> None:
    """A reference becomes the fact of the option it names."""
    found = ground("Є [[o1.brand]] за [[o1.price]].", ledger())
    assert found.ok
    assert found.text == "Є Sava за 2 450 грн."


def test_reference_to_nothing_is_not_spoken() -> None:
    """An unknown handle or fact stops the sentence."""
    assert not ground("Коштує [[o9.price]].", ledger()).ok
    assert not ground("Коштує [[o1.cost]].", ledger()).ok


@pytest.mark.parametrize(
    "sentence",
    [
        "Коштує 2 460 грн.",
        "Шини коштують нуль гривень.",
        "Коштує 0 грн, так?",
        "Лише дві тисячі гривень за шину.",
        "Розмір 205/50 R16 вам підійде.",
        "Є Michelin за [[o1.price]].",
        "На складі 13 шин.",
        "Приїде 2 грудня.",
        "Чекаємо вас о 14:30.",
        "На жаль, Sava зараз немає.",
        "Замовлення оформлено.",
        "Я записала вас.",
        "З'єдную вас з оператором.",
        "Доставка безкоштовна.",
        "Маємо знижку для вас.",
        "Є вільний час зранку.",
    ],
)
def test_bare_fact_that_nobody_vouches_for_is_not_spoken(sentence: str) -> None:
    """Prices, sizes, names, stock, dates, deeds and promises need a source."""
    assert not ground(sentence, ledger()).ok


@pytest.mark.parametrize(
    "sentence",
    [
        "Коштує 2 450 грн.",
        "Розмір 205/55 R16.",
        "На складі 12 шин.",
        "З'єднати вас з оператором?",
        "Який варіант вам підходить?",
        "Є зимові [[o1.name]] за [[o1.price]].",
    ],
)
def test_bare_fact_that_matches_the_ledger_is_spoken(sentence: str) -> None:
    """What a tool said may be said."""
    assert ground(sentence, ledger()).ok


@given(st.integers(min_value=0, max_value=1_000_000))
def test_only_known_amounts_pass_as_prices(amount: int) -> None:
    """A price is the option's, or its multiple by the wanted quantity; nothing else."""
    known = {2450, 2450 * 3}
    assert ground(f"Коштує {money(amount)}.", ledger(3)).ok is (amount in known)


def test_availability_of_an_empty_option_is_not_claimed() -> None:
    """«Є» needs stock of the very option, not of another."""
    both = ledger(None, TYRE, EMPTY)
    assert not ground("Зараз є [[o2.name]] за [[o2.price]].", both).ok
    assert ground("Зараз є [[o1.name]] за [[o1.price]].", both).ok
