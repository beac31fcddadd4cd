"""A number put right that is neither asked for nor a quantity: the house of an address. Pure.

"Будинок не вісім, а вісімнадцять" names what it corrects; "не вісім, а вісімнадцять" does so by the number it denies.
"""

from __future__ import annotations

import re
from typing import Final

from call_center.agent.dictation import written
from call_center.agent.view import DialogueView
from call_center.understanding import Filled, Utterance

_PARTS: Final = (
    ("квартир", re.compile(r"\b(?:квартир\w*|кв\.?)\s*(?:номер\s*)?(?P<number>\d+\w?)", re.IGNORECASE)),
    ("корпус", re.compile(r"\bкорпус\w*\s*(?P<number>\d+\w?)", re.IGNORECASE)),
    ("", re.compile(r"\b(?:будин\w*|буд\.?|дом\w{0,2}|хат\w+)\s*(?:номер\s*)?(?P<number>\d+\w?)", re.IGNORECASE)),
)  # fmt: skip
HOUSE_WORDS: Final = re.compile(r"\b(?:будин\w*|дом(?:а|у|ом)?|хата|квартир\w*|корпус\w*)\b", re.IGNORECASE)
_INSTEAD: Final = re.compile(r"\bне\s+(?:\w+\s+)?(?P<old>\d+)\W+(?:а|но|але)\s+(?:\w+\s+)?(?P<new>\d+)\b")
_RATHER: Final = re.compile(r"\b(?P<new>\d+)\W+(?:а )?не\s+(?P<old>\d+)\b")
_NUMBER: Final = re.compile(r"\b\d+\b")


def house_corrected(view: DialogueView, heard: Utterance) -> Filled | None:
    """The address with the house (flat, block) that the caller puts right; None when the turn is about something else."""
    address = view.value("address")
    if view.value("delivery") != "courier" or not isinstance(address, str):
        return None
    text = written(heard.text)
    told = _INSTEAD.search(text) or _RATHER.search(text)
    named = HOUSE_WORDS.search(text)
    if told is not None and (named or _only_in_address(view, told["old"], address)):
        whole = _replaced(address, text, told["new"], old=told["old"])
    elif named is not None and _NUMBER.search(text[named.end() :]):
        if re.search(r"\b(?:вул|просп|бульв|площ|улиц|провул|пров)", text, re.IGNORECASE):
            return None  # a whole address
        whole = _replaced(address, text, _NUMBER.findall(text[named.end() :])[-1])
    else:
        return None
    return Filled("address", whole, 0.9, (0, len(heard.text))) if whole and whole != address else None


def _only_in_address(view: DialogueView, old: str, address: str) -> bool:
    return old in _NUMBER.findall(address) and str(view.value("quantity")) != old


def _replaced(address: str, text: str, new: str, *, old: str | None = None) -> str | None:
    """The address with one number replaced: the denied one, else the one of the part that was named, else the last."""
    if old is not None and old in _NUMBER.findall(address):
        last = [m for m in _NUMBER.finditer(address) if m[0] == old][-1]
        return f"{address[: last.start()]}{new}{address[last.end() :]}"
    for word, pattern in _PARTS:
        if word and word not in text.lower():
            continue
        found = pattern.search(address)
        if found is not None:
            return f"{address[: found.start('number')]}{new}{address[found.end('number') :]}"
        if word:
            return f"{address}, {word}{'а' if word == 'квартир' else ''} {new}"
    numbers = list(_NUMBER.finditer(address))
    if not numbers:
        return f"{address} {new}"
    return f"{address[: numbers[-1].start()]}{new}{address[numbers[-1].end() :]}"
