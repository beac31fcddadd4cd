"""Small numbers as callers say them, only to compare sounds; what the agent says is rendered elsewhere."""

from __future__ import annotations

_ONES = ["_", "один", "два", "три", "чотири", "п'ять", "шість", "сім", "вісім", "дев'ять", "десять"]
_TENS = [
    "_",
    "десять",
    "двадцять",
    "тридцять",
    "сорок",
    "п'ятдесят",
    "шістдесят",
    "сімдесят",
    "вісімдесят",
    "дев'яносто",
]
_HUNDREDS = [
    "",
    "сто ",
    "двісті ",
    "триста ",
    "чотириста ",
    "п'ятсот ",
    "шістсот ",
    "сімсот ",
    "вісімсот ",
    "дев'ятсот ",
]


def spoken(value: int) -> str:
    """A number from 0 to 999 in words, near enough to compare sounds; "" for 0."""
    hundreds, rest = divmod(value, 100)
    words = _HUNDREDS[hundreds]
    if rest <= 10:
        return words + (_ONES[rest] if rest else "")
    if rest < 20:
        return f"{words}{_ONES[rest - 10]}надцять"
    return words + _TENS[rest // 10] + (" " + _ONES[rest % 10] if rest % 10 else "")
