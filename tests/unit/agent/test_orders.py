"""An order by voice: nothing bound without a yes to exactly that, everything once, corrections at any time."""

from __future__ import annotations

import pytest
from tests.unit.agent.dialogue import Dialogue

from call_center.agent.mutations import REQUEST, key_of
from call_center.core.journal.events import Agreed, Noted, ToolIntended
from call_center.errors import StoreError

pytestmark = pytest.mark.unit

SIZE = "двісті п'ять на п'ятдесят п'ять, шістнадцять"
UP_TO_PLACE = (f"хочу замовити чотири зимові шини {SIZE}", "найдешевший")
UP_TO_PAYMENT = (*UP_TO_PLACE, "Новою поштою, Львів, відділення чотири", "Андрій Ковальчук", "так")
UP_TO_READ_BACK = (*UP_TO_PAYMENT, "післяплата")


def call_with(*said: str, caller: str | None = "+380990001234") -> Dialogue:
    """A call in which all this was said."""
    call = Dialogue(caller=caller)
    call.greet()
    for words in said:
        call.say(words)
    return call


def failure(code: str, status: int = 0, **details: object) -> StoreError:
    """What the shop answers."""
    return StoreError(code, code=code, status=status, details=details)


def test_read_back_tells_items_place_recipient_and_total() -> None:
    """Everything that will be sent is said before the question."""
    call = call_with(*UP_TO_PAYMENT)
    text = call.say("післяплата").text
    for part in (
        "4 шини",
        "Львів, відділення 4",
        "Андрій Ковальчук",
        "099 000 12 34",
        "при отриманні",
        "11 000 грн",
    ):
        assert part in text
    assert text.endswith("правильно?")
    assert call.shop.confirmed == []


def test_plain_yes_confirms_once_and_tells_the_number() -> None:
    """One yes, one order."""
    call = call_with(*UP_TO_READ_BACK)
    assert "оформлено" in call.say("так, все правильно").text
    assert [o["total"] for o in call.shop.confirmed] == [11_000]
    assert call.shop.effects.count("confirm") == 1


def test_agreement_is_in_the_journal_before_the_intent() -> None:
    """Read-back, agreement, intent, in this order; the agreement binds the read-back's hash."""
    call = call_with(*UP_TO_READ_BACK, "так")
    events = [e.event for e in call.journal.entries]
    read = next(i for i, e in enumerate(events) if isinstance(e, Noted) and e.what == "read_back")
    agreed = next(i for i, e in enumerate(events) if isinstance(e, Agreed))
    sent = next(i for i, e in enumerate(events) if isinstance(e, ToolIntended) and e.tool == "confirm_order")
    assert read < agreed < sent
    bound, told = events[agreed], events[read]
    assert isinstance(bound, Agreed)
    assert isinstance(told, Noted)
    assert bound.digest == told.data["digest"]


@pytest.mark.parametrize(
    "words",
    ["угу", "ага", "так-так", "алло", "так, але кур'єром", "так, і ще дві літні", "так?", "", "нуль гривень, так?",
     "ні", "не знаю", "ну можна було б", "давайте завтра", "слово " * 2000],
)  # fmt: skip
def test_what_is_no_plain_yes_confirms_nothing(words: str) -> None:
    """A backchannel, silence, a question, a yes with something else in it."""
    call = call_with(*UP_TO_READ_BACK)
    call.say(words)
    assert call.shop.confirmed == []


def test_yes_that_was_heard_badly_is_asked_for_again() -> None:
    """Low confidence is no yes."""
    call = call_with(*UP_TO_READ_BACK)
    call.say("так", confidence=0.4)
    assert call.shop.confirmed == []
    call.say("так")
    assert len(call.shop.confirmed) == 1


def test_yes_in_the_middle_of_the_read_back_brings_it_again() -> None:
    """A fact that was not played to its end was not agreed to."""
    call = call_with(*UP_TO_PAYMENT)
    call.heard = False
    call.say("післяплата")
    call.heard = True
    assert "Перевірмо" in call.say("так").text
    assert call.shop.confirmed == []
    call.say("так")
    assert len(call.shop.confirmed) == 1


def test_yes_that_began_before_the_last_fact_ended_is_none() -> None:
    """Words spoken into the read-back answer something else."""
    call = call_with(*UP_TO_PAYMENT)
    call.clock[0] += 60
    call.say("післяплата")
    call.clock[0] += 1
    call.say("так", began=58)
    assert call.shop.confirmed == []


def test_key_one_is_a_yes_and_key_two_is_none() -> None:
    """The keypad answers too."""
    call = call_with(*UP_TO_READ_BACK)
    assert "виправити" in call.say("", keys="2").text
    call.say("", keys="2")
    call.say("", keys="1")
    assert len(call.shop.confirmed) == 1


