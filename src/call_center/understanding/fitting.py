"""Words of fitting: which service, which class of car, a part of the day as hours, the digits of a plate. Pure.

`vehicle_class` of a known model comes from the list shipped with the package.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources
from typing import Final

_CHANGE: Final = re.compile(
    r"перевз|перезу|переоб|переобу|переобут|замін|замен|зміна|сезонн|поміня|поменя|монтаж(?!у\b)",
    re.IGNORECASE,
)
_BALANCE: Final = re.compile(r"балан", re.IGNORECASE)
_NO_BALANCE: Final = re.compile(r"(?:без|не треба|не надо|не потрібн\w*) ?балан", re.IGNORECASE)
_WHOLE: Final = re.compile(
    r"комплекс|повн\w* (?:послуг|пакет|шиномонтаж|обслуг)|полн\w* (?:шиномонтаж|обслуж|услуг|пакет)|"
    r"\bвсе (?:разом|вместе)|всё вместе|під ключ|под ключ",
    re.IGNORECASE,
)
_ALL: Final = re.compile(
    r"^\W*(?:все|всё|всьо|повн\w+|полн\w+|і те,? і (?:те|інше)|и то,? и (?:то|другое))\W*$", re.IGNORECASE
)
_ONLY: Final = re.compile(
    r"(?:тільки|лише|просто|только|лиш)\s+(?:\w+\s+)?(?:перевз|перезу|переоб|замін|замен)", re.IGNORECASE
)
_CLASSES: Final = (
    (
        "van",
        re.compile(r"мікроавтобус|микроавтобус|\bбус\w*|фургон|мінівен|минивэн|вантажівк", re.IGNORECASE),
    ),
    ("suv", re.compile(r"позашлях|внедорож|кросов|кроссов|джип|\bпаркетник", re.IGNORECASE)),
    ("passenger", re.compile(r"легков|седан|хетчбек|хэтчбек|універсал|универсал", re.IGNORECASE)),
)
_WINDOWS: Final = (
    ((780, 1080), re.compile(r"після обід|после обед|по обіді|пополудн", re.IGNORECASE)),
    ((0, 720), re.compile(r"до обід|до обед|перша половин|першій половин|первой половин", re.IGNORECASE)),
    ((720, 1080), re.compile(r"друг\w+ половин|втор\w+ половин", re.IGNORECASE)),
    ((720, 900), re.compile(r"обід|обед|опівдн", re.IGNORECASE)),
    ((0, 720), re.compile(r"зранку|вранці|\bранком|ранок|утром|с утра", re.IGNORECASE)),
    ((720, 1020), re.compile(r"вдень|днем\b", re.IGNORECASE)),
    ((1020, 1440), re.compile(r"ввечері|увечері|вечером|вечір|під вечір|ближче до вечора", re.IGNORECASE)),
)
_POLITE: Final = re.compile(
    r"добр\w+ (?:ранку|ранок|день|дня|вечір|вечора|утро|вечер)|гарного \w+", re.IGNORECASE
)
_PLATE: Final = re.compile(r"\b[A-ZА-ЯІЇЄ]{2}\s?(\d{4})\s?[A-ZА-ЯІЇЄ]{2}\b", re.IGNORECASE)
SOONEST: Final = re.compile(
    r"найближч|якнайшвид|якомога (?:швид|раніш)|ближайш|побыстр|швидше б|будь-як\w+ день|любой день|коли (?:є )?вільн|"
    r"когда (?:есть )?свободн|чим швидше|коли можна",
    re.IGNORECASE,
)


def service_in(text: str, *, asked: bool) -> str | None:
    """tire_change, balancing or full_service; a bare "перевзутися" tells the service only when it was asked."""
    change, balance = bool(_CHANGE.search(text)), bool(_BALANCE.search(text))
    if _NO_BALANCE.search(text) or _ONLY.search(text):
        return "tire_change"
    if _WHOLE.search(text) or (change and balance) or (asked and _ALL.search(text)):
        return "full_service"
    if balance:
        return "balancing"
    return "tire_change" if change and asked else None


def class_in(text: str) -> str | None:
    """The class of a car in so many words."""
    return next((name for name, words in _CLASSES if words.search(text)), None)


def window_in(text: str) -> tuple[int, int] | None:
    """Minutes after midnight of a part of the day: "після обіду" is 13:00 to 18:00."""
    text = _POLITE.sub(" ", text)
    return next((hours for hours, words in _WINDOWS if words.search(text)), None)


def plate_in(text: str) -> str | None:
    """The four digits of a number plate."""
    found = _PLATE.search(text)
    return found[1] if found else None


@lru_cache(maxsize=1)
def _classes() -> dict[str, str]:
    data = resources.files("call_center.understanding") / "data" / "vehicle_class.json"
    found: dict[str, list[str]] = json.loads(data.read_text("utf-8"))
    return {model.casefold(): name for name, models in found.items() for model in models}


def class_of(make: str, model: str) -> str | None:
    """The class of a known model, None when the list does not have it."""
    return _classes().get(f"{make} {model}".casefold())
