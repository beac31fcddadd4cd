"""Intents of whole utterances and the readiness of partial ones."""

from __future__ import annotations

from datetime import date

import pytest

from call_center.core.ports import Question
from call_center.understanding import judge, load_catalogue, understand

pytestmark = pytest.mark.unit

CATALOGUE = load_catalogue()


def wants(text: str, expected: str = "open") -> set[str]:
    """The names of the intents heard."""
    return {i.name for i in understand(text, expected, catalogue=CATALOGUE, today=date(2026, 11, 23)).intents}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("підберіть мені щось на зиму", "select_tyres"),
        ("нужна летняя резина на шестнадцать", "select_tyres"),
        ("чи є у вас такі в наявності", "availability"),
        ("хочу замовити чотири штуки", "order"),
        ("де моя посилка", "order_status"),
        ("шо там з моїм заказом", "order_status"),
        ("запишіть мене на перевзування", "fitting"),
        ("почому шиномонтаж у вас", "fitting_price"),
        ("сколько будет переобуть машину", "fitting_price"),
        ("скасуйте мій запис", "fitting_cancel"),
        ("можна перенести на інший день", "fitting_move"),
        ("чим відрізняється зимова від всесезонної", "consultation"),
        ("з'єднайте з живою людиною", "operator"),
        ("позовите менеджера", "operator"),
        ("до побачення", "goodbye"),
        ("щиро дякую вам", "thanks"),
        ("алло, вас не чути", "repeat"),
        ("повторите пожалуйста", "repeat"),
        ("гадки не маю, не знаю", "dont_know"),
        ("відміняйте, я передумав", "cancel"),
        ("а які ще є варіанти", "more_options"),
        ("а подешевше є щось", "cheaper"),
        ("скільки коштує така", "price_question"),
        ("да что за бред вы несёте", "anger"),
        ("я розмовляю з роботом", "robot_question"),
        ("ви робот", "robot_question"),
        ("ні, не підходить", "refuse"),
        ("добре, згоден", "agree"),
        ("травень кульбаба поле", "other"),
    ],
)
def test_intent(text: str, intent: str) -> None:
    """The intent is among those heard."""
    assert intent in wants(text)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("шиномонтаж скільки коштує", "price_question"),
        ("хочу записатися на шиномонтаж", "select_tyres"),
        ("не знаю", "refuse"),
        ("так, але дорого", "repeat"),
        ("скасуйте запис на середу", "cancel"),
        ("так-так", "agree"),
        ("ні, поки не замовляю", "order"),
        ("комфортні шини", "anger"),
    ],
)
def test_intent_is_not_heard(text: str, intent: str) -> None:
    """A vaguer intent is silenced by the one that explains its words."""
    assert intent not in wants(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("другий варіант", 2),
        ("давайте перший", 1),
        ("найдешевший", "cheapest"),
        ("самые дешёвые", "cheapest"),
        ("третя", 3),
        ("той що дорожчий", "dearest"),
    ],
)
def test_option_is_chosen(text: str, value: int | str) -> None:
    """An option is chosen by its place or by its price."""
    chosen = understand(text, "option", catalogue=CATALOGUE, today=date(2026, 11, 23)).intent("choose_option")
    assert chosen is not None
    assert chosen.value == value


@pytest.mark.parametrize("text", ["угу", "ага", "так-так", "мгм", "Угу, ага."])
def test_backchannel_claims_nothing(text: str) -> None:
    """A backchannel is no turn."""
    assert judge(text).backchannel


@pytest.mark.parametrize("text", ["так", "угу, а скільки", "алло", "стоп", "добре"])
def test_words_are_no_backchannel(text: str) -> None:
    """Anything that says something is a turn."""
    assert not judge(text).backchannel


@pytest.mark.parametrize(
    ("text", "slot", "question"),
    [
        ("так", "yes_no", Question.YES_NO),
        ("двісті п'ять на п'ятдесят п'ять на шістнадцять", "tyre_size", Question.DIGITS),
        ("нуль дев'яносто дев'ять три нулі дванадцять тридцять чотири", "phone", Question.DIGITS),
        ("у п'ятницю", "date", Question.OPEN),
        ("о десятій тридцять", "time", Question.OPEN),
        ("Київ", "city", Question.OPEN),
        ("чотири", "quantity", Question.OPEN),
        ("другий", "option", Question.CHOICE),
    ],
)
def test_whole_answer_is_complete(text: str, slot: str, question: Question) -> None:
    """An answer that fills the slot lets the turn end at once."""
    ready = judge(text, slot, question)
    assert ready.complete
    assert not ready.dangling


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("двісті п'ять на", "tyre_size"),
        ("двісті п'ять п'ятдесят п'ять", "tyre_size"),
        ("нуль дев'яносто дев'ять три нулі", "phone"),
        ("двадцять шість одинадцять", "order_number"),
        ("я хотів би", "open"),
        ("мені потрібні шини на", "open"),
        ("у мене Тойота і", "open"),
        ("до двох з половиною тисяч або", "budget"),
        ("двісті", "open"),
    ],
)
def test_broken_off_answer_dangles(text: str, slot: str) -> None:
    """Half a number or a hanging preposition keeps the turn open."""
    ready = judge(text, slot, Question.DIGITS)
    assert ready.dangling
    assert not ready.complete


def test_nothing_is_nothing() -> None:
    """Empty text is neither complete nor a backchannel."""
    ready = judge("")
    assert (ready.complete, ready.dangling, ready.backchannel, ready.words) == (False, False, False, 0)
