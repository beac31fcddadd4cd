"""Numbers of a sentence, written in digits or words, with the unit that they count. Pure.

`figures("дві тисячі гривень і 12 шин")` gives 2000 of `money` and 12 of `pieces`. What has no unit that matters here is
of kind "". A size, a clock time and a rendered reference are no figures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from call_center.understanding.numerals import atoms, groups
from call_center.understanding.words import tokens

MONTHS: Final = (
    "січня", "лютого", "березня", "квітня", "травня", "червня",
    "липня", "серпня", "вересня", "жовтня", "листопада", "грудня",
)  # fmt: skip
_UNITS: Final = (
    ("money", re.compile(r"\s*(?:грн|гривень|гривн[іяюею]+|₴|uah)", re.IGNORECASE)),
    ("thousands", re.compile(r"\s*(?:тис\.?|тисяч[іа]?)\s*(?:грн|гривень|гривн)", re.IGNORECASE)),
    ("foreign", re.compile(r"\s*(?:тис\.|тисяч\w*|долар\w*|євро\b|usd|eur|[$€]|злот\w*|рубл\w*|коп\w*|%|відсотк\w*|процент\w*)", re.IGNORECASE)),
    ("pieces", re.compile(r"\s*(?:(?:зимов|літн|всесезонн)\w*\s+)?(?:шин\w*|штук\w*|шт\b|колес\w*|покришк\w*)", re.IGNORECASE)),
    ("sets", re.compile(r"\s*комплект\w*", re.IGNORECASE)),
    ("days", re.compile(r"\s*(?:робоч\w+\s+)?(?:день|дні|дня|днів|днями|доб\w*)\b", re.IGNORECASE)),
    ("hours", re.compile(r"\s*(?:годин\w*|год\b)", re.IGNORECASE)),
    ("other_time", re.compile(r"\s*(?:хвилин\w*|тиж\w*|місяц\w*|рок(?:и|ів)\b)", re.IGNORECASE)),
    ("year", re.compile(r"\s*(?:року|рік|р\.)", re.IGNORECASE)),
    ("date", re.compile(rf"\s*(?:{'|'.join(MONTHS)})\b", re.IGNORECASE)),
    ("distance", re.compile(r"\s*(?:кілометр\w*|км\b|метр\w*|дюйм\w*|міліметр\w*|мм\b|сантиметр\w*|см\b)", re.IGNORECASE)),
)  # fmt: skip
_WORDY: Final = re.compile(
    r"[а-яіїєґ]\s+(?:(?:робоч|зимов|літн|всесезонн)\w+\s+)?(?:грн|грив|шин|штук|шт\b|колес|покриш|комплект|день|дні|дня|доб"
    rf"|годин|хвилин|тиж|місяц|рок|рік|долар|євро|відсот|процент|кілометр|метр|{'|'.join(MONTHS)})",
    re.IGNORECASE,
)
_SPACED: Final = re.compile(r"(?<!\d)\d{1,3}(?:[  ]\d{3})+(?!\d)|\d+(?:[.,]\d{1,2}(?!\d))?")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: `kind` is its unit, `text` what stands there, `month` only of dates."""

    value: float
    kind: str
    start: int
    end: int
    written: bool  # in digits
    text: str
    month: str = ""


def figures(text: str, taken: tuple[tuple[int, int], ...] = ()) -> list[Figure]:
    """Every number outside `taken`, in order."""
    found = [*_in_digits(text, taken), *_in_words(text)]
    return sorted(found, key=lambda figure: figure.start)


def _in_digits(text: str, taken: tuple[tuple[int, int], ...]) -> list[Figure]:
    found: list[Figure] = []
    for match in _SPACED.finditer(text):
        if any(a < match.end() and match.start() < b for a, b in taken):
            continue
        plain = re.sub(r"[  ]", "", match[0]).replace(",", ".")
        found.append(_figure(text, float(plain), match.start(), match.end(), written=True))
    return _ranges(text, found)


def _ranges(text: str, found: list[Figure]) -> list[Figure]:
    """`2–3 дні`: the first number has the unit of the second."""
    for index in range(len(found) - 1, 0, -1):
        left, right = found[index - 1], found[index]
        if not left.kind and re.fullmatch(r"\s*(?:[–—-]|до|чи|або)\s*", text[left.end : right.start]):
            found[index - 1] = Figure(
                left.value, right.kind, left.start, left.end, True, left.text, right.month
            )
    return found


def _in_words(text: str) -> list[Figure]:
    if _WORDY.search(text) is None:
        return []  # no unit follows a word: nothing here counts anything
    words = tokens(text)
    items = atoms(words)
    found = []
    for group in groups(items, words):
        first, last = words[items[group.start].first], words[items[group.end - 1].last]
        if any(
            words[i].kind == "digits" for i in range(items[group.start].first, items[group.end - 1].last + 1)
        ):
            continue
        figure = _figure(text, group.value, first.start, last.end, written=False)
        if figure.kind and not (group.ordinal and figure.kind not in ("date", "hours", "year")):
            found.append(figure)
    return found


def _figure(text: str, value: float, start: int, end: int, *, written: bool) -> Figure:
    after = text[end : end + 40]
    for kind, unit in _UNITS:
        match = unit.match(after)
        if match is not None:
            month = match[0].strip().lower() if kind == "date" else ""
            amount, of = (1000 * value, "money") if kind == "thousands" else (value, kind)
            said = text[start : end + match.end()]
            return Figure(amount, of, start, end + match.end(), written, said, month)
    return Figure(value, "", start, end, written, text[start:end])
