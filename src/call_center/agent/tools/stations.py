"""Matches the caller's words for a place against fitting stations: district, landmark, street, by sound and stem. Pure.

A term of a station (its district, its street, one landmark) counts by how many of its words were said and how alike
they sound, so "Городницька" beats "Городоцька" and "Велика Васильківська" beats "Васильківська". Stations within
`TIE` of the best are all meant: the caller is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from rapidfuzz import fuzz

from call_center.understanding.phonetics import sound, stem

ALIKE: Final = 0.8  # of two stems, from which they are one word
SURE: Final = 0.9  # the same where only a part of a name was said: "Перемоги" is no "Лівий берег"
TIE: Final = 0.12
_WORD = re.compile(r"[а-яіїєґё'’ʼ]{3,}", re.IGNORECASE)
_COMMON: Final = frozenset(
    [
        "біля",
        "коло",
        "поруч",
        "поряд",
        "недалеко",
        "метро",
        "вул",
        "вулиця",
        "вулиці",
        "вулицю",
        "улица",
        "улице",
        "просп",
        "проспект",
        "проспекті",
        "бульв",
        "бульвар",
        "бульварі",
        "бульваре",
        "район",
        "районі",
        "района",
        "дорога",
        "шинний",
        "шиномонтаж",
        "виставковим",
        "центром",
        "імені",
        "возле",
        "рядом",
        "около",
        "станция",
        "станція",
        "станції",
        "станцію",
        "метра",
        "кінець",
        "великий",
    ]
)


@lru_cache(maxsize=4096)
def key_of(word: str) -> str:
    """The sound of a word without its ending."""
    return stem(sound(as_street(re.sub("['’ʼ]", "", word.lower()))), 3)


def as_street(text: str) -> str:
    """Streets as they are called in Ukrainian, whatever the case: Russian "на Балковской" is "Балківська"."""
    plain = re.sub(r"[ое]вс(?=ь?к)", "івс", text.lower())
    plain = re.sub(r"ск(?:ой|ая|ую|ий|ом|ому)\b", "ська", plain)
    return re.sub(r"ов(?:ий|ій|ої|ою|у|ой|ая|ую|ом|ому|ый)\b", "ова", plain)


def _keys(text: str) -> list[str]:
    words = [w for w in _WORD.findall(text) if w.lower() not in _COMMON]
    return [key_of(w) for w in words]


def terms(station: dict[str, Any]) -> list[list[str]]:
    """What a caller may call a station by."""
    quoted = re.findall("«([^»]+)»", str(station.get("name", "")))
    texts = [station.get("district", ""), station.get("address", ""), *station.get("landmarks", ()), *quoted]
    found = [_keys(str(text)) for text in texts]
    return [term for term in found if term]


def likeness(said: str, station: dict[str, Any]) -> float:
    """How surely `said` names the station: 0 when no word of it is close."""
    spoken = _keys(said)
    best = 0.0
    for term in terms(station):
        scores = [max((_alike(word, s) for s in spoken), default=0.0) for word in term]
        close = [score for score in scores if score >= ALIKE]
        whole = len(close) == len(term)
        if not whole:
            close = [score for score in close if score >= SURE]
        if close:
            best = max(best, sum(close) / len(close) * (0.8 + 0.2 * len(close) if whole else 0.75))
    return best


def _alike(term: str, said: str) -> float:
    if term == said:
        return 1.0
    if min(len(term), len(said)) < 4 or term[0] != said[0]:
        return 0.0
    score = fuzz.ratio(term, said) / 100
    if min(len(term), len(said)) >= 5 and (term.startswith(said) or said.startswith(term)):
        score = max(score, 0.9)
    return score


def named(said: str, stations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The stations that `said` may mean, best first; several when they cannot be told apart."""
    scored = [(likeness(said, s), s) for s in stations]
    top = max((score for score, _ in scored), default=0.0)
    if not top:
        return []
    return [s for score, s in sorted(scored, key=lambda p: -p[0]) if score >= top - TIE]
