"""The person who rings in the demo: says what `Wish` holds as far as it is asked, and listens. Pure and seeded.

`Person.answer` gets the sentences of the agent that were really heard since the person last spoke. A question that
comes again is answered again in plainer words; a read-back that is wrong is corrected, one that is right is agreed to.
What is expected of the store at the end is in `wish`, `chosen` and `place`: what was wished, and heard and accepted.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from call_center.testing.demo import hearing
from call_center.testing.demo.readback import facts, shop_in
from call_center.testing.demo.wish import Wish
from call_center.testing.demo.words import (
    FAREWELLS,
    FOLLOW_UPS,
    OPENINGS,
    ORDINALS,
    PAYMENT_WORDS,
    WAY_WORDS,
    dictated,
    inside,
    number_words,
    pronounced,
    spoken_size_rim,
)

MOST_TIMES: Final = 8
"""The same question more often than this, and the person gives up."""
WHOLE: Final = ("read_back", "ordered", "lone_branch")  # recognised by more than the question
MOST_OBJECTIONS: Final = 3  # to a size that is not the one on the sidewall


@dataclass(frozen=True, slots=True)
class Reply:
    """What the person does: says `text`, or presses `keys`."""

    text: str = ""
    keys: str = ""


Rule = tuple[str, str, Callable[[int], str | Reply | None]]


@dataclass(slots=True)
class Person:
    """One caller; `ordered` once the order's number was heard, `done` after the farewell."""

    wish: Wish
    seed: int = 0
    chosen: tuple[str, int] | None = None  # brand and price of the option
    place: str = ""  # the shop's address, when one of several was picked or it was read back
    ordered: bool = False
    done: bool = False
    told: bool = False
    changed: bool = False
    keyed: bool = False
    _chance: random.Random = field(init=False)
    _asked: dict[str, int] = field(default_factory=dict)
    _options: list[tuple[str, int]] = field(default_factory=list)
    _sizes: list[str] = field(default_factory=list)
    _now: list[tuple[str, int]] = field(default_factory=list)
    _heard: str = ""
    _topic: str = ""
    _phone_failed: bool = False
    _objections: int = 0
    _opening: str = field(init=False)
    _follow_up: str = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(f"person/{self.seed}")  # noqa: S311  a repeatable demo, no secret
        self._opening = self._chance.choice(OPENINGS).format(car=self.wish.car.full)
        self._follow_up = self._chance.choice(FOLLOW_UPS).format(city=inside(self.wish.city.where))

    def wants_more(self, heard: str) -> bool:
        """Whether nothing was asked yet, so that a polite person goes on listening."""
        over = re.search(r"до побачення|гарного дня|з'єдную", heard, re.IGNORECASE)
        return not over and not hearing.question(heard)

    def answer(self, heard: str) -> Reply | None:
        """What the person does next, None to hang up."""
        if self.done or re.search(r"до побачення|гарного дня|з'єдную", heard, re.IGNORECASE):
            return None
        told = re.findall(r"\d+/\d+ R\d+", heard)
        self._sizes += told
        self._heard, asked = heard, hearing.question(heard) or heard
        if self._objects(told):
            return Reply(f"Ні, радіус {self.wish.car.diameter}.")
        if len(hearing.options(heard)) > 0 and not self.ordered and "Перевірмо" not in heard:
            self._listen(hearing.options(heard))
        for name, pattern, reply in self._rules():
            if re.search(pattern, heard if name in WHOLE else asked, re.IGNORECASE):
                return self._reply(name, reply)
        return self._reply("open", self._wish)

    def _objects(self, sizes: list[str]) -> bool:
        """Whether the one size that was told is not the one on the sidewall."""
        rims = {size.partition(" ")[2] for size in sizes}
        if len(rims) != 1 or rims == {spoken_size_rim(self.wish.car.diameter)} or self.ordered:
            return False
        self._objections += 1
        return self._objections <= MOST_OBJECTIONS

    def _reply(self, name: str, reply: Callable[[int], str | Reply | None]) -> Reply | None:
        times = self._asked[name] = self._asked.get(name, 0) + 1
        if times > MOST_TIMES * (3 if name == "read_back" else 1):
            return None
        if name != "again":
            self._topic = name
        said = reply(times)
        return Reply(said) if isinstance(said, str) else said

    def _rules(self) -> tuple[Rule, ...]:
        return (
            ("ordered", r"замовлення оформлено", self._farewell),
            ("read_back", r"перевірмо|підтвердж|[ув]се правильно|виправити|змінити\?", self._check),
            ("lone_branch", r"є лише номер \d+", self._lone_branch),
            ("order_it", r"(?<!ім'я )оформ\w+ замовлення\?", self._order_it),
            (
                "operator",
                r"оператор\w*,? з'єднати|з'єднати вас",
                lambda times: "Підібрати шини." if "шини" in self._heard else "Ні.",
            ),
            ("more", r"(чим|щось|чимось) ще|ще (чимось|щось)|поміркуйте", self._more),
            ("own", r"цей номер", self._own),
            (
                "branch",
                r"^(?!.*адресу).*відділення(?! нової пошти чи| нової пошти,)(?!.*кур'єр)",
                self._branch,
            ),
            ("way", r"отримати|куди доставити|кур'єр|спосіб доставки|заберете самі|в інше місто", self._way),
            ("point", r"магазинів|зручніший|вулицю магазину|другий чи третій", self._point),
            ("address", r"адрес|вулиц", self._address),
            ("house", r"будинку", self._house_only),
            ("quantity", r"скільки|кількість|дві шини чи|дві чи чотири", self._quantity),
            ("name", r"чиє ім'я|ім'я", self._name),
            ("phone", r"телефон|номер|слухаю далі|цифр", self._phone),
            ("prepaid", r"передоплат", self._prepaid),
            ("none", r"інший варіант|підібрати інші|змінимо сезон|що змінити", self._none),
            ("payment", r"оплат|оплач", self._payment),
            ("city", r"міст[оі]", self._city),
            ("year", r"рік|року", lambda times: f"{self.wish.car.year.capitalize()}."),
            ("season", r"сезон|зимов\w+,? (чи|або)|літні", lambda times: "Зимові."),
            ("again", r"повторіть|ще раз", self._again),
            ("option", r"варіант|обираєте|грн", self._option),
            ("car", r"(яке|яка|який|скажіть|назвіть)[^.?]{0,30}(авто|марк|модел|машин)", self._car),
            ("size_is", r"(?:ваш|може,) розмір", lambda times: "Так."),  # another rim is objected to before
            ("size", r"розмір|боковин|діаметр|радіус|дюйм", self._size),
            ("still", r"на лінії|чути", lambda times: "Так, я слухаю."),
        )

    def _again(self, times: int) -> str | Reply | None:
        rules = {name: reply for name, _, reply in self._rules()}
        self._asked[self._topic] = self._asked.get(self._topic, 0) + 1
        return rules.get(self._topic, self._wish)(self._asked[self._topic])

    # the tyres

    def _wish(self, times: int) -> str:
        if self.told:
            return "Хочу замовити ці шини."
        return self._opening if times < 3 else f"Зимові шини на {self.wish.car.full}."

    def _car(self, times: int) -> str:
        return f"{self.wish.car.full}." if times > 1 else self._wish(times)

    def _size(self, times: int) -> str | Reply:
        words = self.wish.car.diameter
        rim = spoken_size_rim(words)
        if "клавіатур" in self._heard and "діаметр" in self._heard:
            return Reply(keys=rim.removeprefix("R"))
        fitting = [size for size in self._sizes if size.endswith(rim)]
        if fitting and times > 1:
            return f"{pronounced(fitting[0]).capitalize()}."
        return f"Радіус {words}." if times % 2 else f"{words.capitalize()} дюймів."

    def _none(self, times: int) -> str | Reply:
        return "Так, інший розмір." if times == 1 else self._size(times)

    def _listen(self, found: list[tuple[str, int]]) -> None:
        self.told = True
        known = {price: (brand, price) for brand, price in self._options}
        found = [
            known[price] if price in known and name.startswith(known[price][0]) else (name, price)
            for name, price in found
        ]
        self._now = found
        if len(found) > 1 or not self._options:
            self._options = found
        elif found[0] not in self._options:
            self._options.append(found[0])

    def _option(self, times: int) -> str:
        if self._follow_up:
            said, self._follow_up = self._follow_up, ""
            return said
        ranked = sorted(self._options, key=lambda option: option[1])
        if not ranked:
            return self._wish(times)
        self.chosen = ranked[min(self.wish.taste, len(ranked) - 1)]
        place, brand = self._options.index(self.chosen), self.chosen[0]
        unique = [name for name, _ in self._options].count(brand) == 1
        offered = len(self._now)
        if self._now == [self.chosen]:
            return self._chance.choice(("Так, беру.", "Так, підходить."))
        if unique and (self.wish.by_name or offered == 1) and times % 4:
            verb = self._chance.choice(("Давайте", "Візьму"))
            return f"{verb} {pronounced(brand)}."
        if self.chosen == ranked[0] and times % 2:
            return "Давайте найдешевші."
        return f"Давайте {ORDINALS[place]} варіант."

    def _order_it(self, times: int) -> str:
        if hearing.options(self._heard) and self.chosen and self._now[-1] != self.chosen:
            return self._rather()
        return "Так, оформлюйте." if times < 3 else "Так."

    def _rather(self) -> str:
        """Another option than the one named, in turn by its brand and by its place."""
        if self.chosen is None:
            return "Ні."
        self._disputes += 1
        if self._disputes % 2 or self.chosen not in self._options:
            return f"Ні, мені {pronounced(self.chosen[0])}."
        return f"Ні, {ORDINALS[self._options.index(self.chosen)]} варіант."

    _disputes: int = 0

    def _more(self, times: int) -> str | None:
        return "Хочу замовити шини." if self.chosen is None else "Хочу оформити замовлення."

    # the order

    def _pieces(self, quantity: int) -> str:
        return f"{number_words(quantity)} шини"

    def _quantity(self, times: int) -> str:
        wish = self.wish
        most = re.search(r"не більше ніж (\d+)", self._heard)
        if most and int(most[1]) < wish.quantity:
            wish.quantity = wish.quantity_first = int(most[1])
        if wish.change == "quantity_at_once" and not self.changed:
            self.changed = True
            first = number_words(wish.quantity_first).capitalize()
            wish.change_mind()
            return f"{first}. Ні, краще {number_words(wish.quantity)}."
        now = wish.quantity_first
        return f"{self._pieces(now).capitalize()}." if times % 2 else f"{number_words(now).capitalize()}."

    def _way(self, times: int) -> str:
        wish = self.wish
        if wish.way == "own_shop" and "нашого магазину немає" in self._heard:
            wish.way = "nova_poshta_branch"
        if wish.way == "nova_poshta_branch" and "немає відділень" in self._heard:
            wish.way = "courier"
        said = WAY_WORDS[wish.way][(times - 1) % 2]
        return f"{said} {inside(wish.city.to)}." if wish.talkative and times == 1 else f"{said}."

    def _city(self, times: int) -> str:
        city, form = (
            self.wish.city,
            self.wish.city.where if self.wish.way == "own_shop" else self.wish.city.to,
        )
        there = inside(form)
        return (f"Місто {city.name}.", f"Мені {there}.", f"{there[0].upper()}{there[1:]}.")[(times - 1) % 3]

    def _branch(self, times: int) -> str | Reply:
        listed = re.search(r"працюють номери ([\d, ай]+)", self._heard)
        if listed and self.wish.branch not in hearing.numbers(listed[1]):
            self.wish.branch = hearing.numbers(listed[1])[0]
        if "клавіатур" in self._heard:
            return Reply(keys=str(self.wish.branch))
        said = number_words(self.wish.branch, neuter=True)
        return f"Відділення номер {said}." if times % 2 else f"Номер {said}."

    def _lone_branch(self, times: int) -> str:
        self.wish.branch = hearing.numbers(self._heard.partition("є лише номер")[2])[0]
        return "Так, підходить." if times % 2 else "Так."

    def _point(self, times: int) -> str:
        told = self._heard.partition(":")[2].split("?")[0]
        shops = [shop.strip() for shop in re.findall(r"(?:вул|просп|бульв|пл)[^0-9]*\d+\w*", told)]
        self.place = shops[-1 if self.wish.by_name else 0] if shops else self.place
        if not shops:
            return "Перший магазин."
        street = re.sub(r"^(?:вул|просп|бульв|пл)\S*\s|[,\d].*", "", self.place)
        ordinal = ORDINALS[shops.index(self.place)]
        return f"{street.strip().capitalize()}." if times % 2 else f"{ordinal.capitalize()} магазин."

    def _address(self, times: int) -> str:
        street = self.wish.street
        if times % 2 == 0:
            return f"{street[0].upper()}{street[1:]}."
        return f"{street[0].upper()}{street[1:]}, будинок {self._house()}."

    def _house_only(self, times: int) -> Reply:
        return (
            Reply(keys=str(self.wish.house))
            if re.search(r"набрати|наберіть", self._heard)
            else Reply(f"Будинок {self._house()}.")
        )

    def _house(self) -> str:
        return number_words(self.wish.house)

    def _name(self, times: int) -> str:
        if self.wish.change == "quantity_later" and not self.changed:
            self.changed = True
            self.wish.change_mind()
            return f"Ой, краще {self._pieces(self.wish.quantity)}."
        return f"{self.wish.name}."

    def _own(self, times: int) -> str:
        if self.wish.by_phone == "own":
            return "Так, на цей." if times == 1 else "Так."
        return "Ні, на інший." if times % 2 else "Ні, інший номер."

    def _phone(self, times: int) -> str | Reply:
        local = self.wish.phone.removeprefix("+38")
        if self.wish.by_phone == "keyed" or self._phone_failed or times > 1:
            return Reply(keys=local)
        return dictated(local)

    def _prepaid(self, times: int) -> str:
        self.wish.payment = "online"
        return "Так, підходить." if times < 2 else "Так."

    def _payment(self, times: int) -> str:
        told = {
            "card_on_delivery": "карткою при отриманні" in self._heard,
            "cod": re.search(r"(?<!карткою )при отриманні", self._heard) is not None,
            "online": "онлайн" in self._heard,
        }
        if any(told.values()) and not told[self.wish.payment]:
            self.wish.payment = next(way for way, named in told.items() if named)
        said = PAYMENT_WORDS[self.wish.payment]
        return f"{said.capitalize()}." if times % 2 else f"Оплата {said}."

    # the read-back

    def _check(self, times: int) -> str | Reply:
        if "Перевірмо" not in self._heard:
            said = self._complaint() or "Так, правильно."
            return Reply(keys="1") if "натисніть один" in self._heard and said.startswith("Так") else said
        self._read = self._heard
        return (
            self._complaint()
            or self._change()
            or self._chance.choice(("Так, усе правильно.", "Так, правильно.", "Так."))
        )

    _read: str = ""

    def _complaint(self) -> str:
        """What is wrong with the newest read-back, "" when nothing is."""
        if not self._read:
            return ""
        if self.wish.way == "own_shop":
            self.place = self.place or shop_in(self._read, self.wish)
        brand = self.chosen[0] if self.chosen else ""
        wrong = [say for right, say in facts(self._read, self.wish, brand, self.place) if not right]
        if wrong and "Телефон" in wrong[0]:
            self._phone_failed = True
        return (wrong[0] or self._rather()) if wrong else ""

    def _change(self) -> str:
        """The change of mind that comes with a right read-back, once."""
        wish = self.wish
        if self.changed:
            return ""
        self.changed = True
        wish.change_mind()
        if wish.change == "payment":
            return f"Ні, краще оплата {PAYMENT_WORDS[wish.payment]}."
        if wish.change == "way":
            return f"Ні, краще {WAY_WORDS[wish.way][0].lower()}."
        return f"Ні, краще {self._pieces(wish.quantity)}."

    def _farewell(self, times: int) -> str:
        self.ordered = self.done = True
        return self._chance.choice(FAREWELLS)
