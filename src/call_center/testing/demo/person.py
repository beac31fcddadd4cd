"""The person who rings in the demo: what they want, and what they answer to what they heard. Pure and seeded.

`Person.answer` gets the sentences of the agent that were really heard since the person last spoke. Rules go from the
specific to the general; a question that comes again is answered again in plainer words, as people do.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Car:
    """A car as its owner says it."""

    full: str  # accusative after "на"
    year: str  # ordinal in the genitive: "дві тисячі дев'ятого року"
    diameter: str  # what stands on the sidewall, as an owner answers when several sizes fit


CARS = (
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
CITIES = ("Києві", "Львові", "Одесі", "Харкові", "Дніпрі")
OPENINGS = (
    "Добрий день, мені потрібні зимові шини на {car}.",
    "Вітаю, підкажіть зимові шини на {car}, будь ласка.",
    "Доброго дня, шукаю зимову гуму на {car}.",
)
FOLLOW_UPS = (
    "А скільки їх є у {city}?",
    "А є щось дешевше?",
    "Чи є вони в наявності у {city}?",
)
THANKS = ("Дякую, я подумаю.", "Зрозуміло, дякую, я ще подумаю.")
FAREWELLS = ("Ні, дякую, до побачення.", "Ні, це все, дякую, до побачення.")

Reply = Callable[[int], str | None]
"""What a rule says; it is told how often its question has come."""


@dataclass(slots=True)
class Person:
    """One seeded caller; `done` after the farewell, `told` once options with a price were heard."""

    seed: int
    car: Car = field(init=False)
    city: str = field(init=False)
    opening: str = field(init=False)
    follow_up: str = field(init=False)
    told: bool = False
    followed_up: bool = False
    thanked: bool = False
    done: bool = False
    _chance: random.Random = field(init=False)
    _asked: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311  a repeatable demo, no secret
        self.car = CARS[(self.seed - 1) % len(CARS)]
        self.city = self._chance.choice(CITIES)
        self.opening = self._chance.choice(OPENINGS).format(car=self.car.full)
        self.follow_up = self._chance.choice(FOLLOW_UPS).format(city=self.city)

    def answer(self, heard: str) -> str | None:
        """What the person says next, None to hang up."""
        if self.done or re.search(r"до побачення", heard, re.IGNORECASE):
            return None
        for name, pattern, reply in self._rules():
            if re.search(pattern, heard, re.IGNORECASE):
                times = self._asked[name] = self._asked.get(name, 0) + 1
                if times > 4:
                    return None
                return reply(times)
        return self._wish(1)

    def _rules(self) -> tuple[tuple[str, str, Reply], ...]:
        return (
            ("operator", r"з'єдную", lambda times: None),
            ("more", r"(чим|щось|чимось) ще|ще (чимось|щось)", lambda times: self._farewell()),
            ("options", r"\d грн", lambda times: self._react()),
            ("year", r"рік|року", lambda times: self.car.year.capitalize() + "."),
            ("season", r"сезон|зимов\w+,? (чи|або)|літні", lambda times: "Зимові."),
            ("car", r"(яке|яка|який|скажіть|назвіть)[^.?]{0,30}(авто|марк|модел|машин)", self._car),
            ("size", r"розмір|боковин|діаметр|радіус|дюйм", self._size),
            ("open", r"допомогти|слухаю|цікавить|повтор|розчула|почула|зрозуміла", self._wish),
            ("still", r"на лінії|чути", lambda times: "Так, я слухаю."),
        )

    def _wish(self, times: int) -> str:
        if self.told:
            return self._chance.choice(THANKS)
        return self.opening if times < 3 else f"Зимові шини на {self.car.full}."

    def _car(self, times: int) -> str:
        return f"{self.car.full}." if times > 1 else self._wish(times)

    def _size(self, times: int) -> str:
        return f"Радіус {self.car.diameter}." if times % 2 else f"{self.car.diameter.capitalize()} дюймів."

    def _react(self) -> str:
        self.told = True
        if not self.followed_up:
            self.followed_up = True
            return self.follow_up
        self.thanked = True
        return self._chance.choice(THANKS)

    def _farewell(self) -> str:
        self.done = True
        return self._chance.choice(FAREWELLS)
