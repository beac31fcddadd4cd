"""Which slot a question that a model put in its own words asks for. Pure; the offline lines are its test corpus.

The expected slot is code's business: the type of the last question spoken, else the first open slot of the flow.
"""

from __future__ import annotations

import re
from typing import Final

from call_center.core.ports import Expected, Question

_TYPES: Final[tuple[tuple[str, Question, str], ...]] = (
    ("to_operator", Question.YES_NO, r"оператор"),
    ("more", Question.YES_NO, r"(?:чим|чимось|щось|чи можу)\w* ще|ще (?:чимось|щось|допомогти)|підказати щось"),
    ("agree", Question.YES_NO, r"(?:усе|все) (?:правильно|вірно|так)|підтверджу"),
    ("booking_name", Question.OPEN, r"ім.я[^?]*\bзапис(?:у|ом)?\b"),
    ("name", Question.OPEN, r"ім.я|прізвищ"),
    ("book_it", Question.YES_NO, r"записати вас(?: на шиномонтаж)?\?"),
    ("order_it", Question.YES_NO, r"оформ(?:ити|люємо|ляти) замовлення\?|замовляємо\?|оформлюємо\?"),
    ("pay_online", Question.YES_NO, r"передоплат\w+[^?]*\?|оплатите онлайн"),
    ("callback_number", Question.YES_NO, r"(?:передзвонити|зателефонувати) (?:вам )?на цей"),
    ("caller_number", Question.YES_NO, r"(?:на |вказати )?цей номер"),
    ("order_number", Question.DIGITS, r"номер\w* замовлення"),
    ("phone", Question.DIGITS, r"номер\w* телефону|телефон\w* отримувача|на який номер"),
    ("branch", Question.DIGITS, r"відділенн\w+[^?]*номер|номер\w* відділення|яке (?:саме )?відділення|якого відділення"),
    ("delivery", Question.CHOICE, r"як[^?]*(?:отрима|достав)|куди доставити|спосіб доставки|магазин\w*,? [^?]*кур'?.?єр"),
    ("payment", Question.CHOICE, r"оплат|оплач|розрахову"),
    ("point", Question.CHOICE, r"як(?:ий|ого) [^?]*(?:магазин|зручніш)|котрий магазин"),
    ("service", Question.CHOICE, r"послуг|перевз[^?]*(?:баланс|комплекс)|перевзут[^?]*комплекс"),
    ("station", Question.CHOICE, r"адреса вам|яка зручніша|район|орієнтир"),
    ("city", Question.OPEN, r"міст[оаі]|куди везти"),
    ("address", Question.DIGITS, r"адрес|вулиц|будинк"),
    ("name", Question.OPEN, r"отримувач|звертатис|хто отрим"),
    ("quantity", Question.DIGITS, r"скільки|кількість|комплект"),
    ("season", Question.CHOICE, r"сезон|зимов\w*[^?]*літн|літн\w*[^?]*зимов"),
    ("option", Question.CHOICE, r"який (?:варіант|із них|обира)|котрий|варіант\w*[^?]*\?|підходить|влаштов|обираєте|цікавить цей"),
    ("year", Question.DIGITS, r"рок[уи]|рік"),
    ("vehicle_class", Question.CHOICE, r"легков[^?]*(?:позашлях|кросовер|мікроавтобус)"),
    ("diameter", Question.DIGITS, r"діаметр коліс"),
    ("tyre_size", Question.DIGITS, r"розмір|боковин|діаметр|ширин|профіл"),
    ("model", Question.OPEN, r"модел|авто|машин|марк"),
    ("date", Question.OPEN, r"який день|коли зручно|на який день|дат[уаи]"),
    ("time", Question.DIGITS, r"о котрій|який час|годин"),
)  # fmt: skip
_PATTERNS: Final = tuple((slot, kind, re.compile(rx, re.IGNORECASE)) for slot, kind, rx in _TYPES)


def asks(sentence: str) -> bool:
    """Whether the sentence is a question."""
    return sentence.rstrip().endswith("?")


def type_of(sentence: str) -> Expected | None:
    """What the sentence asks for, None when no type fits."""
    for slot, kind, pattern in _PATTERNS:
        if pattern.search(sentence):
            return Expected(slot, kind)
    return None
