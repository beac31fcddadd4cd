"""How the demo's caller words things: openings, follow-ups, numbers, brands as they sound."""

from __future__ import annotations

from typing import Final

from call_center.tts.spoken.normaliser import spoken

OPENINGS: Final = (
    "Добрий день, мені потрібні зимові шини на {car}.",
    "Вітаю, підкажіть зимові шини на {car}, будь ласка.",
    "Доброго дня, шукаю зимову гуму на {car}.",
)
FOLLOW_UPS: Final = (
    "А скільки їх є {city}?",
    "А є щось дешевше?",
    "Чи є вони в наявності {city}?",
)
FAREWELLS: Final = ("Ні, дякую, до побачення.", "Ні, це все, дякую, до побачення.")
ORDINALS: Final = ("перший", "другий", "третій", "четвертий")
WAY_WORDS: Final = {
    "own_shop": ("Заберу з вашого магазину", "З магазину"),
    "nova_poshta_branch": ("Новою поштою", "Нова пошта"),
    "courier": ("Кур'єром", "Кур'єром на адресу"),
}
PAYMENT_WORDS: Final = {
    "cod": "при отриманні",
    "online": "онлайн",
    "card_on_delivery": "карткою при отриманні",
}

WAY_SIGNS: Final = {"own_shop": "Самовивіз", "nova_poshta_branch": "Новою поштою", "courier": "кур'єром"}
PAYMENT_SIGNS: Final = {
    "cod": "оплата при отриманні", "online": "оплата онлайн", "card_on_delivery": "оплата карткою",
}  # fmt: skip


def number_words(number: int, *, neuter: bool = False) -> str:
    """A number as it is said of tyres ("дві") or of a branch by its number ("два")."""
    return spoken(str(number) if neuter or number > 4 else f"{number} шини").removesuffix(" шини")


def inside(city: str) -> str:
    """A city with its preposition: "у Полтаву", "в Одесу"."""
    return f"{'в' if city[0] in 'АЕЄИІЇОУЮЯ' else 'у'} {city}"


def pronounced(brand: str) -> str:
    """A brand as people say it."""
    return spoken(brand)


def dictated(local: str) -> str:
    """Ten digits as people dictate them, in groups."""
    groups = (local[:3], local[3:6], local[6:8], local[8:])
    return ", ".join(_group(group) for group in groups).capitalize() + "."


def _group(digits: str) -> str:
    zeros = len(digits) - len(digits.lstrip("0"))
    rest = digits.lstrip("0")
    return " ".join(["нуль"] * zeros + ([spoken(rest)] if rest else []))


def spoken_size_rim(words: str) -> str:
    """The rim of a size as it is written, from a diameter in words."""
    return next(f"R{rim}" for rim in range(13, 23) if spoken(str(rim)) == words)
