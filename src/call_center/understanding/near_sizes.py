"""Real sizes near one that does not exist: alike in two of three numbers, closest in steps and in sound."""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from call_center.understanding.spoken_numbers import spoken
from call_center.understanding.vocabulary import Size, size_text


def nearest(known: frozenset[Size], size: tuple[int, int, int], limit: int = 4) -> tuple[str, ...]:
    """Real sizes that sound or look closest to one that does not exist."""
    scored = []
    for real in known:
        same = sum(a == b for a, b in zip(real[:3], size, strict=True))
        if same < 2:
            continue
        scored.append((_distance(real[:3], size) + real[3], size_text(real)))
    return tuple(text for _, text in sorted(scored)[:limit])


def _distance(real: tuple[int, int, int], heard: tuple[int, int, int]) -> float:
    """How unlike two sizes are; numbers that recognisers mix up count as one step."""
    total = 0.0
    for a, b, step in zip(real, heard, (10, 5, 1), strict=True):
        if a == b:
            continue
        mixed = frozenset({a, b}) in _MIXED_UP
        total += 1.0 if mixed else abs(a - b) / step + Levenshtein.distance(spoken(a), spoken(b)) / 4
    return total


# "двісті п'ять на п'ятдесят" comes out as 255 (measured with Whisper base at 8 kHz); teens and tens sound alike
_MIXED_UP = frozenset(
    frozenset(pair)
    for pair in (
        (205, 255),
        (215, 255),
        (205, 250),
        (15, 50),
        (16, 60),
        (17, 70),
        (15, 16),
        (16, 17),
        (50, 60),
    )
)
