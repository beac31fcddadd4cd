"""The city of an answer to "which city?", by its sound alone, when no name was heard in it. Pure.

Only where a city was asked, and always read back before anything binds.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from call_center.understanding.by_ear import keys, likeliest
from call_center.understanding.claims import Scene
from call_center.understanding.meaning import Filled

_SHORTEST_FORM: Final = 5  # letters; anything is like a short nickname


def asked_city(scene: Scene) -> list[tuple[Filled, int, int]]:
    """The city with its first and last token; empty when none is clearly the likeliest."""
    found = likeliest(scene.words, _forms(tuple(scene.catalogue.cities.items())))
    if found is None:
        return []
    city, first, last = found
    return [(Filled("city", city, 0.6, scene.span(first, last)), first, last)]


@lru_cache(maxsize=2)
def _forms(cities: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, str]:
    return keys(
        {
            city: [
                form
                for form in (city, _accusative(city), *aliases)
                if form == city or len(form) >= _SHORTEST_FORM
            ]
            for city, aliases in cities
        }
    )


def _accusative(city: str) -> str:
    """The case of a destination, which aliases lack: "в Одесу"."""
    return city[:-1] + {"а": "у", "я": "ю"}.get(city[-1], city[-1])
