"""How the Claude brain runs. Times in seconds, money in USD."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Effort = Literal["low", "medium", "high"]
DEFAULT_MODEL: Final = "claude-haiku-5-5"
SPARE: Final = 0.8
"""Share of a call's cap from which the built-in brain goes on alone."""


@dataclass(frozen=True, slots=True)
class BrainOptions:
    """Bounds of one brain. `first_token_s` and `round_s` are of one round of a turn."""

    model: str = DEFAULT_MODEL
    effort: Effort | None = "low"
    fast_path: bool = True
    first_token_s: float = 1.5
    round_s: float = 3.5
    max_tokens: int = 400  # two sentences and a tool call
    call_cap: float = 0.05
    day_cap: float = 20.0
    strict_tools: bool = True
    speculate: bool = True  # begin on a stable interim transcript