def test_key_counts_from_when_it_was_pressed() -> None:
    """A turn of keys has no words: the key's own time decides."""
    call = call_with(*UP_TO_PAYMENT)
    call.clock[0] += 60
    call.say("післяплата")
    call.clock[0] += 1
    call.say("", keys="1")
    assert len(call.shop.confirmed) == 1


def test_yes_to_are_you_there_is_not_a_yes_to_the_order() -> None:
    """The silence prompt of a read-back asks for the agreement itself."""
    call = call_with(*UP_TO_READ_BACK)
    prompt = call.say("", silence=1).text
    assert "правильно" in prompt or "Підтверджуєте" in prompt
    assert call.shop.confirmed == []


@pytest.mark.parametrize("words", ["ні, не чотири, а дві", "ні, дві", "зробіть дві штуки"])
def test_corrected_quantity_is_read_back_and_only_then_ordered(words: str) -> None:
    """The old draft is taken back; the new total needs a new yes."""
    call = call_with(*UP_TO_READ_BACK)
    assert "2 шини" in call.say(words).text
    assert call.shop.confirmed == []
    call.say("так")
    assert [line["quantity"] for line in call.shop.confirmed[0]["items"]] == [2]
    assert call.shop.effects == ["create", "deliver", "cancel", "create", "deliver", "confirm"]


def test_percentages_and_prices_are_no_quantity() -> None:
    """A number with another unit corrects nothing."""
    call = call_with(*UP_TO_READ_BACK)
    call.say("мені обіцяли знижку дев'яносто відсотків")
    assert call.agent.view.value("quantity") == 4


def test_delivery_there_and_back_is_three_intents() -> None:
    """A -> B -> A: the equal intent is new because another change succeeded in between."""
    call = call_with(*UP_TO_READ_BACK, "ні, у відділення п'ятнадцять", "ні, краще у відділення чотири", "так")
    assert call.shop.effects.count("deliver") == 3
    assert call.shop.confirmed[0]["delivery"]["branch"] == "4"


def test_order_then_cancel_then_order_again_works() -> None:
    """The same items after a change of mind are a new draft."""
    call = call_with(*UP_TO_READ_BACK, "ні, дві", "ні, чотири", "так")
    assert [line["quantity"] for line in call.shop.confirmed[0]["items"]] == [4]
    assert call.shop.effects.count("create") == 3


def test_second_equal_order_is_a_second_order() -> None:
    """After a new read-back and a new yes, on purpose."""
    again = ("хочу ще одне таке саме замовлення, чотири зимові", "найдешевший", "післяплата")
    call = call_with(*UP_TO_READ_BACK, "так", *again, "так")
    assert len(call.shop.confirmed) == 2


def test_fourth_order_of_a_day_goes_to_an_operator() -> None:
    """Three confirmed orders a day, counted in the store."""
    again = ("хочу ще одне таке саме замовлення, чотири зимові", "найдешевший", "післяплата", "так")
    call = call_with(*UP_TO_READ_BACK, "так", *again, *again, *again[:2])
    assert len(call.shop.confirmed) == 3
    assert any(r.rule in ("day_orders", "mutation_budget") for r in call.refused())


def test_caller_number_is_a_hypothesis() -> None:
    """A no asks for the number; what is said wins."""
    call = call_with(*UP_TO_PLACE, "Новою поштою, Львів, відділення чотири", "Андрій Ковальчук")
    assert "номер" in call.say("ні, на інший").text
    call.say("нуль дев'яносто дев'ять нуль нуль нуль двадцять два тридцять три")
    call.say("онлайн")
    call.say("так")
    assert call.shop.confirmed[0]["phone"] == "+380990002233"


def test_draft_is_taken_back_when_the_call_ends() -> None:
    """A goodbye before the yes leaves nothing at the shop."""
    call = call_with(*UP_TO_READ_BACK)
    assert call.say("до побачення").hang_up is not None
    assert [o["status"] for o in call.shop.book.values()] == ["cancelled"]


def test_draft_stays_when_an_operator_takes_over() -> None:
    """The person goes on with it."""
    call = call_with(*UP_TO_READ_BACK, "з'єднайте з оператором")
    assert [o["status"] for o in call.shop.book.values()] == ["draft"]


def test_changed_mind_takes_the_draft_back_and_keeps_the_call() -> None:
    """Cancelling is no hang-up."""
    call = call_with(*UP_TO_READ_BACK)
    reply = call.say("я передумав, скасуйте замовлення")
    assert "не оформлюю" in reply.text
    assert reply.hang_up is None
    assert [o["status"] for o in call.shop.book.values()] == ["cancelled"]


def test_lost_answer_is_asked_for_with_the_same_key() -> None:
    """The confirmation arrived, its answer did not: one order."""
    call = call_with(*UP_TO_READ_BACK)
    call.shop.trouble["confirm"] = [failure("connection_lost")]
    assert "оформлено" in call.say("так").text
    assert call.shop.effects.count("confirm") == 1


