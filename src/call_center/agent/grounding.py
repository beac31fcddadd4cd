"""Nothing is spoken that is not known: renders references and refuses bare facts that the ledger does not hold. Pure.

`ground(text, ledger)` returns the sentence ready for the voice, or the reason why it must not be spoken. What a
reference rendered is proven; everything else that looks like a price, size, brand, quantity, date, or claims that
something is available, free of charge or done, must match the ledger. At most 3 ms a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from call_center.agent.ledger import REFERENCE, Ledger, UnknownReference

_PROVEN: Final = "\ue000"  # private use: stands for a rendered reference in the text under examination
_PRICE = re.compile(r"(\d[\d  ]*)\s*(?:грн|гривень|гривн[іяюею]+|₴|uah)", re.IGNORECASE)
_WORDY_PRICE = re.compile(
    r"\b(?:тисяч\w*|сот\w*|сто|двісті|триста|чотириста|нуль)\s+(?:\w+\s+){0,4}?гривень", re.IGNORECASE
)
_SIZE = re.compile(r"\b(\d{3})\s*/\s*(\d{2,3})\s*,?\s*Z?[RР]?\s*(\d{2})(C|С)?\b", re.IGNORECASE)
_COUNT = re.compile(r"\b(\d+)\s*(?:шин\w*|штук\w*|колес\w*)", re.IGNORECASE)
_MONTH = "січня|лютого|березня|квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня"
_DATE = re.compile(rf"\b(\d{{1,2}})\s+({_MONTH})\b", re.IGNORECASE)
_CLOCK = re.compile(r"\b\d{1,2}:\d{2}\b")
_LATIN = re.compile(r"[A-Za-z][A-Za-z-]+")
_ABSENT = re.compile(r"\b(?:немає|нема|відсутн\w+|закінчил\w+|розпродан\w+)\b", re.IGNORECASE)
_ABSENT_OPTION = re.compile(
    rf"{_PROVEN}[^.,;:]*\b(?:немає|нема|відсутн\w+|закінчил\w+|розпродан\w+)\b", re.IGNORECASE
)
_PRESENT = re.compile(r"(?:^|[,;:—]\s*|але\s+|зате\s+|зараз\s+)є\b|\bв наявності\b|\bна складах?\b|(?<!не )\bзнайшла\b|\bможу запропонувати\b",
                      re.IGNORECASE)  # fmt: skip
_DONE: Final = (
    ("ordered", re.compile(r"\b(?:оформила|підтвердила|зарезервувала|замовила|прийняла замовлення|"
                           r"(?:замовлення\s+(?:\w+\s+)?)?(?:оформлен|прийнят|створен|зарезервован)[оеаі])\b", re.IGNORECASE)),
    ("status", re.compile(r"\b(?:відправлен|доставлен|підтверджен)[оеаі]\b|\b(?:доставляється|у дорозі)\b", re.IGNORECASE)),
    ("cancelled", re.compile(r"\b(?:скасувала|скасован[оеаі]|анулювала)\b", re.IGNORECASE)),
    ("callback", re.compile(r"\b(?:передзвон(?:имо|ять|ить)|зателефонують|перетелефонують)\b", re.IGNORECASE)),
    ("sms", re.compile(r"\bнадіслала\b", re.IGNORECASE)),
    ("booked", re.compile(r"\b(?:записала|забронювала|перенесла|додала|(?:запис|бронювання)\s+(?:\w+\s+)?"
                          r"(?:оформлен|прийнят|підтверджен|створен|скасован|перенесен)\w*)\b", re.IGNORECASE)),
)  # fmt: skip
_TRANSFERRING = re.compile(r"\b(?:з.єдную|переводжу|перемикаю|передаю слухавку)\b", re.IGNORECASE)
_PROMISE = re.compile(
    r"\b(?:безкоштовн\w+|безплатн\w+|знижк\w+|акці[яйїюєо]\w*|гаранті\w+|у подарунок)\b", re.IGNORECASE
)
_SLOTS = re.compile(r"\b(?:вільн(?:о|ий|е|а|і|их)|зайнят\w+)\b", re.IGNORECASE)
_ALLOWED_LATIN = frozenset({"R", "XL", "RunFlat", "C"})


@dataclass(frozen=True, slots=True)
class Grounded:
    """`reason` is empty when `text` may be spoken."""

    text: str
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether the sentence may be spoken."""
        return not self.reason


