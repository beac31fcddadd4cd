"""Was the caller told the truth, and is the order in the store the one wished? Pure but `fetch` and `changed_orders`.

An option is a sentence part with a brand and a price. It counts when the sentence was played to its end, and it is
true when the store sells a tyre of that brand at exactly that price in the size and season that were searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import httpx2

from call_center.core.journal.events import Event, Speaking, Spoken, ToolAnswered
from call_center.testing.demo.hearing import address_alike, alike, prices
from call_center.testing.demo.person import Person
from call_center.testing.demo.words import spoken_size_rim

_SUM = re.compile(r"^Разом ")


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
    """(sentence part up to and with the price, price in UAH) for every price of a tyre that was heard."""
    return [found for text in heard_sentences(events) if not _SUM.search(text) for found in prices(text)]


def told_sum(events: Iterable[Event]) -> int | None:
    """The sum of the order as it was told last, in UAH."""
    sums = [found for text in heard_sentences(events) if _SUM.search(text) for _, found in prices(text)]
    return sums[-1] if sums else None


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


async def changed_orders(test_url: str) -> list[dict[str, Any]]:
    """Every order that was added or changed since the store was put back, from its own tables."""
    async with httpx2.AsyncClient(base_url=test_url, timeout=10) as client:
        answer = await client.get("/_test/changes")
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["data"]["orders"]
    return found


def wrong_orders(person: Person, orders: Iterable[dict[str, Any]], told: int | None) -> list[str]:
    """What of the store's orders is not as the person wished and was told the sum of; empty when it is exactly that."""
    standing = [order for order in orders if order["status"] != "cancelled"]
    if len(standing) != 1:
        return [f"{len(standing)} orders in the store instead of one"]
    order, wish = standing[0], person.wish
    items = [(i["brand"], round(float(i["price"])), i["quantity"]) for i in order["items"]]
    rim = spoken_size_rim(wish.car.diameter)
    sizes = [i["size"] for i in order["items"]]
    name, price = person.chosen or ("", 0)
    brands = [brand for brand, _, _ in items if name.startswith(brand)]
    place = order["delivery"] or {}
    checks = (
        ("status", order["status"] == "confirmed", order["status"]),
        ("items", items == [(brand, price, wish.quantity) for brand in brands[:1]] != [], items),
        ("size", all(size.endswith(rim) for size in sizes), sizes),
        ("delivery", place.get("method") == wish.way, place.get("method")),
        ("city", place.get("city") == wish.city.name, place.get("city")),
        ("place", _right_place(person, place), (place.get("branch"), place.get("address"))),
        ("phone", order["customer"]["phone"] == wish.phone, order["customer"]["phone"]),
        ("name", alike(str(order["customer"]["name"]), wish.name), order["customer"]["name"]),
        ("sum", round(float(order["total"])) == told, order["total"]),
        ("payment", order["payment"]["method"] == wish.payment, order["payment"]["method"]),
    )
    return [f"{what} is {found}" for what, right, found in checks if not right]


def _right_place(person: Person, place: dict[str, Any]) -> bool:
    wish = person.wish
    if wish.way == "nova_poshta_branch":
        return str(place.get("branch")) == str(wish.branch)
    meant = f"{wish.street}, {wish.house}" if wish.way == "courier" else person.place
    return address_alike(str(place.get("address")), meant)
