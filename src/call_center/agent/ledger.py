"""Every fact of the call, typed by who vouches for it; references rendered from it. Pure.

Authorities: `tool` (results of this call), `caller` (own wishes: size, quantity, city...), `shop` (settings). Prices,
totals, stock, dates of delivery and availability are the shop's alone. A reference `[[o2.price]]` is resolved here or
raises `UnknownReference`; what it renders to needs no further proof.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from call_center.agent.facts import order_fact, point_fact, status_fact, summed_pieces
from call_center.agent.fitting_facts import (
    asked_facts,
    fitting_claims,
    fitting_dates,
    fitting_prices,
    station_fact,
    when_fact,
)
from call_center.agent.phrases.places import in_city
from call_center.agent.phrases.render import count, day_month, join_list, money, season_name
from call_center.agent.view import DialogueView

REFERENCE = re.compile(r"\[\[([a-zA-Z0-9_]+)\.([a-z_]+)\]\]")
EXAMPLE_SIZE = "195/65 R15"
DEFAULT_SET = 4
ORDER_DIGITS, PHONE_DIGITS = 7, 12
_UNSPOKEN: Final = frozenset(
    {"id", "product_id", "point_id", "order_id", "pickup_point_id", "handle", "version", "place"}
)


class UnknownReference(LookupError):
    """A sentence names a fact that is not in the ledger."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What may be spoken: values by kind, split by authority, and claims that results support."""

    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    quantity: int | None = None
    city: str | None = None
    prices: frozenset[int] = frozenset()
    sizes: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    counts: frozenset[int] = frozenset()
    dates: frozenset[str] = frozenset()
    claims: frozenset[str] = frozenset()
    cars: frozenset[str] = frozenset()  # words of cars that the caller's own words may mean
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)  # made in this call
    points: dict[str, dict[str, Any]] = field(default_factory=dict)
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    times: dict[str, dict[str, Any]] = field(default_factory=dict)  # of fitting
    bookings: dict[str, dict[str, Any]] = field(default_factory=dict)
    stations: dict[str, dict[str, Any]] = field(default_factory=dict)
    spoken: dict[str, dict[str, Any]] = field(default_factory=dict)  # texts by handle and fact
    recipient: dict[str, str] = field(default_factory=dict)  # as the caller gave it
    totals: frozenset[int] = frozenset()  # of orders and of what is wanted: pieces times price
    delivery_costs: frozenset[int] = frozenset()
    stock: frozenset[int] = (
        frozenset()
    )  # pieces that the shop told; `counts` has those that the caller wants too
    days: frozenset[int] = frozenset()
    doubtful_sizes: frozenset[str] = frozenset()  # what a garbled size sounded like: only to be asked about
    wished_time: str = ""
    states: frozenset[str] = frozenset()  # of orders, as the shop names them
    ways: frozenset[str] = frozenset()  # how orders of this call can be paid
    seasons: frozenset[str] = frozenset()
    offered: tuple[str, ...] = ()
    told: tuple[
        Any, ...
    ] = ()  # everything that was told; read only when a sentence holds a number without a unit

    @property
    def numbers(self) -> set[str]:
        """Digits of everything that was told: order numbers, houses, branches, phones."""
        return _digits(self.told)

    @property
    def clock_times(self) -> set[str]:
        """Times of day that the shop told, and the one that the caller wishes."""
        return _times(list(self.told)) | {self.wished_time}

    def resolve(self, handle: str, fact: str) -> str:
        """The text of `[[handle.fact]]`; raises UnknownReference."""
        if (handle, fact) == ("example", "size"):
            return EXAMPLE_SIZE
        for table, fact_of in (
            (self.orders, order_fact),
            (self.points, point_fact),
            (self.statuses, status_fact),
            (self.times, when_fact),
            (self.bookings, when_fact),
            (self.stations, station_fact),
            (self.spoken, lambda facts, name: str(facts.get(name, ""))),
        ):
            if handle in table:
                found = fact_of(table[handle], fact)
                if not found:
                    raise UnknownReference(f"{handle}.{fact}")
                return found
        if handle == "recipient" and self.recipient.get(fact):
            return self.recipient[fact]
        option = self.options.get(handle)
        if option is None:
            raise UnknownReference(f"{handle}.{fact}")
        text = self._name(option) if fact == "name" else _render(option, fact, self.quantity, self.city)
        if not text:
            raise UnknownReference(f"{handle}.{fact}")
        return text

    def _name(self, option: dict[str, Any]) -> str:
        """Brand and model without type codes, which nobody can follow by ear, unless they tell two options apart."""
        short = short_model(option["model"])
        same = [
            o
            for o in self.options.values()
            if o["brand"] == option["brand"]
            and short_model(o["model"]) == short
            and o["model"] != option["model"]
        ]
        return f"{option['brand']} {option['model'] if same else short}"


def short_model(model: str) -> str:
    """`Winter i*cept RS3 W462` is "Winter i*cept"; a model that is nothing but codes stays whole."""
    words = [word for word in model.split() if not any(c.isdigit() for c in word)]
    return " ".join(words) or model


