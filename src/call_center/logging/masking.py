"""Masks phones, cards, e-mails and plates in any text that leaves the process as a log line; pure.

Keys that name a person's data (`caller`, `phone`, `name`...) are masked whole, whatever they hold; tickets, tokens
and secrets too.
"""

from __future__ import annotations

import re
from typing import Any

_WHOLE = frozenset(
    {
        "caller",
        "phone",
        "name",
        "customer_name",
        "customer_phone",
        "address",
        "ticket",
        "token",
        "secret",
        "key",
    }
    | {"password", "authorization", "text", "spoken"}
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "[email]"),
    (re.compile(r"(?<!\d)(?:\d[ -]?){15,18}\d(?!\d)"), "[card]"),
    (re.compile(r"(?<![\d-])\+?3?8?[ (-]?0\d{2}[) -]{0,2}\d{3}[ -]?\d{2}[ -]?\d{2}(?!\d)"), "[phone]"),
    (re.compile(r"\b[A-ZА-ЯІЇЄ]{2} ?\d{4} ?[A-ZА-ЯІЇЄ]{2}\b"), "[plate]"),
)


def mask_text(text: str) -> str:
    """Replace everything that looks like a phone, card, e-mail or licence plate."""
    for pattern, label in _PATTERNS:
        text = pattern.sub(label, text)
    return text


def mask(value: Any, key: str = "") -> Any:
    """Mask a log value of any JSON-like shape; unknown objects are masked through their `str`."""
    if key.lower() in _WHOLE and value not in (None, "", True, False):
        return f"[{key.lower()}]"
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {str(k): mask(v, str(k)) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [mask(v) for v in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return mask_text(str(value))
