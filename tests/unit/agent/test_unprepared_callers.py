"""What callers did whom nobody had prepared: places changed at the read-back, talk instead of names, the same question."""

from __future__ import annotations

import pytest
from tests.unit.agent.dialogue import Dialogue
from tests.unit.agent.test_orders import SIZE, UP_TO_PAYMENT, UP_TO_PLACE, call_with

from call_center.agent.acts import acts
from call_center.agent.dictation import name_in
from call_center.agent.scope import foreign
from call_center.understanding import Utterance

pytestmark = pytest.mark.unit

COURIER = (
    *UP_TO_PLACE,
    "кур'єром, Львів, вулиця Франка, будинок шість",
    "Андрій Ковальчук",
    "так",
    "післяплата",
)


@pytest.mark.parametrize(
    "words", ["стійте, будинок не шість, а шістнадцять", "не шість а шістнадцять", "будинок шістнадцять"]
)
def test_house_is_put_right_and_no_quantity(words: str) -> None:
    """The number belongs to the address, the pieces stay."""
    text = call_with(*COURIER).say(words).text
    assert "16" in text
    assert "4 шини" in text


@pytest.mark.parametrize("words", ["ой ні, давайте краще на Сихівській", "так, але в магазині на Зеленій"])
def test_an_unknown_place_drops_what_was_read_back(words: str) -> None:
    """A place that is no branch number leaves nothing to agree to."""
    call = call_with(*UP_TO_PAYMENT, "післяплата")
    call.say(words)
    call.say("так, все правильно")
    assert call.shop.confirmed == []


@pytest.mark.parametrize("name", ["Артём Жилин", "Пётр", "Фёдор Алёшин"])
def test_names_with_the_russian_yo(name: str) -> None:
    """They are letters like others."""
    found = name_in(name, asked=True)
    assert found is not None
    assert found[0] == name


@pytest.mark.parametrize("text", ["да я тут за кермом зараз", "так так слухаю вас", "секунду я їду просто"])
def test_talk_is_no_name(text: str) -> None:
    """Words that hold sentences together are nobody's name."""
    assert name_in(text, asked=True) is None


@pytest.mark.parametrize("words", ["шо шо не почула повторіть", "ну таке собі", "тра-ля-ля"])
@pytest.mark.parametrize("begun", [(), (f"хочу замовити шини {SIZE}",), UP_TO_PLACE, UP_TO_PAYMENT])
def test_no_question_for_ever(begun: tuple[str, ...], words: str) -> None:
    """At the third failure at the latest a person takes over."""
    call: Dialogue = call_with(*begun)
    replies = [call.say(words) for _ in range(4)]
    assert any(r.transfer for r in replies)


def test_a_read_back_is_not_read_for_ever() -> None:
    """The same facts again and again end with a person."""
    call = call_with(*COURIER)
    replies = [call.say("вулиця Франка, будинок шість") for _ in range(4)]
    assert any(r.transfer for r in replies)
    assert call.shop.confirmed == []


def test_hello_before_a_request_is_only_a_greeting() -> None:
    """The request is answered."""
    said = acts(Utterance("алло, а де моє замовлення поділось"))
    assert "hello" not in said
    assert "hello" in acts(Utterance("алло, ви мене чуєте?"))


@pytest.mark.parametrize("text", ["ви масло міняєте", "нужно лобовое на пассат", "акумулятор є?"])
def test_what_is_not_ours(text: str) -> None:
    """Other parts and other work."""
    assert foreign(text)


@pytest.mark.parametrize(
    "text", ["шини і масло", "є на складі?", "зимова гума на пасат", "радіус шістнадцять"]
)
def test_what_is_ours(text: str) -> None:
    """Tyres, whatever else is said."""
    assert not foreign(text)


def test_what_is_not_ours_twice_goes_to_a_person() -> None:
    """One sentence back to the subject, then an operator."""
    call = call_with()
    assert call.say("ви міняєте масло на пасаті?").transfer is None
    reply = call.say("мені саме масло треба")
    assert reply.transfer is not None
    assert reply.transfer.reason == "out_of_scope"


def test_a_complaint_goes_to_a_person_at_once() -> None:
    """A complaint about what was bought is no mere temper."""
    reply = call_with().say("у вас бардак, привезли не те, буду скаржитись")
    assert reply.transfer is not None
    assert reply.transfer.reason == "negative_emotion"


def test_a_question_of_advice_sets_no_wish() -> None:
    """Studs that are compared are not wanted."""
    call = call_with(f"підберіть зимові шини {SIZE}")
    call.say("а що краще, шипи чи липучка?")
    assert call.agent.view.value("studded") is None
