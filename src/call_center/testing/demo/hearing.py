"""What a listener takes from the agent's sentences: options, the question, and whether a read-back is what was meant.

Pure text work on what was really played; nothing here knows the agent's state.
"""

from __future__ import annotations

import re
from typing import Final

from rapidfuzz.fuzz import ratio

from call_center.understanding.phonetics import sound

ALIKE: Final = 82.0  # per cent of two sound keys: what a person takes for the same name
_PRICE: Final = re.compile(r"(\d{1,3}(?:[ \u00a0]\d{3})+|\d+) грн")
_BRAND: Final = re.compile(r"([A-Z][A-Za-z.'-]+(?: [A-Z][A-Za-z.'-]+)*)")
_SENTENCE: Final = re.compile(
    r"(?<!вул\.)(?<!просп\.)(?<!бульв\.)(?<!пл\.)(?<!пров\.)(?<=[.?!])\s+(?=[«А-ЯІЇЄҐA-Z])"
)
_ASKING: Final = re.compile(
    r"\?|назв|скаж|повтор|продикту|набер|набрат|обер|слухаю|підтвердж|підкаж", re.IGNORECASE
)


def prices(text: str) -> list[tuple[str, int]]:
    """(text up to and with the price, UAH) of every price."""
    found, start = [], 0
    for match in _PRICE.finditer(text):
        found.append((text[start : match.end()], int(re.sub(r"\D", "", match[1]))))
        start = match.end()
    return found


def options(text: str) -> list[tuple[str, int]]:
    """(brand, price) of every option that is named with its price, in the order told."""
    found = []
    for part, price in prices(text):
        brands = _BRAND.findall(re.sub(r"\d+/\d+ ?R\d+C?", " ", part))
        if brands:
            found.append((str(brands[0]), price))
    return found


def sentences(text: str) -> list[str]:
    """The text cut into sentences."""
    return [s for s in _SENTENCE.split(text.strip()) if s]


def question(text: str) -> str:
    """The sentences that want an answer, "" when there is none: then more is to come."""
    return " ".join(s for s in sentences(text) if _ASKING.search(s))


def numbers(text: str) -> list[int]:
    """Whole numbers of a text."""
    return [int(n) for n in re.findall(r"\d+", text)]


def alike(said: str, meant: str) -> bool:
    """Whether two names sound the same to a person."""
    return ratio(_key(said), _key(meant)) >= ALIKE


def address_alike(said: str, meant: str) -> bool:
    """Whether two addresses are one place: the same number, and a street that sounds the same."""
    return numbers(said) == numbers(meant) and alike(_street(said), _street(meant))


def _street(address: str) -> str:
    return re.sub(r"\b(?:вулиц\w|вул|просп\w*|будинок|місто)\b|[\d,.]", " ", address.lower())


def _key(text: str) -> str:
    return "".join(sound(word) for word in re.findall(r"[\w'’ʼ]+", text.lower()))
