"""Small renderers of Ukrainian text before the spoken form: digits stay digits, words agree with them.

The voice's normaliser turns `3 200 грн` and `205/55 R16` into words; here only the written form is made.
"""

from __future__ import annotations

from collections.abc import Sequence

_NOUNS: dict[str, tuple[str, str, str]] = {
    "шина": ("шина", "шини", "шин"),
    "варіант": ("варіант", "варіанти", "варіантів"),
    "штука": ("штука", "штуки", "штук"),
}
_SEASONS = {"winter": "зимові", "summer": "літні", "all_season": "всесезонні"}
_SEASONS_GENITIVE = {"winter": "зимових", "summer": "літніх", "all_season": "всесезонних"}
_MONTHS = (
    "січня", "лютого", "березня", "квітня", "травня", "червня",
    "липня", "серпня", "вересня", "жовтня", "листопада", "грудня",
)  # fmt: skip

_HOURS = (
    "півночі", "першої", "другої", "третьої", "четвертої", "п'ятої", "шостої", "сьомої", "восьмої", "дев'ятої",
    "десятої", "одинадцятої", "дванадцятої", "тринадцятої", "чотирнадцятої", "п'ятнадцятої", "шістнадцятої",
    "сімнадцятої", "вісімнадцятої", "дев'ятнадцятої", "двадцятої", "двадцять першої", "двадцять другої",
    "двадцять третьої",
)  # fmt: skip


def money(amount: float) -> str:
    """Hryvnias with grouped thousands: `money(3200)` is "3 200 грн"."""
    return f"{round(amount):,}".replace(",", " ") + " грн"


def plural(number: int, one: str, few: str, many: str) -> str:
    """The form of a Ukrainian noun after `number`: 1 шина, 2 шини, 5 шин, 11 шин, 21 шина."""
    if number % 100 in range(11, 15):
        return many
    return {1: one, 2: few, 3: few, 4: few}.get(number % 10, many)


def count(number: int, noun: str) -> str:
    """`count(2, "шина")` is "2 шини"; nouns of the table only."""
    return f"{number} {plural(number, *_NOUNS[noun])}"


def season_name(season: str, *, genitive: bool = False) -> str:
    """`зимові` or, after a negation, `зимових`; unknown seasons give an empty string."""
    return (_SEASONS_GENITIVE if genitive else _SEASONS).get(season, "")


def day_month(iso: str) -> str:
    """`2026-12-02` is "2 грудня"."""
    _, month, day = (int(part) for part in iso[:10].split("-"))
    return f"{day} {_MONTHS[month - 1]}"


def hour_genitive(hour: int) -> str:
    """An hour after a preposition of time: `дев'ятої`, as in "з дев'ятої"; midnight is "півночі"."""
    return _HOURS[hour % 24]


def join_list(items: Sequence[str], last: str = "і") -> str:
    """`а, б і в`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def join_or(items: Sequence[str]) -> str:
    """`а, б чи в`."""
    return join_list(items, "чи")
