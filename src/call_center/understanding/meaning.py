"""What understanding hands to the agent: typed slots, intents and digit groups of one utterance.

Every value is JSON-native, so that `Understood` events can be journalled as they are:
tyre_size "205/55R16" or "215/65R16C"; heard_size a list of such, likeliest first, that a garbled size sounds like;
width, profile, diameter, quantity, year, branch int; date "2026-11-25"; time "15:30"; phone "+380990001234";
order_number digits; yes_no "yes" or "no"; season "summer", "winter", "all_season"; studded, run_flat, commercial bool;
budget {"min", "max", "about"} in UAH; brand, make, model, city canonical names.
A slot that was heard but must not be guessed has value None and `candidates` (may be empty: out of range).
Spans are character offsets [start, end) into the text as given. Confidence is 0..1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Filled:
    """One slot heard in an utterance."""

    slot: str
    value: Any
    confidence: float
    span: tuple[int, int]
    candidates: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing the caller wants; `value` is the option of `choose_option` (1-based, "cheapest", "dearest")."""

    name: str
    confidence: float
    span: tuple[int, int]
    value: int | str | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours in minutes after midnight; they decide whether "на шосту" is morning or evening."""

    opens: int = 8 * 60
    closes: int = 20 * 60


@dataclass(frozen=True, slots=True)
class Utterance:
    """Everything understood in one utterance.

    `numbers` are the digit groups in the order said, `words` the count of words and `unexplained` how many of them
    no slot, no intent and no filler word accounts for: 0 means nothing else was in it.
    """

    text: str
    filled: tuple[Filled, ...] = ()
    intents: tuple[Intent, ...] = ()
    numbers: tuple[str, ...] = ()
    words: int = 0
    unexplained: int = 0

    def get(self, slot: str) -> Filled | None:
        """The surest filling of `slot`, the earliest of equals."""
        found = [f for f in self.filled if f.slot == slot]
        return max(found, key=lambda f: f.confidence) if found else None

    def all(self, slot: str) -> tuple[Filled, ...]:
        """Every filling of `slot` in the order said (two brands in one question)."""
        return tuple(f for f in self.filled if f.slot == slot)

    def value(self, slot: str) -> Any:
        """The value of `slot`, None when absent or not to be guessed."""
        found = self.get(slot)
        return found.value if found else None

    def has(self, intent: str) -> bool:
        """Whether the caller expressed `intent`."""
        return any(i.name == intent for i in self.intents)

    def intent(self, name: str) -> Intent | None:
        """The first intent of that name."""
        return next((i for i in self.intents if i.name == name), None)

    def only(self, slot: str) -> bool:
        """Whether `slot` is filled surely and nothing else is in the utterance: the fast path may answer."""
        found = self.get(slot)
        return (
            found is not None
            and found.value is not None
            and found.confidence >= 0.8
            and self.unexplained == 0
            and all(f.slot == slot for f in self.filled)
        )
