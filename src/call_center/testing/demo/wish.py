"""What the demo's caller wants, drawn from a seed: car, place, recipient, phone, payment, manner and one change of mind.

Pure. `Wish` is the person's own head: the agent never sees it, and the verdict compares the store's order with what it
has become by the end of the call.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final, Literal

Way = Literal["own_shop", "nova_poshta_branch", "courier"]
ByPhone = Literal["own", "dictated", "keyed"]
Change = Literal["quantity_at_once", "quantity_later", "quantity", "payment", "way"]


@dataclass(frozen=True, slots=True)
class Car:
    """A car as its owner says it."""

    full: str  # accusative after "на"
    year: str  # ordinal in the genitive: "дві тисячі дев'ятого року"
    diameter: str  # what stands on the sidewall, as an owner answers when several sizes fit


@dataclass(frozen=True, slots=True)
class City:
    """A city in the cases that a caller needs."""

    name: str
    to: str  # accusative: "доставте у Полтаву"
    where: str  # locative


CARS: Final = (
    Car("Хонду Цивік", "дві тисячі шістнадцятого року", "шістнадцять"),
    Car("Шкоду Октавію", "дві тисячі п'ятнадцятого року", "шістнадцять"),
    Car("Тойоту Камрі", "дві тисячі двадцятого року", "сімнадцять"),
    Car("Рено Логан", "дві тисячі шістнадцятого року", "п'ятнадцять"),
    Car("Рено Дастер", "дві тисячі п'ятнадцятого року", "шістнадцять"),
    Car("Хюндай Туксон", "дві тисячі сімнадцятого року", "сімнадцять"),
    Car("Фольксваген Гольф", "дві тисячі п'ятнадцятого року", "шістнадцять"),
    Car("Ніссан Кашкай", "дві тисячі шістнадцятого року", "сімнадцять"),
    Car("Кіа Спортейдж", "дві тисячі вісімнадцятого року", "сімнадцять"),
    Car("Тойоту Короллу", "дві тисячі шістнадцятого року", "шістнадцять"),
)
WITH_SHOPS: Final = (
    City("Київ", "Київ", "Києві"),
    City("Львів", "Львів", "Львові"),
    City("Одеса", "Одесу", "Одесі"),
    City("Харків", "Харків", "Харкові"),
    City("Дніпро", "Дніпро", "Дніпрі"),
    City("Запоріжжя", "Запоріжжя", "Запоріжжі"),
    City("Вінниця", "Вінницю", "Вінниці"),
    City("Полтава", "Полтаву", "Полтаві"),
    City("Черкаси", "Черкаси", "Черкасах"),
    City("Житомир", "Житомир", "Житомирі"),
)
CITIES: Final = (
    *WITH_SHOPS,
    City("Рівне", "Рівне", "Рівному"),
    City("Луцьк", "Луцьк", "Луцьку"),
    City("Тернопіль", "Тернопіль", "Тернополі"),
    City("Чернівці", "Чернівці", "Чернівцях"),
    City("Ужгород", "Ужгород", "Ужгороді"),
    City("Суми", "Суми", "Сумах"),
)
NAMES: Final = (
    "Іван Коваленко", "Олександр Шевченко", "Андрій Мельник", "Петро Бондаренко", "Сергій Ткаченко",
    "Микола Кравченко", "Василь Поліщук", "Юрій Савченко", "Богдан Литвин", "Тарас Гончар", "Дмитро Мороз",
    "Віктор Павленко",
)  # fmt: skip
STREETS: Final = (
    "вулиця Шевченка", "вулиця Садова", "вулиця Соборна", "проспект Миру", "вулиця Франка", "вулиця Зелена",
    "вулиця Київська", "вулиця Лесі Українки",
)  # fmt: skip
PAYMENTS: Final = ("cod", "online", "card_on_delivery")
CHANGES: Final[tuple[Change, ...]] = ("quantity", "quantity_later", "payment", "quantity_at_once", "way")
OTHERS: Final[dict[Way, Way]] = {
    "own_shop": "nova_poshta_branch", "nova_poshta_branch": "courier", "courier": "nova_poshta_branch",
}  # fmt: skip


@dataclass(slots=True)
class Wish:
    """One caller's wish. What the change of mind touches is changed in place when it happens."""

    car: Car
    city: City
    way: Way
    quantity: int
    quantity_first: int  # said before the change of mind, the same when that is about something else
    branch: int  # the one the caller remembers; there may be no such branch
    street: str
    house: int
    name: str
    by_phone: ByPhone
    phone: str  # of the recipient, E.164
    payment: str
    change: Change
    taste: int  # 0 the cheapest of the options, 1 the middle one, 2 the dearest
    by_name: bool  # names the brand rather than its place
    talkative: bool  # answers the next question too

    def change_mind(self) -> None:
        """The change of mind happens."""
        match self.change:
            case "payment":
                self.payment = "online" if self.payment != "online" else "cod"
            case "way":
                self.way = OTHERS[self.way]
            case _:
                self.quantity_first = self.quantity


def wish(seed: int, caller: str) -> Wish:
    """The wish of `seed`; `caller` is the number that is rung from, E.164."""
    chance = random.Random(f"wish/{seed}")  # noqa: S311  a repeatable demo, no secret
    way: Way = (("own_shop", "nova_poshta_branch", "courier") * 2)[(seed + chance.randrange(2)) % 3]
    by_phone: ByPhone = ("own", "dictated", "keyed")[(seed + chance.randrange(2)) % 3]
    change = CHANGES[(seed - 1 + chance.randrange(2)) % len(CHANGES)]
    quantity = chance.choice((4, 4, 2))
    first = 6 - quantity if change.startswith("quantity") else quantity
    return Wish(
        car=CARS[(seed - 1) % len(CARS)],
        city=chance.choice(WITH_SHOPS if way == "own_shop" else CITIES),
        way=way,
        quantity=quantity,
        quantity_first=first,
        branch=chance.randrange(1, 7),
        street=chance.choice(STREETS),
        house=chance.randrange(3, 60),
        name=chance.choice(NAMES),
        by_phone=by_phone,
        phone=caller if by_phone == "own" else f"{caller[:-4]}{chance.randrange(10, 10_000):04d}",
        payment=chance.choice(PAYMENTS),
        change=change,
        taste=chance.randrange(3),
        by_name=chance.random() < 0.6,
        talkative=chance.random() < 0.4,
    )
