"""Nothing is spoken that is not known: renders references and refuses bare facts that the ledger does not hold. Pure.

`ground(text, ledger)` returns the sentence ready for the voice, or the reason why it must not be spoken. What a
reference rendered is proven; everything else that looks like a number, price, size, brand, quantity, date, or claims
that something is available, free of charge or done, must match the ledger, and a fact beside a named tyre must be of
that tyre (`tyre_facts`). At most 3 ms a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from call_center.agent.ledger import DEFAULT_SET, REFERENCE, Ledger, UnknownReference
from call_center.agent.tyre_facts import SEASONS, foreign_brand, tyre_facts
from call_center.agent.written import Figure, figures

_PROVEN: Final = "\ue000"  # private use: stands for a rendered reference in the text under examination
_SIZE = re.compile(r"\b(\d{3})\s*/\s*(\d{2,3})\s*,?\s*(?:на\s*)?Z?[RР]?\s*(\d{2})(C|С)?\b", re.IGNORECASE)
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})\b")
_PHONE = re.compile(r"\b0\d{2}[  -]?\d{3}[  -]?\d{2}[  -]?\d{2}\b")
_ITS_SET = re.compile(
    r"комплект|за (?:чотири|дві|три|всі|усі|\d+ шин)|разом|[ву]сього|загал|сум[аоу]", re.IGNORECASE
)
_EACH = re.compile(r"\s*(?:за|кожн\w*)\s*(?:шин|штук|одн|колес|кожн)\w*", re.IGNORECASE)
_STOCKED = re.compile(r"склад|наявн|залиш|маємо|\bє\b", re.IGNORECASE)
_ABOUT_DELIVERY = re.compile(r"доставк", re.IGNORECASE)
_LATIN = re.compile(r"[A-Za-z][A-Za-z-]+")
_CODE = re.compile(r"(?<![\w/])(?=[\w*'+-]*[A-Za-z])(?=[\w*'+-]*\d)[A-Za-z\d][\w*'+-]*")
_WITH_NUMBER = re.compile(r"([A-Za-z][\w*'+-]*) (\d+)\b(?! ?[/\d]|\s*(?:грн|гривень|шин|шт))")
_ABSENT = re.compile(r"\b(?:немає|нема|відсутн\w+|закінчил\w+|розпродан\w+)\b", re.IGNORECASE)
_ABSENT_OPTION = re.compile(
    rf"{_PROVEN}[^.,;:]*\b(?:немає|нема|відсутн\w+|закінчил\w+|розпродан\w+)\b", re.IGNORECASE
)
_PRESENT = re.compile(r"(?:^|[,;:—]\s*|але\s+|зате\s+|зараз\s+)є\b|\bв наявності\b|\bна складах?\b|(?<!не )\bзнайшла\b|\bможу запропонувати\b",
                      re.IGNORECASE)  # fmt: skip
_DONE: Final = (
    ("ordered", re.compile(r"\b(?:оформила|підтвердила|зарезервувала|замовила|прийняла замовлення|"
                           r"(?:замовлення\s+(?:\w+\s+)*)?(?:оформлен|прийнят|створен|зарезервован)[оеаі])\b", re.IGNORECASE)),
    ("cancelled", re.compile(r"\b(?:скасувала|скасован[оеаі]|анулювала)\b", re.IGNORECASE)),
    ("callback", re.compile(r"\b(?:передзвон(?:имо|ять|ить)|зателефонують|перетелефонують)\b", re.IGNORECASE)),
    ("closed", re.compile(r"\bне працю(?:є|ють)\b", re.IGNORECASE)),
    ("no_station", re.compile(r"\bшиномонтаж(?:у)? не робимо\b", re.IGNORECASE)),
    ("sms", re.compile(r"\bнадіслала\b", re.IGNORECASE)),
    ("booked", re.compile(r"\b(?:записала|забронювала|перенесла|додала|(?:запис|бронювання)\s+(?:\w+\s+)?"
                          r"(?:оформлен|прийнят|підтверджен|створен|перенесен)\w*)\b", re.IGNORECASE)),
)  # fmt: skip
_STATES: Final = (
    (re.compile(r"\bвідправлен[оеаі]\b|\bвідправили\b", re.IGNORECASE), frozenset({"shipped", "delivering", "delivered"})),
    (re.compile(r"\bдоставлен[оеаі]\b|\bдоставили\b", re.IGNORECASE), frozenset({"delivered"})),
    (re.compile(r"\bпідтверджен[оеаі]\b", re.IGNORECASE), frozenset({"confirmed", "shipped", "delivering", "delivered"})),
    (re.compile(r"\bдоставляється\b|\b[ву] дорозі\b", re.IGNORECASE), frozenset({"shipped", "delivering"})),
    (re.compile(r"\bготуємо до відправлення\b", re.IGNORECASE), frozenset({"confirmed"})),
)  # fmt: skip
_NOT = re.compile(r"\b(?:не|ще не|поки не|не було)\s+(?:\w+\s+)?$", re.IGNORECASE)
_PAID: Final = (
    ("cod", re.compile(r"при отриманні", re.IGNORECASE)),
    ("card_on_delivery", re.compile(r"картк\w+ при отриманні", re.IGNORECASE)),
    ("online", re.compile(r"онлайн", re.IGNORECASE)),
)
_MAY = re.compile(r"\b(не\s+)?(?:можна|можлив\w+|доступн\w+)", re.IGNORECASE)
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
    return Grounded(spoken, tyre_facts(text, ledger))


def _models(text: str, ledger: Ledger) -> list[tuple[int, int]]:
    """Where names of tyres stand: their digits count nothing."""
    found = []
    for model in {str(option["model"]) for option in ledger.options.values()}:
        at = text.find(model)
        while model and at >= 0:
            found.append((at, at + len(model)))
            at = text.find(model, at + 1)
    return found


def _numbers(text: str, ledger: Ledger, _: tuple[str, ...]) -> str:
    """Every number has to be known, as what it is said to be."""
    taken = tuple(m.span() for pattern in (_SIZE, _CLOCK) for m in pattern.finditer(text))
    taken += tuple(_models(text, ledger))
    for phone in _PHONE.finditer(text):
        if "38" + re.sub(r"\D", "", phone[0]) not in ledger.numbers:
            return f"phone {phone[0]}"
        taken += (phone.span(),)
    for figure in figures(text, taken):
        if figure.written or not text.rstrip().endswith("?") or figure.kind == "money":
            reason = _FIGURES[figure.kind](figure, text, ledger)
            if reason:
                return f"{reason} {figure.text.strip()}"
    return ""


def _price(figure: Figure, text: str, ledger: Ledger) -> str:
    clause = clause_of(text, figure.start)
    amount, after = figure.value, text[figure.end : figure.end + 24]
    before = text[max(0, figure.start - 24) : figure.start]
    if not amount and ledger.delivery_costs and _ABOUT_DELIVERY.search(clause):
        return "" if 0 in ledger.delivery_costs else "price"
    if not amount or (
        amount not in ledger.prices
        and amount not in ledger.totals
        and not _difference(amount, clause, ledger)
    ):
        return "price"
    each = {round(option["price"]) for option in ledger.options.values()}
    if _EACH.match(after):
        return "" if amount in each else "price of one"
    if _ITS_SET.search(clause) and not _difference(amount, clause, ledger):
        whole = _ITS_SET.search(before) or _ITS_SET.match(after.strip()) or _ITS_SET.search(after[:14])
        return "price of all" if whole and amount not in ledger.totals else ""
    if _ABOUT_DELIVERY.search(clause) and ledger.delivery_costs:
        return "" if amount in ledger.delivery_costs | ledger.totals else "price of delivery"
    return ""


def _difference(amount: float, clause: str, ledger: Ledger) -> bool:
    if not re.search(r"дорожч|дешевш|різниц", clause, re.IGNORECASE):
        return False
    prices = [round(option["price"]) for option in ledger.options.values()]
    return amount in {abs(one - other) for one in prices for other in prices}


def _pieces(figure: Figure, text: str, ledger: Ledger) -> str:
    clause = clause_of(text, figure.start)
    if not figure.written and figure.value in _SAID_OF_RULES:
        return ""
    known = ledger.stock if _STOCKED.search(clause) else ledger.counts | ledger.stock
    return "" if figure.value in known else "quantity"


def _sets(figure: Figure, _: str, ledger: Ledger) -> str:
    fits = (ledger.quantity or DEFAULT_SET) == DEFAULT_SET * figure.value
    return "" if fits or not figure.written else "quantity"


def _days(figure: Figure, _: str, ledger: Ledger) -> str:
    return "" if figure.value in ledger.days else "days"


def _hours(figure: Figure, _: str, ledger: Ledger) -> str:
    return "" if f"{int(figure.value):02}:00" in ledger.clock_times else "time"


def _date(figure: Figure, _: str, ledger: Ledger) -> str:
    return "" if f"{int(figure.value)} {figure.month}" in ledger.dates else "date"


def _other(figure: Figure, _: str, ledger: Ledger) -> str:
    plain = re.sub(r"\D", "", figure.text)
    known = plain in ledger.numbers or figure.value in ledger.prices | ledger.counts | ledger.totals
    return "" if not figure.written or known else "number"


def _nobody(figure: Figure, text: str, ledger: Ledger) -> str:
    return "unit"


_SAID_OF_RULES: Final = frozenset({1, 2, 4, 20, 99})
_FIGURES: Final[dict[str, Callable[[Figure, str, Ledger], str]]] = {
    "money": _price, "pieces": _pieces, "sets": _sets, "days": _days, "hours": _hours, "date": _date, "": _other,
    "year": _other, "foreign": _nobody, "other_time": _nobody, "distance": _nobody,
}  # fmt: skip


def clause_of(text: str, at: int) -> str:
    """The part of a sentence around a place, between commas."""
    start = max(text.rfind(sign, 0, at) for sign in (",", ";", "—", ":", "(")) + 1
    ends = [text.find(sign, at) for sign in (", ", ";", "—", ":", ")") if text.find(sign, at) >= 0]
    return text[start : min(ends, default=len(text))]


def _sizes(text: str, ledger: Ledger, _: tuple[str, ...]) -> str:
    for found in _SIZE.finditer(text):
        size = f"{found[1]}/{found[2]} R{found[3]}{'C' if found[4] else ''}"
        asked = size in ledger.doubtful_sizes and text.rstrip().endswith("?")
        if size not in ledger.sizes and not asked:
            return f"size {found[0]}"
    return ""


def _names(text: str, ledger: Ledger, _: tuple[str, ...]) -> str:
    items = [item for order in ledger.orders.values() for item in order.get("items", ())]
    told = [f"{tyre['brand']} {tyre['model']}" for tyre in (*ledger.options.values(), *items)]
    known = {word.strip("()") for name in told for word in (*name.split(), *_LATIN.findall(name))}
    known |= {
        word for order in ledger.statuses.values() for word in _LATIN.findall(str(order.get("items") or ""))
    }
    known |= {
        f"{tyre.get('load_index', '')}{tyre.get('speed_index', '')}" for tyre in ledger.options.values()
    }
    known |= {word for brand in ledger.brands for word in brand.split()} | _ALLOWED_LATIN | ledger.cars
    for found in _LATIN.finditer(text):
        if found[0] not in known:
            return f"name {found[0]}"
    for word in _CODE.findall(_SIZE.sub("", text)):
        if word not in known and word not in ledger.cars and word.removeprefix("R") not in ledger.numbers:
            return f"name {word}"
    for word, digits in _WITH_NUMBER.findall(text):
        car = {word, digits} <= ledger.cars
        if word in known and not car and not any(f"{word} {digits}" in name for name in told):
            return f"name {word} {digits}"
    brand = foreign_brand(text, ledger)
    return f"name {brand}" if brand else ""


def _times(text: str, ledger: Ledger, _: tuple[str, ...]) -> str:
    for found in _CLOCK.finditer(text):
        if f"{int(found[1]):02}:{found[2]}" not in ledger.clock_times:
            return f"time {found[0]}"
    return ""


def _seasons(text: str, ledger: Ledger, _: tuple[str, ...]) -> str:
    if text.rstrip().endswith("?") or not ledger.options:
        return ""
    for stem, season in SEASONS:
        if re.search(rf"\b{stem}", text, re.IGNORECASE) and season not in ledger.seasons:
            return f"season {season}"
    return ""


def _payment(text: str, ledger: Ledger, _: tuple[str, ...]) -> str:
    """Ways to pay, when the shop told them."""
    may = _MAY.search(text)
    if may is None or not ledger.ways or text.rstrip().endswith("?"):
        return ""
    rest = text
    for way, pattern in reversed(_PAID):
        found = pattern.search(rest)
        if (
            found is not None
            and (way != "cod" or not _PAID[1][1].search(rest))
            and (way in ledger.ways) is bool(may[1])
        ):
            return f"claim: {found[0]}"
    return ""


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
        for done in pattern.finditer(text):
            deed = done.end() - len(done[0].split()[-1])
            negated = _negated(text, deed) and not done[0].lower().startswith("не ") and claim != "no_station"
            if (claim in ledger.claims) is negated:
                return f"claim: {done[0]}"
    for pattern, states in _STATES:
        for told in pattern.finditer(text):
            if _negated(text, told.start()) is bool(states & ledger.states) or not ledger.states:
                return f"claim: {told[0]}"
    transferring = _TRANSFERRING.search(text)
    if transferring and "transferring" not in ledger.claims:
        return f"claim: {transferring[0]}"
    paid = re.search(r"\bплатн\w+|не безкоштовн\w+|не безплатн\w+", text, re.IGNORECASE)
    if paid and _ABOUT_DELIVERY.search(text):
        return "" if any(ledger.delivery_costs) else f"claim: {paid[0]}"
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


def _negated(text: str, at: int) -> bool:
    return _NOT.search(text[:at]) is not None


_CHECKS = (_sizes, _times, _numbers, _names, _seasons, _availability, _deeds, _payment)