def _render(option: dict[str, Any], fact: str, quantity: int | None, city: str | None) -> str:
    match fact:
        case "sum":
            return money(option["price"] * (quantity or DEFAULT_SET))
        case "in_city":
            held = [p for p in _places(option) if p["city"] == city]
            return f"{in_city(str(city))} є {count(int(held[0]['quantity']), 'шина')}" if held else ""
        case "brand" | "model" | "size" | "country" | "year":
            return str(option.get(fact) or "")
        case _:
            render = _FACTS.get(fact)
            return render(option) if render else ""


def _list_places(option: dict[str, Any], most: int) -> str:
    held = [f"{in_city(p['city'])} — {p['quantity']}" for p in _places(option)[:most]]
    return join_list(held).replace(" і у ", " і в ")


_FACTS: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "price": lambda o: money(o["price"]),
    "full_name": lambda o: f"{o['brand']} {o['model']}",
    "stock": lambda o: count(int(o.get("total_quantity", o["stock"])), "шина"),
    "places": lambda o: _list_places(o, 3),
    "main_places": lambda o: _list_places(o, 2),
    "next": lambda o: day_month(o["next_delivery"]) if o.get("next_delivery") else "",
    "season": lambda o: season_name(o["season"]),
    "studs": lambda o: "шиповані" if o.get("studded") else "без шипів",
    "index": lambda o: f"{o.get('load_index', '')}{o.get('speed_index', '')}",
}


def _places(option: dict[str, Any]) -> list[dict[str, Any]]:
    return [p for p in option.get("places", ()) if p.get("quantity")]


