"""The bad inputs of an order: each is answered, none is guessed, nothing is bound."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest
from tests.unit.agent.dialogue import Dialogue

from call_center.agent.brain import CallTool
from call_center.agent.dispatch import Dispatcher
from call_center.agent.policy import Limits
from call_center.agent.runtime import KYIV, AgentSettings
from call_center.agent.tools import BadArguments, default_toolbox
from call_center.errors import StoreError

pytestmark = pytest.mark.unit

SIZE = "двісті п'ять на п'ятдесят п'ять, шістнадцять"
UP_TO_READ_BACK = (
    f"хочу замовити чотири зимові шини {SIZE}", "найдешевший", "Новою поштою, Львів, відділення чотири",
    "Андрій Ковальчук", "так", "післяплата",
)  # fmt: skip


def call_with(*said: str, caller: str | None = "+380990001234") -> Dialogue:
    """A call in which all this was said."""
    call = Dialogue(caller=caller)
    call.greet()
    for words in said:
        call.say(words)
    return call


@pytest.mark.parametrize(
    ("tool", "args", "field"),
    [
        ("create_order_draft", {"items": []}, "items"),
        ("create_order_draft", {"items": [{"option": "o1", "quantity": "4"}]}, "quantity"),
        ("create_order_draft", {"items": [{"option": "o1", "quantity": 0}]}, "quantity"),
        ("create_order_draft", {"items": [{"option": "o1", "quantity": 10_000}]}, "quantity"),
        ("create_order_draft", {"items": [{"option": "00120013", "quantity": 4}]}, "option"),
        (
            "create_order_draft",
            {"items": [{"option": "o1", "quantity": 4}], "phone": "+380990001234"},
            "phone",
        ),
        ("update_order_delivery", {"order": "d1", "method": "drone", "city": "Львів"}, "method"),
        (
            "update_order_delivery",
            {"order": "d1", "method": "courier", "city": "Львів", "address": 5},
            "address",
        ),
        ("confirm_order", {"order": "d1", "payment": "barter"}, "payment"),
        ("confirm_order", {"order": "d1", "payment": "cod", "total": 1}, "total"),
        ("get_order_status", {"order_number": "12345"}, "order_number"),
        ("get_pickup_points", {"city": "Львів", "kind": "ukrposhta"}, "kind"),
        ("request_callback", {"phone": "+380990001234"}, "phone"),
    ],
)
def test_wrong_argument_is_refused_with_the_name_of_the_field(
    tool: str, args: dict[str, Any], field: str
) -> None:
    """Strict types, no ids, no phones in clear, no totals from a brain."""
    with pytest.raises(BadArguments, match=field):
        default_toolbox().parse(tool, args)


@pytest.mark.parametrize(
    "call",
    [
        CallTool("create_order_draft", {"items": [{"option": "o99", "quantity": 4}]}),
        CallTool(
            "update_order_delivery", {"order": "d9", "method": "own_shop", "city": "Київ", "point": "p1"}
        ),
        CallTool(
            "update_order_delivery", {"order": "d1", "method": "own_shop", "city": "Київ", "point": "p99"}
        ),
        CallTool("confirm_order", {"order": "d9", "payment": "cod"}),
        CallTool("confirm_order", {"order": "d1", "payment": "cod"}),
    ],
)
def test_unknown_handle_and_unagreed_commit_reach_no_shop(call: CallTool) -> None:
    """Refused, journalled, and the shop never hears of it."""
    talk = call_with(*UP_TO_READ_BACK)
    before = list(talk.shop.effects)
    talk.agent.view.slots.pop("phone")

    async def run() -> None:
        box, limits = default_toolbox(), Limits()
        tools = Dispatcher(talk.journal, talk.shop, box, limits, lambda: talk.agent.view)
        async for _ in tools.run(call, datetime.fromtimestamp(talk.clock[0], KYIV), AgentSettings()):
            pass

    asyncio.run(run())
    assert talk.shop.effects == before
    assert talk.refused()


@pytest.mark.parametrize("code", ["unavailable", "timeout", "connection_lost", "bad_answer", "internal"])
@pytest.mark.parametrize("effect", ["create", "deliver", "confirm"])
def test_store_that_fails_at_any_step_leads_to_speech_and_no_second_order(code: str, effect: str) -> None:
    """500, 503, time-outs, HTML and cut JSON: an offer of an operator, then on with the same intent."""
    call = call_with(*UP_TO_READ_BACK[:4])
    call.shop.refusals[effect] = [StoreError(code, code=code)] * 2
    for words in ("так", "післяплата", "так", "так", "ні"):
        reply = call.say(words)
        assert reply.text or reply.hang_up
    assert len(call.shop.confirmed) <= 1


@pytest.mark.parametrize("words", ["десять тисяч", "нуль", "сто двадцять"])
def test_quantity_that_cannot_be_is_asked_for_again(words: str) -> None:
    """1 to 99; more than 20 is a person's."""
    call = call_with(f"хочу замовити зимові шини {SIZE}", "найдешевший")
    reply = call.say(words)
    assert "скільки шин" in reply.text.lower() or reply.transfer is not None or "одну" in reply.text
    assert call.shop.effects == []


def test_phone_of_seven_digits_is_asked_for_again() -> None:
    """Ten digits or nothing."""
    call = call_with(*UP_TO_READ_BACK[:4], caller=None)
    assert "десять цифр" in call.say("двадцять два тридцять три чотири п'ять шість").text
    assert call.agent.view.value("phone") is None


def test_phone_in_parts_and_on_the_keypad_is_put_together() -> None:
    """Dictated as people do; the keypad at once."""
    call = call_with(
        *UP_TO_READ_BACK[:4],
        "нуль дев'яносто дев'ять",
        "нуль нуль нуль",
        "одинадцять двадцять два",
        caller=None,
    )
    assert call.agent.view.value("phone") == "+380990001122"
    keyed = call_with(*UP_TO_READ_BACK[:4], caller=None)
    keyed.say("", keys="0990001122")
    assert keyed.agent.view.value("phone") == "+380990001122"


def test_two_thousand_words_and_an_empty_transcript_are_survived() -> None:
    """At every question of an order."""
    call = call_with()
    for words in UP_TO_READ_BACK:
        for noise in ("слово " * 2000, "", words):
            reply = call.say(noise)
            assert reply.text or reply.transfer
    assert call.shop.confirmed == []


def test_city_without_a_shop_and_branch_that_is_not_there_are_said() -> None:
    """Empty results are told, not invented around."""
    call = call_with(*UP_TO_READ_BACK[:2])
    assert "магазину немає" in call.say("самовивіз у Луцьку").text
    assert "немає" in call.say("тоді Новою поштою, дев'яносто дев'яте відділення").text


def test_sixty_results_offer_three_at_most() -> None:
    """A list is never read out."""
    call = call_with(f"хочу замовити зимові шини {SIZE}")
    assert len(call.agent.view.offered) <= 3


def test_card_number_reaches_neither_view_nor_summary() -> None:
    """Cut before anybody reads it."""
    card = "карта чотири чотири чотири один один один один один два два два два три три три три"
    call = call_with(*UP_TO_READ_BACK[:5], card)
    reply = call.say("з'єднайте з оператором")
    assert reply.transfer is not None
    assert "чотири чотири" not in reply.transfer.summary
    assert "чотири чотири" not in " ".join(call.agent.view.said)
