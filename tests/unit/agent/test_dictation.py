"""Names, addresses, and numbers that must not be kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.agent.dictation import CUT, address_in, is_card, name_in, redact

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Андрій Ковальчук", "Андрій Ковальчук"),
        ("мене звати Оксана", "Оксана"),
        ("на Світлану Мазур", "Світлану Мазур"),
        ("отримувач буде Петро", "Петро"),
        ("Ганна-Марія Дем'янчук, дякую", "Ганна-Марія Дем'янчук"),
    ],
)
def test_name_is_taken_without_the_words_around_it(said: str, name: str) -> None:
    """People answer in sentences."""
    found = name_in(said, asked=True)
    assert found is not None
    assert found[0] == name


@pytest.mark.parametrize(
    "said",
    ["так", "не знаю", "а навіщо вам моє ім'я", "повторіть, будь ласка", "Київ 5", "угу", "",
     "я хочу щоб ви мені зараз пояснили чому так довго"],
)  # fmt: skip
def test_what_is_no_name_is_not_taken_for_one(said: str) -> None:
    """Better to ask again than to send tyres to "Не Знаю"."""
    assert name_in(said, asked=True) is None


def test_unasked_name_needs_a_word_that_announces_it() -> None:
    """A correction names what it corrects."""
    found = name_in("ні, отримувач Петро Бойко", asked=False)
    assert found is not None
    assert found[0] == "Петро Бойко"
    assert name_in("Петро Бойко", asked=False) is None


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("вулиця Пирогова, будинок сорок п'ять", "вулиця Пирогова, будинок 45"),
        ("Хрещатик двадцять два", "Хрещатик 22"),
        ("просп. Науки 5", "просп. Науки 5"),
    ],
)
def test_address_keeps_the_words_and_writes_the_numbers(said: str, address: str) -> None:
    """An operator reads digits."""
    assert address_in(said, asked=True) == address


@pytest.mark.parametrize(
    ("heard", "address"),
    [
        (
            "Вулиця Київська будину 20 чист.",
            "вулиця Київська будинок 26",
        ),  # "двадцять шість", as Whisper wrote it
        ("вулиця Садова 20 пят", "вулиця Садова 25"),
        ("вулиця Лесі Українки 50 сем", "вулиця Лесі Українки 57"),
        ("вулиця Садова 30 квартира", "вулиця Садова 30 квартира"),
        ("вулиця Садова, 20, 5", "вулиця Садова, 20, 5"),
        ("Вулиця Київська, 40 корпус", "вулиця Київська, 40 корпус"),
    ],
)
def test_tens_and_a_garbled_unit_are_one_house(heard: str, address: str) -> None:
    """A house number torn in two is put together; other words after a number stay."""
    assert address_in(heard, asked=True) == address


@pytest.mark.parametrize(
    "said",
    [
        "карта чотири чотири чотири один один один один один два два два два три три три три",
        "сорок чотири сорок один двадцять два двадцять два тридцять три тридцять три сорок чотири сорок чотири",
        "5168 7551 1234 5678",
        "4111111111111111",
        "сі ві ві один два три",
        "цвв 123",
        "мій ІПН три один два три чотири п'ять шість сім вісім дев'ять",
        "податковий номер 3123456789",
    ],
)
def test_card_cvv_and_tax_id_are_cut_out(said: str) -> None:
    """They reach neither the journal nor a brain."""
    assert CUT in redact(said)
    assert not any(ch.isdigit() for ch in redact(said))


@pytest.mark.parametrize(
    "said",
    [
        "нуль дев'яносто дев'ять три нулі шістдесят шість нуль один",
        "двісті п'ять на п'ятдесят п'ять, шістнадцять, чотири штуки",
        "замовлення двадцять шість одинадцять сто тридцять п'ять",
        "+380990006601",
        "вулиця Пирогова сорок п'ять",
    ],
)
def test_phones_sizes_and_order_numbers_stay(said: str) -> None:
    """What the order needs is not cut."""
    assert redact(said) == said


@given(st.text(max_size=300))
def test_redaction_never_fails_and_never_adds_digits(text: str) -> None:
    """Any transcript."""
    assert sum(ch.isdigit() for ch in redact(text)) <= sum(ch.isdigit() for ch in text)


@given(st.integers(min_value=10**11, max_value=10**18))
def test_any_number_with_a_right_check_digit_is_a_card(number: int) -> None:
    """Luhn's check, for numbers that begin as cards do."""
    body = "4" + str(number)
    total = 0
    for index, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 - index % 2)
        total += doubled - 9 if doubled > 9 else doubled
    card = body + str(-total % 10)
    assert is_card(card) is (13 <= len(card) <= 19)