def build(view: DialogueView) -> Ledger:
    """The ledger of a call as it stands."""
    quantity, city = view.value("quantity"), view.value("city")
    options = view.options
    prices: set[int] = set()
    sizes: set[str] = {EXAMPLE_SIZE}
    counts: set[int] = set()
    dates: set[str] = set()
    claims: set[str] = set()
    brands_of_orders: set[str] = set()
    for option in options.values():
        price = round(option["price"])
        prices |= {price, price * (quantity or DEFAULT_SET)}
        counts |= {int(option.get("total_quantity", option["stock"]))}
        counts |= {int(p["quantity"]) for p in _places(option)}
        if option.get("next_delivery"):
            dates.add(day_month(option["next_delivery"]))
    for order in view.orders.values():
        prices |= _order_prices(order)
        counts |= {int(item["quantity"]) for item in order.get("items", ())}
        claims |= _order_claims(order)
        brands_of_orders |= {str(item["brand"]) for item in order.get("items", ())}
    for looked_up in view.statuses.values():
        counts |= summed_pieces(str(looked_up.get("items") or ""))
        prices |= {round(looked_up["total"])} if looked_up.get("total") is not None else set()
        claims.add("status")
    dates |= {day_month(o["eta"]) for o in (*view.orders.values(), *view.statuses.values()) if o.get("eta")}
    dates |= fitting_dates(view)
    prices |= fitting_prices(view, "wheel", "set")
    claims |= fitting_claims(view)
    for record in view.records.values():
        if record.error in ("stock_gone", "split_stock") and isinstance(record.result, dict):
            counts |= set(left_of(record.result).values())
            claims.add("unavailable")
        if record.error == "out_of_hours":
            claims.add("closed")
        if record.ok and isinstance(record.result, dict):
            sizes |= set(record.result.get("sizes", ()))
            claims |= _claims(record.tool, record.result)
    if isinstance(quantity, int):
        counts.add(quantity)
    date = view.value("date")
    if isinstance(date, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", date):
        dates.add(day_month(date))  # the caller's own wish
    sizes |= {str(o["size"]) for o in options.values()}
    if view.value("tyre_size"):
        sizes.add(spaced(str(view.value("tyre_size"))))
    brands = {str(o["brand"]) for o in options.values()} | {str(view.value("brand") or "")}
    brands |= brands_of_orders
    return Ledger(
        dict(options), quantity, city, frozenset(prices), frozenset(sizes), frozenset(brands - {""}),
        frozenset(counts), frozenset(dates), frozenset(claims),
        frozenset(word for car in (*view.ambiguous, *_car(view)) for word in car.split()),
        dict(view.orders), dict(view.points), dict(view.statuses),
        dict(view.times), dict(view.bookings), dict(view.stations), asked_facts(view),
        {"name": str(view.value("name") or "")},
        **_more(view, quantity or DEFAULT_SET),
    )  # fmt: skip


def _car(view: DialogueView) -> tuple[str, ...]:
    """The caller's own car."""
    return tuple(str(view.value(slot)) for slot in ("make", "model") if view.value(slot))


def _more(view: DialogueView, quantity: int) -> dict[str, Any]:
    """What sentences with a unit or a state are held against."""
    orders, looked_up = view.orders.values(), view.statuses.values()
    deliveries = [order.get("delivery") or {} for order in orders]
    totals = {round(o[name]) for o in orders for name in ("total", "subtotal") if o.get(name) is not None}
    totals |= {round(i["sum"]) for o in orders for i in o.get("items", ())}
    totals |= {round(o["total"]) for o in looked_up if o.get("total") is not None}
    totals |= fitting_prices(view, "set")
    stock = {int(o.get("total_quantity", o["stock"])) for o in view.options.values()}
    stock |= {int(p["quantity"]) for o in view.options.values() for p in _places(o)}
    results = [r.result for r in view.records.values() if isinstance(r.result, dict)]
    stock |= {n for result in results for n in left_of(result).values()} if results else set()
    days = {int(d[name]) for d in deliveries for name in ("days_min", "days_max") if d.get(name) is not None}
    said = [slot.value for slot in view.slots.values()]
    season = view.value("season")
    told = [*view.options.values(), *orders, *looked_up, *view.points.values(), *said, *view.ambiguous]
    return {
        "totals": frozenset(totals | {round(o["price"]) * quantity for o in view.options.values()}),
        "delivery_costs": frozenset(round(d["cost"]) for d in deliveries if d.get("cost") is not None),
        "stock": frozenset(stock),
        "days": frozenset(days),
        "doubtful_sizes": frozenset(spaced(str(size)) for size in view.value("heard_size") or ()),
        "wished_time": str(view.value("time") or ""),
        "states": frozenset(str(o["status"]) for o in (*orders, *looked_up) if o.get("status")),
        "ways": frozenset(way for order in orders for way in order.get("payment_methods", ())),
        "seasons": frozenset(
            [str(o["season"]) for o in view.options.values()] + ([season] if isinstance(season, str) else [])
        ),
        "offered": view.offered,
        "told": (*told, *results),
    }


def _times(results: Any) -> set[str]:
    """Times of day in whatever the shop told."""
    if isinstance(results, dict):
        own = {
            str(v)[:5] for k, v in results.items() if k in ("time", "open", "close") and isinstance(v, str)
        }
        return own.union(*(_times(v) for v in results.values()))
    return set().union(*map(_times, results)) if isinstance(results, list) else set()


_RUN = re.compile(r"\d+")


def _digits(told: Any) -> set[str]:
    """Every run of digits in it, and the pieces in which an order number or a phone is said."""
    runs: set[str] = set()
    left = [told]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            left += (value for key, value in item.items() if key not in _UNSPOKEN)
        elif isinstance(item, list | tuple):
            left += item
        elif item is not None and not isinstance(item, bool):
            runs.update(_RUN.findall(str(item).removesuffix(".0")))
    for run in tuple(runs):
        if len(run) == ORDER_DIGITS:
            runs |= {run[:2], run[2:4], run[4:], run[4:].lstrip("0")}
        if len(run) == PHONE_DIGITS:
            runs |= {run[2:5], run[5:8], run[8:10], run[10:]}
    return runs | {run.lstrip("0") for run in runs}


def left_of(refusal: dict[str, Any]) -> dict[str, int]:
    """The most pieces of each product that one order can have, from a `stock_gone` or `split_stock` answer."""
    left = {str(i["product_id"]): int(i["available"]) for i in refusal.get("items", ())}
    for place in refusal.get("locations", ()):
        for item in place["items"]:
            left[item["product_id"]] = max(left.get(item["product_id"], 0), int(item["quantity"]))
    return left


def _order_prices(order: dict[str, Any]) -> set[int]:
    """What the shop said an order costs, and what follows from it: pieces times price, the parts of the total."""
    known = {order.get("total"), order.get("subtotal"), (order.get("delivery") or {}).get("cost")}
    for item in order.get("items", ()):
        known |= {item["price"], item["sum"]}
    return {round(amount) for amount in known if amount}


def _order_claims(order: dict[str, Any]) -> set[str]:
    claims = {"ordered"} if order.get("status") == "confirmed" else set()
    if order.get("status") == "cancelled":
        claims.add("cancelled")
    if (order.get("delivery") or {}).get("cost") == 0:
        claims.add("free_delivery")
    return claims


def _claims(tool: str, result: dict[str, Any]) -> set[str]:
    claims: set[str] = set()
    if tool == "search_tires":
        claims.add("available" if any(o["stock"] for o in result.get("options", ())) else "unavailable")
        if result.get("relaxed") or not result.get("total"):
            claims.add("unavailable")
    if tool == "check_availability":
        claims.add("available" if result.get("total_quantity") else "unavailable")
        if len([p for p in result.get("places", ()) if p.get("quantity")]) < len(
            result.get("places", ())
        ) or (result.get("city_quantity") == 0):
            claims.add("unavailable")
    if tool == "get_vehicle_tire_sizes" and not result.get("sizes"):
        claims.add("unknown_car")
    if tool == "request_callback":
        claims.add("callback")
    if tool == "get_pickup_points" and not result.get("found"):
        claims.add("no_point")
    if tool == "get_order_status" and not result.get("found"):
        claims.add("no_order")
    if tool == "transfer_to_operator":
        claims.add("transferring")
    return claims


def spaced(size: str) -> str:
    """`205/55R16` as it is spoken: `205/55 R16`."""
    return re.sub(r"\s*R", " R", size)
