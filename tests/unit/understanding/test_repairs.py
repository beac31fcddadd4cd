"""Numbers taken back while they are dictated, answers given as what happens later, seasons that are owned already."""

from __future__ import annotations

from datetime import date

import pytest

from call_center.understanding import Utterance, load_catalogue, understand

pytestmark = pytest.mark.unit


def heard(text: str, expected: str = "open") -> Utterance:
    """What is understood of `text`."""
    return understand(text, expected, catalogue=load_catalogue(), today=date(2026, 11, 23))


@pytest.mark.parametrize(
    ("text", "asked", "value"),
    [
        ("двадцять шість одинадцять сто один ой ні сто два", "order_number", "2611102"),
        ("двадцать шесть одиннадцать сто один вернее сто два", "order_number", "2611102"),
        ("нуль дев'яносто дев'ять сто двадцять ні сто тридцять сорок п'ять шістдесят сім", "phone", "+380991304567"),
        ("двісті п'ять, ой ні, двісті п'ятнадцять шістдесят шістнадцять", "tyre_size", "215/60R16"),
        ("чотири, ні, дві", "quantity", 2),
    ],
)  # fmt: skip
def test_what_follows_a_correction_replaces_what_it_corrects(text: str, asked: str, value: object) -> None:
    """Only the number before the word of correction falls, the rest of the dictation stands."""
    assert heard(text, asked).value(asked) == value


def test_numbers_of_different_length_correct_nothing() -> None:
    """Where it is not plain what is corrected, nothing is guessed."""
    number = heard("двадцять шість одинадцять двісті один ой ні п'ять", "order_number").get("order_number")
    assert number is None or number.confidence <= 0.5


@pytest.mark.parametrize(
    "text", ["коли отримаю, тоді й розрахуюсь", "как привезёте так и заплачу", "по факту"]
)
def test_paying_later_is_cash_on_delivery(text: str) -> None:
    """Said as what happens first."""
    assert heard(text, "payment").value("payment") == "cod"


def test_card_to_the_courier() -> None:
    """A card given to whoever brings it is no payment online."""
    assert heard("картою кур'єрові", "payment").value("payment") == "card_on_delivery"


@pytest.mark.parametrize("text", ["літні в мене є, треба зимові", "летняя у меня уже есть нужна зимняя"])
def test_a_season_one_has_is_not_the_one_wanted(text: str) -> None:
    """What is owned already is no wish."""
    assert heard(text).value("season") == "winter"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("чоловік замовляв у вас гуму, питає коли буде", "order_status"),
        ("моя гума ще не приїхала?", "order_status"),
        ("у вас якийсь бардак, буду жалуватись", "anger"),
        ("не буду я з вашим роботом говорити", "operator"),
    ],
)
def test_what_is_wanted(text: str, intent: str) -> None:
    """In the words of those who did not read the rules."""
    assert heard(text).has(intent)
