"""How the emulated model hears brand names: one rough spelling for both alphabets. Pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

ALIKE: Final = 0.8
_SOUNDS: Final = str.maketrans(
    dict(zip("абвгґдеєжзиіїйклмнопрстуфхцчшщьюя", [
        "a", "b", "v", "g", "g", "d", "e", "e", "z", "z", "i", "i", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u",
        "f", "h", "c", "c", "s", "s", "", "u", "a",
    ], strict=True))
)  # fmt: skip


def latin(text: str) -> str:
    """Letters of either alphabet as rough Latin."""
    plain = text.lower().translate(_SOUNDS)
    for letters, sound in (("x", "ks"), ("ch", "c"), ("sh", "s"), ("y", "i")):
        plain = plain.replace(letters, sound)
    return re.sub(r"[^a-z]", "", plain)


def alike(one: str, other: str) -> bool:
    """Whether two rough spellings may be one word."""
    return SequenceMatcher(None, one, other).ratio() > ALIKE
