"""When a worker dies: six states of a call, each with seeded places and delays.

`plan(seed, kills)` spreads the moments evenly and draws the rest from the seed. What a kill hit really is judged
afterwards from the journal of the dead process (`judge.hit`), not by the intention.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum


class Moment(StrEnum):
    """What the call is doing."""

    SPEAKING = "agent speaking"
    LISTENING = "listening to the caller"
    THINKING = "thinking"
    TOOL = "tool in flight"
    READ_BACK = "read-back being spoken"
    AGREED = "after the yes, before the answer"


@dataclass(frozen=True, slots=True)
class Slow:
    """A store request that is made slow so that a tool is in flight: method, a part of the path, the tool's name."""

    method: str
    path: str
    tool: str


SEARCH = Slow("GET", "/tires/search", "search_tires")
DRAFT = Slow("POST", "/orders", "create_order_draft")
DELIVERY = Slow("PATCH", "/delivery", "update_order_delivery")
CONFIRM = Slow("POST", "/confirm", "confirm_order")
SLOW_MS = 1_500


@dataclass(frozen=True, slots=True)
class Kill:
    """One death. `slot` is the question whose answer leads there; `delay_s` counts from the state's beginning.

    LISTENING with `mid_speech`: `delay_s` after the caller began to speak; with `mid_keys`: after the first half of his
    keys, of which he presses the rest as if nothing were; else after the question's end.
    """

    moment: Moment
    slot: str
    delay_s: float
    slow: Slow | None = None
    mid_speech: bool = False
    mid_keys: bool = False


_SPOKEN = ("open", "delivery", "name")
_KEYED = ("tyre_size", "option", "quantity", "branch", "caller_number")
_TOOLS = ((SEARCH, "tyre_size"), (DRAFT, "caller_number"), (DELIVERY, "caller_number"), (CONFIRM, "agree"))


def plan(seed: int, kills: int) -> list[Kill]:
    """`kills` deaths, every moment as often as every other but for the remainder."""
    chance = random.Random(seed)  # noqa: S311  repeatable, no secret
    moments = [moment for _ in range(-(-kills // len(Moment))) for moment in Moment][:kills]
    drawn = [_draw(chance, moment, moments[:place].count(moment)) for place, moment in enumerate(moments)]
    chance.shuffle(drawn)
    return drawn


def _draw(chance: random.Random, moment: Moment, nth: int) -> Kill:
    match moment:
        case Moment.SPEAKING:
            return Kill(moment, chance.choice((*_SPOKEN, *_KEYED[:4])), chance.uniform(0.1, 1.0))
        case Moment.LISTENING:
            if nth % 3 == 2:
                return Kill(moment, "tyre_size", chance.uniform(0.0, 0.3), mid_keys=True)
            if nth % 3:
                return Kill(moment, chance.choice((*_SPOKEN, *_KEYED)), chance.uniform(0.1, 0.6))
            return Kill(moment, chance.choice(_SPOKEN), chance.uniform(0.2, 0.8), mid_speech=True)
        case Moment.THINKING:
            return Kill(moment, chance.choice((*_SPOKEN, "payment")), chance.uniform(0.1, 0.5))
        case Moment.TOOL:
            slow, slot = _TOOLS[(nth + chance.randrange(2)) % len(_TOOLS)]
            return Kill(moment, slot, chance.uniform(0.05, 1.0), slow)
        case Moment.READ_BACK:
            return Kill(moment, "payment", chance.uniform(0.3, 9.0))
        case Moment.AGREED:
            return Kill(moment, "agree", chance.uniform(0.0, 0.5), CONFIRM)
