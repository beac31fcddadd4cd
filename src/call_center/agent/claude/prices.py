"""What tokens cost: the one price table. USD for a million tokens.

Source: platform.claude.com/docs/en/about-claude/pricing and release notes that quote it, as read on 2026-11-28. Prices
of Haiku 5.5 are those of prompts up to 100,000 tokens; ours stay below 10,000. Cache writes are those of 5 minutes. A
model that is not listed is counted at the dearest price, so that a cap holds too early rather than too late.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Price:
    """USD for a million tokens of each kind."""

    input: float
    output: float
    cache_write: float
    cache_read: float


PRICES: Final[dict[str, Price]] = {
    "claude-haiku-5-5": Price(0.10, 0.50, 0.125, 0.01),
    "claude-haiku-4-5": Price(1.0, 5.0, 1.25, 0.10),
    "claude-sonnet-5-5": Price(2.0, 10.0, 2.5, 0.10),
    "claude-sonnet-5": Price(2.0, 10.0, 2.5, 0.20),
    "claude-opus-5-5": Price(4.0, 20.0, 5.0, 0.20),
    "claude-opus-5": Price(5.0, 25.0, 6.25, 0.50),
}
DEAREST: Final = Price(10.0, 50.0, 12.5, 1.0)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one reply as the API counts them; `input` is what no cache held."""

    input: int = 0
    cache_write: int = 0
    cache_read: int = 0
    output: int = 0


def cost(model: str, usage: Usage) -> float:
    """USD of one reply."""
    found = [price for name, price in PRICES.items() if model == name or model.startswith(f"{name}-20")]
    price = found[0] if found else DEAREST
    total = (
        usage.input * price.input
        + usage.output * price.output
        + usage.cache_write * price.cache_write
        + usage.cache_read * price.cache_read
    )
    return total / 1_000_000
