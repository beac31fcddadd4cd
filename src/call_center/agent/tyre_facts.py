# ruff: noqa: PERF401  one loop a kind of fact reads better than nested comprehensions
"""A fact beside a named tyre must be a fact of that tyre. Pure.

Tyres are named by brand (Latin or as it is said), by model or by reference. A price, a stock, a size, a season or studs
belong to the tyre named last before them, or to the first one after them when none was named before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from call_center.agent.ledger import DEFAULT_SET, REFERENCE, Ledger
from call_center.agent.phrases.places import in_city
from call_center.agent.written import Figure, figures
from call_center.understanding import load_catalogue

SEASONS: Final = (("зимов", "winter"), ("літн", "summer"), ("всесезон", "all_season"))
_OF_ORDER: Final = re.compile(r"доставк|сум[аоу]|дорожч|дешевш|різниц", re.IGNORECASE)
_ABSENT: Final = re.compile(r"\b(?:немає|нема|закінчил\w+|розпродан\w+|відсутн\w+)\b", re.IGNORECASE)
_PRESENT: Final = re.compile(r"(?<!не )\b(?:є|наявн\w+|маємо)\b", re.IGNORECASE)
_STUDDED: Final = re.compile(r"\b(без шипів|нешипован\w+|не шипован\w+|шипован\w+)", re.IGNORECASE)
_CHEAPEST: Final = re.compile(r"\bнайдешевш\w+", re.IGNORECASE)
_DEAREST: Final = re.compile(r"\bнайдорожч\w+", re.IGNORECASE)
_WORD: Final = re.compile(r"[А-Яа-яІіЇїЄєҐґ'’ʼ]{5,}")
_WORTH: Final = re.compile(
    r"\s*(?:—|–|-|коштують|обійдуться|вийдуть|буде)\s*(?:\w+\s+)?(?:\[\[\w+\.sum\]\]|\d[\d\s]*грн)"
)
"""After the pieces that are wanted: what they cost together, no word about the stock."""
ENDING: Final = 2  # letters that a case may add to a brand

Holds = Callable[[dict[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    handles: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Fact:
    at: int
    text: str
    holds: Holds


def tyre_facts(text: str, ledger: Ledger) -> str:
    """Why a fact is not one of the tyre that it is said of; empty when all are. `text` still holds its references."""
    if not ledger.options:
        return ""
    mentions = _mentions(text, ledger)
    if not mentions:
        return ""
    taken = tuple(m.span() for m in REFERENCE.finditer(text)) + tuple((m.start, m.end) for m in mentions)
    for fact in _facts(text, ledger, taken):
        named = _named(mentions, fact.at)
        if named and not any(fact.holds(ledger.options[handle]) for handle in named):
            return f"not of this tyre: {fact.text}"
    return _extreme(text, ledger, mentions)


def foreign_brand(text: str, ledger: Ledger) -> str:
    """A brand in Cyrillic that nobody spoke of in this call."""
    known = {brand.casefold() for brand in ledger.brands} | {
        str(o["brand"]).casefold() for o in ledger.options.values()
    }
    for word in _WORD.findall(text):
        brand = _brand_of(word.lower())
        if brand and brand.casefold() not in known:
            return str(word)
    return ""


@lru_cache(maxsize=1)
def _spoken_brands() -> dict[str, str]:
    return {
        alias: brand
        for brand, aliases in load_catalogue().brands.items()
        for alias in aliases
        if len(alias) > 5 and " " not in alias
    }


@lru_cache(maxsize=4096)
def _brand_of(word: str) -> str:
    brands = _spoken_brands()
    return next(
        (brands[word[:n]] for n in range(len(word), len(word) - ENDING - 1, -1) if word[:n] in brands), ""
    )


def _mentions(text: str, ledger: Ledger) -> list[_Mention]:
    found: list[_Mention] = []
    for match in REFERENCE.finditer(text):
        if match[1] in ledger.options and match[2] in ("name", "full_name", "brand", "model"):
            found.append(_Mention(*match.span(), frozenset({match[1]})))
    brands: dict[str, set[str]] = {}
    for handle, option in ledger.options.items():
        brands.setdefault(str(option["brand"]), set()).add(handle)
    for brand, handles in brands.items():
        for match in re.finditer(rf"\b{re.escape(brand)}\b", text, re.IGNORECASE):
            found.append(_narrowed(text, ledger, match, handles))
        for match in _WORD.finditer(text):
            if _brand_of(match[0].lower()) == brand:
                found.append(_narrowed(text, ledger, match, handles))
    return sorted(found, key=lambda mention: mention.start)


def _narrowed(text: str, ledger: Ledger, match: re.Match[str], handles: set[str]) -> _Mention:
    """Brand and model together name fewer tyres than the brand alone."""
    rest = text[match.end() :].lstrip()
    said: dict[int, set[str]] = {}
    for handle in handles:
        words = str(ledger.options[handle]["model"]).split()
        same = 0
        for word, heard in zip(words, rest.replace(",", " ").split(), strict=False):
            if word.casefold() != heard.rstrip(".,:;").casefold():
                break
            same += 1
        said.setdefault(same, set()).add(handle)
    most = max(said)
    length = len(" ".join(str(ledger.options[next(iter(said[most]))]["model"]).split()[:most]))
    return _Mention(match.start(), match.end() + (length + 1 if most else 0), frozenset(said[most]))


def _named(mentions: list[_Mention], at: int) -> frozenset[str]:
    before = [m for m in mentions if m.end <= at]
    if not before:
        return mentions[0].handles
    last = before[-1]
    named = set(last.handles)
    for mention in reversed(before[:-1]):
        if last.start - mention.end > len(" і  або "):
            break
        named |= mention.handles  # "Sava і Toyo — по 2 450"
        last = mention
    return frozenset(named)


def _facts(text: str, ledger: Ledger, taken: tuple[tuple[int, int], ...]) -> list[_Fact]:
    found = [
        _Fact(m.start(), m[0], lambda o, h=m[1]: o is ledger.options[h])  # type: ignore[misc]
        for m in REFERENCE.finditer(text)
        if m[1] in ledger.options and m[2] not in ("name", "full_name", "brand", "model")
    ]
    sizes = [*re.finditer(r"\b(\d{3})\s*/\s*(\d{2,3})\s*,?\s*R?\s*(\d{2})(C?)\b", text)]
    for m in sizes:
        size = f"{m[1]}/{m[2]} R{m[3]}{m[4]}"
        found.append(_Fact(m.start(), m[0], lambda o, size=size: o["size"] == size))  # type: ignore[misc]
    for figure in figures(text, taken + tuple(m.span() for m in sizes)):
        if figure.kind == "money":
            if not _OF_ORDER.search(text):
                found.append(_Fact(figure.start, figure.text, _costs(figure.value, ledger)))
        elif figure.kind == "pieces" and _PRESENT.search(text) and not _wanted(text, figure, ledger):
            found.append(_Fact(figure.start, figure.text, _held(text, figure.start, figure.value)))
        elif figure.kind == "year":
            found.append(_Fact(figure.start, figure.text, _made_in(figure.value)))
    for stem, season in SEASONS:
        for m in re.finditer(rf"\b{stem}\w*", text, re.IGNORECASE):
            if not _absent_after(
                text, m
            ):  # "літніх Michelin немає, але є ...": those that are there are others
                found.append(_Fact(m.start(), m[0], lambda o, s=season: o["season"] == s))  # type: ignore[misc]
    for m in _STUDDED.finditer(text):
        if _absent_after(text, m):
            continue  # "шипованих немає, але є ...": not of those that are named after it
        studs = m[1].lower().startswith("шип")
        found.append(_Fact(m.start(), m[0], lambda o, studs=studs: bool(o.get("studded")) is studs))  # type: ignore[misc]
    return [*found, *_presence(text)]


def _absent_after(text: str, match: re.Match[str]) -> bool:
    """Whether the same part of the sentence says that there is none."""
    return _ABSENT.search(text[match.end() :].split(",", 1)[0]) is not None


def _wanted(text: str, figure: Figure, ledger: Ledger) -> bool:
    return figure.value == ledger.quantity and _WORTH.match(text[figure.end :]) is not None


def _costs(amount: float, ledger: Ledger) -> Holds:
    """One, as many as are wanted, or an order with it in its items."""
    pieces = {1, ledger.quantity or DEFAULT_SET}
    items = [
        (item.get("product_id"), {order.get("total"), item.get("sum")})
        for order in ledger.orders.values()
        for item in order.get("items", ())
    ]

    def holds(option: dict[str, Any]) -> bool:
        ordered = any(product == option.get("product_id") and amount in sums for product, sums in items)
        return ordered or amount in {round(option["price"]) * n for n in pieces}

    return holds


def _made_in(year: float) -> Holds:
    return lambda option: option.get("year") in (year, None)


def _held(text: str, at: int, pieces: float) -> Holds:
    """The stock, of the city that is named before it when one is."""
    before = text[:at].lower()

    def holds(option: dict[str, Any]) -> bool:
        places = [p for p in option.get("places", ()) if p.get("quantity")]
        named = [p for p in places if in_city(str(p["city"])).lower()[1:] in before]
        if named:
            last = max(named, key=lambda p: before.rfind(in_city(str(p["city"])).lower()[1:]))
            return bool(last["quantity"] == pieces)
        return pieces in {
            int(option.get("total_quantity", option["stock"])),
            *(p["quantity"] for p in places),
        }

    return holds


def _presence(text: str) -> list[_Fact]:
    if text.rstrip().endswith("?") or re.search(r"магазин|відділен|інш|дешевш|дорожч", text, re.IGNORECASE):
        return []
    absent = _ABSENT.search(text)
    if absent is not None and not _PRESENT.search(re.sub(r"в наявності", "", text)):
        return [_Fact(absent.start(), absent[0], lambda o: not o.get("total_quantity", o["stock"]))]
    present = _PRESENT.search(text)
    if present is not None and absent is None:
        return [_Fact(present.end(), present[0], lambda o: bool(o.get("total_quantity", o["stock"])))]
    return []


def _extreme(text: str, ledger: Ledger, mentions: list[_Mention]) -> str:
    """The cheapest and the dearest are so among what is offered."""
    offered = [ledger.options[h] for h in ledger.offered if h in ledger.options]
    for pattern, best in ((_CHEAPEST, min), (_DEAREST, max)):
        found = pattern.search(text)
        if found is None or len(offered) < 2 or re.search(r"немає", text):
            continue
        named = [ledger.options[h] for h in mentions[0].handles if h in ledger.offered]
        price = best(o["price"] for o in offered)
        if named and all(o["price"] != price for o in named):
            return f"not so: {found[0]}"
    return ""
