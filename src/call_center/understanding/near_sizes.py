"""Real sizes near one that does not exist: alike in two of three numbers, closest in steps and in sound."""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from call_center.understanding.vocabulary import Size, size_text


def nearest(known: frozenset[Size], size: tuple[int, int, int], limit: int = 4) -> tuple[str, ...]:
    """Real sizes that sound or look closest to one that does not exist."""
    scored = []
    for real in known:
        same = sum(a == b for a, b in zip(real[:3], size, strict=True))
        if same < 2:
            continue
        spoken = sum(
            Levenshtein.distance(_spoken(a), _spoken(b)) for a, b in zip(real[:3], size, strict=True)
        )
        steps = abs(real[0] - size[0]) / 10 + abs(real[1] - size[1]) / 5 + abs(real[2] - size[2])
        scored.append((steps + spoken / 4 + real[3], size_text(real)))
    return tuple(text for _, text in sorted(scored)[:limit])


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


def _spoken(value: int) -> str:
    """Rough sound of a number below 400, only to compare sounds."""
    hundreds, rest = divmod(value, 100)
    words = ["", "сто ", "двісті ", "триста "][hundreds]
    if rest <= 10:
        return words + (_ONES[rest] if rest else "")
    if rest < 20:
        return f"{words}{_ONES[rest - 10]}надцять"
    return words + _TENS[rest // 10] + (" " + _ONES[rest % 10] if rest % 10 else "")