def test_half_sent_confirmation_is_settled_by_the_next_process_before_anything_is_said() -> None:
    """Two failed attempts, then another process: the same key, one order, its number told."""
    call = call_with(*UP_TO_READ_BACK)
    call.shop.refusals["confirm"] = [failure("timeout"), failure("timeout")]
    call.say("так")
    assert call.shop.confirmed == []
    call.agent = call.process()
    assert "оформлено" in call.greet(resumed=True).text
    intents = [e.event for e in call.journal.entries if isinstance(e.event, ToolIntended)]
    confirmations = [e for e in intents if e.tool == "confirm_order"]
    assert len(confirmations) == 1
    assert confirmations[0].key == key_of("0c1d", confirmations[0].intent)
    assert len(call.shop.confirmed) == 1


def test_half_sent_confirmation_is_not_cancelled_at_the_end_of_the_call() -> None:
    """Nobody knows yet whether it binds the shop."""
    call = call_with(*UP_TO_READ_BACK)
    call.shop.refusals["confirm"] = [failure("timeout")] * 6
    call.say("так")
    call.say("до побачення")
    assert "cancel" not in call.shop.effects


def test_changed_draft_is_read_back_again() -> None:
    """409 changed: what it is now is said, and needs its own yes."""
    call = call_with(*UP_TO_READ_BACK)
    order = next(iter(call.shop.book.values()))
    order.update(total=12_345, version=order["version"] + 1)
    text = call.say("так").text
    assert "12 345 грн" in text
    assert call.shop.confirmed == []
    call.say("так")
    assert [o["total"] for o in call.shop.confirmed] == [12_345]


def test_stock_that_went_is_said_and_a_smaller_order_offered() -> None:
    """Stock gone between offer and confirmation."""
    call = call_with(*UP_TO_READ_BACK)
    product = call.agent.view.options[str(call.agent.view.chosen)]["product_id"]
    left = [{"product_id": product, "requested": 4, "available": 2}]
    call.shop.refusals["confirm"] = [failure("stock_gone", 409, items=left)]
    assert "2 шини" in call.say("так").text
    call.say("дві")
    call.say("так")
    assert [line["quantity"] for line in call.shop.confirmed[0]["items"]] == [2]


def test_split_stock_offers_what_one_warehouse_has() -> None:
    """An order ships from one warehouse."""
    call = call_with(*UP_TO_PAYMENT[:-1])
    product = call.agent.view.options[str(call.agent.view.chosen)]["product_id"]
    places = [
        {"warehouse": "Київ", "items": [{"product_id": product, "quantity": 3}]},
        {"warehouse": "Львів", "items": [{"product_id": product, "quantity": 1}]},
    ]
    call.shop.refusals["create"] = [failure("split_stock", 409, locations=places)]
    assert "3 шини" in call.say("так").text


def test_request_of_a_confirmation_holds_total_and_version_as_read_back() -> None:
    """The shop can refuse what is not what was agreed to."""
    call = call_with(*UP_TO_READ_BACK, "так")
    sent = next(e.event for e in call.journal.entries
                if isinstance(e.event, ToolIntended) and e.event.tool == "confirm_order")  # fmt: skip
    assert (sent.args[REQUEST]["total"], sent.args[REQUEST]["version"]) == (11_000, 2)


def test_greeting_with_the_whole_request_again_brings_the_options_again() -> None:
    """A caller who starts anew while options are offered is not greeted back."""
    call = call_with(f"зимові шини {SIZE}")
    text = call.say(f"добрий день, мені потрібні зимові шини {SIZE}").text
    assert "грн" in text
    assert "Вітаю" not in text


@pytest.mark.parametrize("words", ["ні дякую все", "не дякую до побаченя", "дякую гарного", "нема, спасибі"])
def test_parting_words_after_anything_else_end_the_call(words: str) -> None:
    """«Чим ще можу допомогти?» is not asked twice of somebody who says goodbye."""
    call = call_with(*UP_TO_READ_BACK, "так")
    assert call.say(words).hang_up is not None


@pytest.mark.parametrize("words", ["а є вони у Києві", "вони є в Кеїві", "в наявності є?"])
def test_question_about_a_city_or_stock_gets_the_stock_of_what_is_offered(words: str) -> None:
    """Also when the city was misheard: not the same question again."""
    call = call_with(f"зимові шини {SIZE}")
    call.say(words)
    assert call.tools()[-1] == "check_availability"


@pytest.mark.parametrize("words", ["ні, радіус вісімнадцять", "не радю 18", "ні, вісімнадцятий діаметр"])
def test_rim_corrected_at_the_read_back_chooses_another_tyre(words: str) -> None:
    """It is no quantity, and the tyre that was read back is not the one wanted."""
    call = call_with(*UP_TO_READ_BACK)
    before = call.agent.view.value("quantity")
    call.say(words)
    view = call.agent.view
    assert view.chosen is None
    assert view.value("quantity") == before
    assert view.value("diameter") == 18