def ground(text: str, ledger: Ledger) -> Grounded:
    """Render and examine one sentence."""
    handles: list[str] = []
    proven: list[str] = []

    def render(match: re.Match[str]) -> str:
        handles.append(match[1])
        proven.append(ledger.resolve(match[1], match[2]))
        return _PROVEN

    try:
        examined = REFERENCE.sub(render, text)
    except UnknownReference as missing:
        return Grounded("", f"unknown reference {missing.args[0]}")
    pieces = iter(proven)
    spoken = re.sub(_PROVEN, lambda _: next(pieces), examined)
    for check in _CHECKS:
        reason = check(examined, ledger, tuple(handles))
        if reason:
            return Grounded(spoken, reason)
    return Grounded(spoken)


def _prices(text: str, ledger: Ledger, _: tuple[str, ...]) -> str:
    for found in _PRICE.finditer(text):
        amount = int(re.sub(r"\D", "", found[1]))
        if amount == 0 or amount not in ledger.prices:
            return f"price {found[0].strip()}"
    wordy = _WORDY_PRICE.search(text)
    return f"price {wordy[0]}" if wordy else ""


def _sizes(text: str, ledger: Ledger, _: tuple[str, ...]) -> str:
    for found in _SIZE.finditer(text):
        size = f"{found[1]}/{found[2]} R{found[3]}{'C' if found[4] else ''}"
        if size not in ledger.sizes:
            return f"size {found[0]}"
    return ""


def _names(text: str, ledger: Ledger, _: tuple[str, ...]) -> str:
    known = {
        word for option in ledger.options.values() for word in f"{option['brand']} {option['model']}".split()
    }
    known |= {word for brand in ledger.brands for word in brand.split()} | _ALLOWED_LATIN | ledger.cars
    for found in _LATIN.finditer(text):
        if found[0] not in known:
            return f"name {found[0]}"
    return ""


def _counts(text: str, ledger: Ledger, _: tuple[str, ...]) -> str:
    for found in _COUNT.finditer(text):
        if int(found[1]) not in ledger.counts:
            return f"quantity {found[0]}"
    return ""


def _dates(text: str, ledger: Ledger, _: tuple[str, ...]) -> str:
    for found in _DATE.finditer(text):
        if f"{int(found[1])} {found[2].lower()}" not in ledger.dates:
            return f"date {found[0]}"
    clock = _CLOCK.search(text)
    return f"time {clock[0]}" if clock else ""


def _availability(text: str, ledger: Ledger, handles: tuple[str, ...]) -> str:
    absent, present = _ABSENT.search(text), _PRESENT.search(text)
    if absent and re.search(r"магазин|відділен", text):
        return "" if "no_point" in ledger.claims else "claim: no such pickup point"
    if absent and "довідник" in text:
        return "" if "unknown_car" in ledger.claims else "claim: not in the vehicle list"
    if absent and "unavailable" not in ledger.claims:
        return f"claim: {absent[0]}"
    if present and "немає в наявності" not in text and "available" not in ledger.claims:
        return f"claim: {present[0]}"
    held = [_stock(ledger, handle) for handle in handles if handle in ledger.options]
    if present and not absent and held and not all(held):
        return "claim: available, but the stock is empty"
    if _ABSENT_OPTION.search(text) and held and all(held):
        return "claim: unavailable, but there is stock"
    return ""


def _stock(ledger: Ledger, handle: str) -> int:
    option = ledger.options[handle]
    return int(option.get("total_quantity", option["stock"]))


def _deeds(text: str, ledger: Ledger, _: tuple[str, ...]) -> str:
    for claim, pattern in _DONE:
        done = pattern.search(text)
        supported = claim in ledger.claims or (claim == "status" and "ordered" in ledger.claims)
        if done and not supported:
            return f"claim: {done[0]}"
    transferring = _TRANSFERRING.search(text)
    if transferring and "transferring" not in ledger.claims:
        return f"claim: {transferring[0]}"
    promise = _PROMISE.search(text)
    free = (
        promise is not None
        and re.search(r"доставк", text, re.IGNORECASE)
        and "free_delivery" in ledger.claims
    )
    if promise and not free:
        return f"claim: {promise[0]}"
    slots = _SLOTS.search(text)
    if slots and "slots" not in ledger.claims:
        return f"claim: {slots[0]}"
    return ""


_CHECKS = (_prices, _sizes, _names, _counts, _dates, _availability, _deeds)
