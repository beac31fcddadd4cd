"""Facts of orders, pickup points and looked-up orders as they are spoken; every one comes from a tool's result. Pure.

An unknown fact is an empty string; the ledger turns that into a refusal.
"""

from __future__ import annotations

import re
from typing import Any, Final

from call_center.agent.phrases import join_list, money
from call_center.agent.phrases.render import count, day_month, plural

STATUSES: Final = {
    "confirmed": "підтверджене, готуємо до відправлення",
    "shipped": "вже відправлене",
    "delivering": "зараз у дорозі, доставляється",
    "delivered": "вже доставлене",
    "cancelled": "скасоване",
}
_SUMMED: Final = re.compile(
    r"(?P<quantity>\d+) × (?P<brand>\S+) (?P<model>.+?) (?P<size>\d{3}/\d{2} ?R\d{2}C?)(?=, \d|$)"
)
_SIZE_GAP: Final = ("R", " R")


def order_fact(order: dict[str, Any], fact: str) -> str:
    """A fact of an order made in this call."""
    delivery = order.get("delivery") or {}
    match fact:
        case "items":
            return join_list([_item(item) for item in order.get("items", ())])
        case "total" | "subtotal":
            return money(order[fact]) if order.get(fact) is not None else ""
        case "delivery_cost":
            return money(delivery["cost"]) if delivery.get("cost") else ""
        case "days":
            return _days(delivery)
        case "eta":
            return day_month(order["eta"]) if order.get("eta") else ""
        case "number":
            return spoken_number(str(order.get("number") or ""))
        case "city":
            return str(delivery.get("city") or "")
        case "branch":
            return str(delivery.get("branch") or "")
        case "address":
            return short_address(str(delivery.get("address") or ""))
        case _:
            return ""


def point_fact(point: dict[str, Any], fact: str) -> str:
    """A fact of a pickup point."""
    if fact == "address":
        return short_address(str(point.get("address") or ""))
    return str(point.get(fact) or "") if fact in ("city", "number") else ""


def status_fact(order: dict[str, Any], fact: str) -> str:
    """A fact of an order that was looked up; what its look-up may not show is not in it."""
    match fact:
        case "status":
            return STATUSES.get(str(order.get("status")), "")
        case "eta":
            return day_month(order["eta"]) if order.get("eta") else ""
        case "total":
            return money(order["total"]) if order.get("total") is not None else ""
        case "number":
            return spoken_number(str(order.get("number") or ""))
        case "items":
            return join_list([_summed(m) for m in _SUMMED.finditer(str(order.get("items") or ""))])
        case _:
            return ""


def spoken_number(number: str) -> str:
    """Seven digits as people say them: `26, 11, 234`."""
    return ", ".join(filter(None, (number[:2], number[2:4], number[4:])))


def short_address(address: str) -> str:
    """An address without what cannot be heard."""
    return " ".join(address.split())


def summed_pieces(items: str) -> set[int]:
    """Pieces of each item in the shop's summary of an order."""
    return {int(found["quantity"]) for found in _SUMMED.finditer(items)}


def _summed(line: re.Match[str]) -> str:
    """One item of the shop's summary, in the form of `_item`."""
    return _item({**line.groupdict(), "quantity": int(line["quantity"])})


def _item(item: dict[str, Any]) -> str:
    size = str(item["size"]).replace(" ", "").replace(*_SIZE_GAP)
    name = f"{item['brand']} {_short(str(item['model']))}"
    return f"{name} {size} — {count(int(item['quantity']), 'шина')}"


def _short(model: str) -> str:
    words = [word for word in model.split() if not any(c.isdigit() for c in word)]
    return " ".join(words) or model


def _days(delivery: dict[str, Any]) -> str:
    least, most = delivery.get("days_min"), delivery.get("days_max")
    if least is None or most is None:
        return ""
    if not most:
        return "сьогодні"
    if least == most or not least:
        return (
            f"до {most} {plural(int(most), 'дня', 'днів', 'днів')}"
            if not least
            else f"{most} {plural(int(most), 'день', 'дні', 'днів')}"
        )
    return f"{least}–{most} {plural(int(most), 'день', 'дні', 'днів')}"
