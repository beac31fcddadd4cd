"""The order side of a shop in memory: drafts, delivery, confirmation, callbacks; idempotent by key, as a shop must be."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from call_center.agent.tools.shop import Row
from call_center.errors import StoreError

DATA = Path(__file__).resolve().parents[3] / "src" / "demo_store" / "data"
WAYS = {
    "own_shop": ["cod", "card_on_delivery", "online"],
    "nova_poshta_branch": ["cod", "online"],
    "courier": ["cod", "card_on_delivery", "online"],
}
COST = {"own_shop": 0, "nova_poshta_branch": 150, "courier": 220}


@lru_cache(maxsize=1)
def articles() -> dict[str, dict[str, str]]:
    """Articles by id."""
    with (DATA / "tyres.csv").open(encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


@lru_cache(maxsize=1)
def points() -> list[dict[str, Any]]:
    """Pickup points as the Store API shows them."""
    rows: list[dict[str, Any]] = json.loads((DATA / "pickup_points.json").read_text("utf-8"))
    return [{**r, "kind": r["type"], "number": str(r["number"]) if r["number"] else None} for r in rows]


class OrderBook:
    """Orders by id. `effects` lists what happened once; `trouble` is raised after the next effect of that name."""

    def __init__(self) -> None:
        self.book: dict[str, Row] = {}
        self.called_back: list[str] = []
        self.effects: list[str] = []
        self.trouble: dict[str, list[StoreError]] = {}
        self.refusals: dict[str, list[StoreError]] = {}
        self._kept: dict[str, Row] = {}

    def _enter(self, name: str) -> None:
        raise NotImplementedError

    async def pickup_points(self, city: str, text: str | None = None) -> list[Row]:
        """Points of a city."""
        self._enter("pickup_points")
        return [p for p in points() if p["city"] == city and text in (None, p["number"])]

    async def orders(self, *, phone: str | None = None, number: str | None = None) -> list[Row]:
        """Orders that fit, newest first."""
        self._enter("orders")
        fits = [
            o for o in self.book.values()
            if phone in (None, o["phone"]) and number in (None, o["order_number"])
        ]  # fmt: skip
        return list(reversed(fits))

    async def order(self, order_id: str) -> Row:
        """One order."""
        self._enter("order")
        return dict(self.book[order_id])

    async def create_draft(
        self, *, phone: str, name: str | None, items: Sequence[tuple[str, int]], call_id: str, key: str
    ) -> Row:
        """A draft."""
        made = f"id{len(self.book) + 1}"
        lines = [
            {"product_id": p, "quantity": n, "brand": articles()[p]["brand"], "model": articles()[p]["model"],
             "size": articles()[p]["size"], "price": int(articles()[p]["price_uah"]),
             "sum": n * int(articles()[p]["price_uah"])}
            for p, n in items
        ]  # fmt: skip
        subtotal = sum(int(str(line["sum"])) for line in lines)
        row = {
            "id": made, "order_number": f"27000{len(self.book) + 1:02}", "status": "draft", "items": lines,
            "subtotal": subtotal, "total": subtotal, "version": 1, "phone": phone,
            "created_at": "2026-11-23T10:30:00+02:00", "estimated_delivery": None, "items_summary": "",
        }  # fmt: skip
        return self._once("create", key, made, row)

    async def set_delivery(self, order_id: str, place: Row, *, key: str) -> Row:
        """Choose the delivery."""
        order = self.book[order_id]
        pieces = sum(line["quantity"] for line in order["items"])
        point = next((p for p in points() if p["id"] == place.get("pickup_point_id")), None)
        delivery = {
            "method": place["method"], "city": place["city"], "cost": COST[place["method"]] * pieces,
            "address": place.get("address") or (point["address"] if point else None),
            "branch": point["number"] if point else None, "days_min": 1, "days_max": 2,
        }  # fmt: skip
        changed = {
            **order, "delivery": delivery, "total": order["subtotal"] + delivery["cost"],
            "version": order["version"] + 1, "payment_methods": WAYS[place["method"]],
        }  # fmt: skip
        row = self._once("deliver", key, order_id, changed)
        return {name: row[name] for name in ("delivery", "total", "version", "payment_methods")}

    async def confirm(
        self, order_id: str, *, payment: str, name: str, total: int, version: int, key: str
    ) -> Row:
        """Bind the shop."""
        order = self.book[order_id]
        if key not in self._kept and (order["total"], order["version"]) != (total, version):
            raise StoreError("changed", code="changed", status=409)
        changed = {**order, "status": "confirmed", "payment": payment, "name": name}
        return self._once("confirm", key, order_id, changed)

    async def cancel_draft(self, order_id: str, *, reason: str, key: str) -> Row:
        """Take a draft back."""
        return self._once("cancel", key, order_id, {**self.book[order_id], "status": "cancelled"})

    async def callback(self, *, phone: str, topic: str, when: str | None, call_id: str, key: str) -> Row:
        """Note a wish to be called."""
        if key not in self._kept:
            self.called_back.append(phone)
        return self._once("callback", key, "", {"id": "c1", "phone": phone})

    def _once(self, effect: str, key: str, order_id: str, row: Row) -> Row:
        self._enter(effect)
        if key in self._kept:
            return self._kept[key]
        if self.refusals.get(effect):
            raise self.refusals[effect].pop(0)
        if order_id:
            self.book[order_id] = row
        self._kept[key] = row
        self.effects.append(effect)
        if self.trouble.get(effect):
            raise self.trouble[effect].pop(0)
        return row

    @property
    def confirmed(self) -> list[Row]:
        """Orders that bind the shop."""
        return [o for o in self.book.values() if o["status"] == "confirmed"]
