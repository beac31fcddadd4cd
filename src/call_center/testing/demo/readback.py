"""What of a read-back is right, as the demo's caller hears it, and what they say to each wrong part. Pure."""

from __future__ import annotations

import re

from call_center.testing.demo import hearing
from call_center.testing.demo.wish import Wish
from call_center.testing.demo.words import PAYMENT_SIGNS, PAYMENT_WORDS, WAY_SIGNS, WAY_WORDS, number_words


def facts(text: str, wish: Wish, brand: str, place: str) -> list[tuple[bool, str]]:
    """(whether it is right, what to say if not) for every part; "" where the option itself is wrong.

    `brand` is of the chosen option, `place` the shop's address.
    """
    items = re.search(r"Перевірмо замовлення: (.*?) — (\d+) шин", text)
    name = re.search(r"Отримувач — (.*?), телефон ([\d ]+)", text)
    delivery = _delivery(text)
    phone = re.sub(r"\D", "", name[2]) if name else ""
    paying = next((s for s in hearing.sentences(text) if s.startswith("Отримувач")), "")
    pieces = number_words(wish.quantity_first)
    return [
        (items is not None and brand in items[1], ""),
        (items is not None and int(items[2]) == wish.quantity_first, f"Ні, {pieces} шини."),
        (WAY_SIGNS[wish.way] in delivery, f"Ні, {WAY_WORDS[wish.way][0].lower()}."),
        (wish.city.name in delivery, f"Ні, місто {wish.city.name}."),
        _place(delivery, wish, place),
        (name is not None and hearing.alike(name[1], wish.name), f"Ні, отримувач {wish.name}."),
        (wish.phone.endswith(phone) and len(phone) == 10, "Ні. Телефон неправильний."),
        (PAYMENT_SIGNS[wish.payment] in paying, f"Ні, оплата {PAYMENT_WORDS[wish.payment]}."),
    ]


def shop_in(text: str, wish: Wish) -> str:
    """The address of the shop that was read back."""
    return _delivery(text).partition(f"{wish.city.name},")[2].strip(" .")


def _delivery(text: str) -> str:
    return next((s for s in hearing.sentences(text) if re.match(r"Доставка|Самовивіз", s)), "")


def _place(delivery: str, wish: Wish, place: str) -> tuple[bool, str]:
    if wish.way == "nova_poshta_branch":
        right = hearing.numbers(delivery)[-1:] == [wish.branch]
        return right, f"Ні, відділення номер {number_words(wish.branch, neuter=True)}."
    told = delivery.partition(f"{wish.city.name},")[2]
    if wish.way == "courier":
        return hearing.address_alike(told, f"{wish.street}, {wish.house}"), "Ні, адреса неправильна."
    return hearing.address_alike(told, place), "Ні, змініть магазин."
