"""How sure a share, a mean and a difference are: 95 % intervals. Pure.

Shares: Wilson (1927); their difference: Newcombe (1998), method 10. Means: Student's t; their difference: Welch. No
interval is corrected for looking at several measures or more than once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist, fmean, variance
from typing import Final

CONFIDENCE: Final = 0.95
Z: Final = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
_STEPS: Final = 400  # of the integration; the quantile is right to 1e-6 from 1 to 10,000 degrees of freedom
_NORMAL_FROM: Final = 10_000.0


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its bounds; None where too little is known for one."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def tells(self) -> bool:
        """Of a difference: whether zero is outside."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def share(hits: int, total: int) -> Interval:
    """A share with its Wilson interval; nothing is known of no calls."""
    if total == 0:
        return Interval(math.nan)
    p, z2 = hits / total, Z * Z / total
    middle = (p + z2 / 2) / (1 + z2)
    half = Z / (1 + z2) * math.sqrt(p * (1 - p) / total + z2 / (4 * total))
    return Interval(p, max(0.0, middle - half), min(1.0, middle + half))


def share_difference(hits: int, total: int, other_hits: int, other_total: int) -> Interval:
    """The first share less the other."""
    a, b = share(hits, total), share(other_hits, other_total)
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return Interval(math.nan)
    found = a.value - b.value
    down = math.hypot(a.value - a.low, b.high - b.value)
    up = math.hypot(a.high - a.value, b.value - b.low)
    return Interval(found, found - down, found + up)


def mean(values: Sequence[float]) -> Interval:
    """A mean with its t interval, which needs two values."""
    if len(values) < 2:
        return Interval(values[0] if values else math.nan)
    found = fmean(values)
    half = t_quantile(len(values) - 1) * math.sqrt(variance(values) / len(values))
    return Interval(found, found - half, found + half)


def mean_difference(values: Sequence[float], other: Sequence[float]) -> Interval:
    """The first mean less the other, variances unequal."""
    if len(values) < 2 or len(other) < 2:
        return Interval(math.nan)
    found = fmean(values) - fmean(other)
    a, b = variance(values) / len(values), variance(other) / len(other)
    if a + b == 0:
        return Interval(found, found, found)
    freedom = (a + b) ** 2 / (a * a / (len(values) - 1) + b * b / (len(other) - 1))
    half = t_quantile(freedom) * math.sqrt(a + b)
    return Interval(found, found - half, found + half)


@lru_cache(maxsize=256)
def t_quantile(freedom: float) -> float:
    """The two-sided 95 % point of Student's t: bisection on the integral of its density over arctan(t / sqrt(freedom))."""
    if freedom >= _NORMAL_FROM:
        return Z
    low, high = Z, 13.0  # 12.71 at one degree of freedom
    for _ in range(60):
        middle = (low + high) / 2
        if _within(middle, freedom) < CONFIDENCE:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _within(t: float, freedom: float) -> float:
    """The probability of [-t, t]: with t = sqrt(freedom) tan(a) the density becomes cos(a)^(freedom - 1)."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(math.pi)
    step = math.atan(t / math.sqrt(freedom)) / _STEPS
    heights = [math.pow(math.cos(step * i), freedom - 1) for i in range(_STEPS + 1)]
    simpson = heights[0] + heights[-1] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2])
    return 2 * scale * simpson * step / 3


def calls_needed(p: float, difference: float) -> int:
    """Calls a variant needs so that a difference of shares is seen four times in five."""
    spread = 2 * max(p * (1 - p), 0.01)
    return math.ceil(spread * ((Z + NormalDist().inv_cdf(0.8)) / difference) ** 2)
