"""Dates and clock times in words.

Pure functions of numbers; wording follows the 2019 orthography and ordinary speech: days are ordinals (`двадцять п'яте
листопада`), hours are feminine ordinals (`о п'ятнадцятій тридцять`). `об` stands before a vowel.
"""

from __future__ import annotations

import datetime as dt

from call_center.tts.spoken.grammar import Case, Gender
from call_center.tts.spoken.numerals import cardinal, ordinal

MONTHS = [
    "січня",
    "лютого",
    "березня",
    "квітня",
    "травня",
    "червня",
    "липня",
    "серпня",
    "вересня",
    "жовтня",
    "листопада",
    "грудня",
]
WEEKDAYS = (
    ("понеділок", "понеділка", "понеділку", "понеділок", "понеділком", "понеділку"),
    ("вівторок", "вівторка", "вівторку", "вівторок", "вівторком", "вівторку"),
    ("середа", "середи", "середі", "середу", "середою", "середі"),
    ("четвер", "четверга", "четвергу", "четвер", "четвергом", "четвергу"),
    ("п'ятниця", "п'ятниці", "п'ятниці", "п'ятницю", "п'ятницею", "п'ятниці"),
    ("субота", "суботи", "суботі", "суботу", "суботою", "суботі"),
    ("неділя", "неділі", "неділі", "неділю", "неділею", "неділі"),
)


def day(number: int, month: int, case: Case = Case.GEN) -> str:
    """`day(25, 11)` is `двадцять п'ятого листопада`."""
    return f"{ordinal(number, case, Gender.N)} {MONTHS[month - 1]}"


def year(number: int) -> str:
    """`year(2026)` is `дві тисячі двадцять шостого року`."""
    return f"{ordinal(number, Case.GEN)} року"


def date(value: dt.date, case: Case = Case.GEN, *, weekday: bool = False, with_year: bool = False) -> str:
    """A date; with `weekday` the day's name in the same case stands first, after a comma the date."""
    text = day(value.day, value.month, case)
    if with_year:
        text = f"{text} {year(value.year)}"
    return f"{WEEKDAYS[value.weekday()][case]}, {text}" if weekday else text


def on_date(value: dt.date) -> str:
    """When something happens: `у середу, двадцять п'ятого листопада`."""
    name = WEEKDAYS[value.weekday()][Case.ACC]
    preposition = "в" if name[0] in "аеєиіїоуюя" or name[:2] in {"не"} else "у"
    return f"{preposition} {name}, {day(value.day, value.month)}"


def hour(hours: int, minutes: int, case: Case = Case.NOM) -> str:
    """24-hour wording: `п'ятнадцята тридцять`; whole hours without minutes."""
    words = ordinal(hours, case, Gender.F)
    if minutes == 0:
        return words
    return f"{words} {'нуль ' if minutes < 10 else ''}{cardinal(minutes)}"


def clock(hours: int, minutes: int = 0, case: Case = Case.LOC) -> str:
    """As people say it: `clock(14, 30)` is `о пів на третю`; LOC carries its preposition, other cases none."""
    if not (0 <= hours <= 23 and 0 <= minutes <= 59):
        raise ValueError(f"{hours}:{minutes:02} is no time of day")
    if minutes == 30:
        words = f"пів на {ordinal(hours % 12 + 1, Case.ACC, Gender.F)}"
    else:
        words = hour(hours, minutes, case)
    return f"{at(words)} {words}" if case is Case.LOC else words


def at(words: str) -> str:
    """The preposition of clock time before `words`: `о` or, before a vowel, `об`."""
    return "об" if words[0] in "аеєиіїоуюя" else "о"
