"""What goes wrong in a scenario by text: the shop's faults, and words misheard as a recogniser mishears them.

`faults.store` is `down`, one fault of the store's test port (`{kind: "503", path: confirm, times: 1}`) or a list of
them; `after_turn` lets a fault begin with a later turn. Raises `ConfigError` for a fault that cannot be played.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Final

from call_center.agent.tools.shop import Availability, CarSizes, Filters, Row, Tyre
from call_center.errors import ConfigError, StoreError
from call_center.testing.simulator.scenario import Scenario

_CONFUSED: Final = {
    "чотири": "чотире", "дві": "двi", "так": "та", "ні": "не", "зимові": "зимові", "літні": "літній",
    "двісті": "двісті", "п'ятдесят": "п'ядесят", "шістнадцять": "шіснадцять", "доставка": "доставки",
    "відділення": "відділені", "карткою": "картку", "найдешевший": "найдешевшій", "правильно": "правельно",
}  # fmt: skip
_VOWELS: Final = "аеиіоуєюяї"


def store_faults(scenario: Scenario) -> tuple[list[dict[str, Any]], dict[int, list[dict[str, Any]]]]:
    """Faults from the start, and faults by the caller's turn from which they hold."""
    asked = scenario.faults.get("store")
    if asked in (None, "down"):
        return [], {}
    start: list[dict[str, Any]] = []
    later: dict[int, list[dict[str, Any]]] = {}
    for fault in asked if isinstance(asked, list) else [asked]:
        if not isinstance(fault, dict) or not fault:
            raise ConfigError(f"{scenario.id}: fault {fault!r}: give kind, path, times or latency_ms")
        plain = {name: value for name, value in fault.items() if name != "after_turn"}
        plain.setdefault("kind", "latency")
        if fault.get("after_turn") is None:
            start.append(plain)
        else:
            later.setdefault(int(fault["after_turn"]) + 1, []).append(plain)
    return start, later


def llm_down(scenario: Scenario) -> bool:
    """Whether the model's provider does not answer: only a brain that has one is touched by it."""
    return scenario.faults.get("llm") == "down"


def mishear(share: float, seed: str) -> Callable[[str], str]:
    """What a recogniser makes of words: some endings and vowels change, some short words are lost."""
    if not share:
        return str
    chance = random.Random(seed)  # noqa: S311 - reproducible noise, no secret

    def hear(text: str) -> str:
        return " ".join(
            filter(None, (_word(w, chance) if chance.random() < share else w for w in text.split()))
        )

    return hear


def _word(word: str, chance: random.Random) -> str:
    known = _CONFUSED.get(word.lower().strip(",.?!"))
    if known is not None and chance.random() < 0.5:
        return known
    if len(word) <= 2:
        return ""
    places = [i for i, ch in enumerate(word.lower()) if ch in _VOWELS]
    if not places or chance.random() < 0.3:
        return word[:-1]
    at = chance.choice(places)
    return word[:at] + chance.choice(_VOWELS) + word[at + 1 :]


def _down() -> StoreError:
    return StoreError("the store is down")


class DownShop:
    """A `Shop` that never answers: every call raises StoreError at once."""

    async def tyres(self, filters: Filters) -> list[Tyre]:
        """Raise StoreError."""
        raise _down()

    async def availability(self, product_id: str) -> Availability:
        """Raise StoreError."""
        raise _down()

    async def car_sizes(self, make: str, model: str, year: int) -> CarSizes | None:
        """Raise StoreError."""
        raise _down()

    async def pickup_points(self, city: str, text: str | None = None) -> list[Row]:
        """Raise StoreError."""
        raise _down()

    async def orders(self, *, phone: str | None = None, number: str | None = None) -> list[Row]:
        """Raise StoreError."""
        raise _down()

    async def order(self, order_id: str) -> Row:
        """Raise StoreError."""
        raise _down()

    async def create_draft(
        self, *, phone: str, name: str | None, items: Sequence[tuple[str, int]], call_id: str, key: str
    ) -> Row:
        """Raise StoreError."""
        raise _down()

    async def set_delivery(self, order_id: str, place: Row, *, key: str) -> Row:
        """Raise StoreError."""
        raise _down()

    async def confirm(
        self, order_id: str, *, payment: str, name: str, total: int, version: int, key: str
    ) -> Row:
        """Raise StoreError."""
        raise _down()

    async def cancel_draft(self, order_id: str, *, reason: str, key: str) -> Row:
        """Raise StoreError."""
        raise _down()

    async def callback(self, *, phone: str, topic: str, when: str | None, call_id: str, key: str) -> Row:
        """Raise StoreError."""
        raise _down()

    async def stations(self, city: str | None = None) -> list[Row]:
        """Raise StoreError."""
        raise _down()

    async def slots(self, station_id: str, first: str, last: str, service: str) -> Row:
        """Raise StoreError."""
        raise _down()

    async def fitting_prices(self, diameter: int, vehicle_class: str) -> list[Row]:
        """Raise StoreError."""
        raise _down()

    async def bookings(self, phone: str) -> list[Row]:
        """Raise StoreError."""
        raise _down()

    async def book_fitting(self, booking: Row, *, call_id: str, key: str) -> Row:
        """Raise StoreError."""
        raise _down()

    async def move(self, booking_id: str, *, station_id: str, date: str, time: str, key: str) -> Row:
        """Raise StoreError."""
        raise _down()

    async def cancel_booking(self, booking_id: str, *, key: str) -> None:
        """Raise StoreError."""
        raise _down()
