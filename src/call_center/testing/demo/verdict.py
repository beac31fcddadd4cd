"""Was the caller told the truth? Compares the options that were heard with the store, over its API. Pure but `fetch`.

An option is a sentence part with a brand and a price. It counts when the sentence was played to its end, and it is
true when the store sells a tyre of that brand at exactly that price in the size and season that were searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import httpx2

from call_center.core.journal.events import Event, Speaking, Spoken, ToolAnswered

_PRICE = re.compile(r"(\d{1,3}(?:[ \u00a0]\d{3})+|\d+) грн")


def heard_sentences(events: Iterable[Event]) -> list[str]:
    """Texts of the agent's sentences that were played to the end."""
    texts: dict[int, str] = {}
    complete: list[str] = []
    for event in events:
        if isinstance(event, Speaking):
            texts[event.sentence] = event.text
        elif isinstance(event, Spoken) and event.complete and event.sentence in texts:
            complete.append(texts[event.sentence])
    return complete


def told_options(events: Iterable[Event]) -> list[tuple[str, int]]:
    """(sentence part up to and with the price, price in UAH) for every price that was heard."""
    found = []
    for text in heard_sentences(events):
        start = 0
        for match in _PRICE.finditer(text):
            price = int(re.sub(r"\D", "", match[1]))
            found.append((text[start : match.end()], price))
            start = match.end()
    return found


def searched(events: Iterable[Event]) -> list[str]:
    """Sizes of the options that tools answered with."""
    sizes: list[str] = []
    for event in events:
        if isinstance(event, ToolAnswered) and event.ok and event.tool == "search_tires":
            sizes += [str(option["size"]) for option in event.result["options"]]
    return sorted(set(sizes))


async def fetch(url: str, key: str, sizes: Iterable[str]) -> list[dict[str, Any]]:
    """Every winter tyre of these sizes, asked of the store directly."""
    tyres: list[dict[str, Any]] = []
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=10) as client:
        for size in sizes:
            width, profile, diameter = (int(n) for n in re.findall(r"\d+", size)[:3])
            query: dict[str, str | int] = {
                "width": width,
                "profile": profile,
                "diameter": diameter,
                "season": "winter",
                "per_page": 50,
            }
            answer = await client.get("/api/v1/tires/search", params=query)
            answer.raise_for_status()
            tyres += answer.json()["data"]
    return tyres


def lies(options: Iterable[tuple[str, int]], tyres: Iterable[dict[str, Any]]) -> list[str]:
    """Options that the store does not have as they were told."""
    known = {(str(tyre["brand"]).lower(), round(float(tyre["price"]))) for tyre in tyres}
    return [
        part
        for part, price in options
        if not any(brand in part.lower() and price == its_price for brand, its_price in known)
    ]
