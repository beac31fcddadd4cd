"""Nothing but the listed changes in the store, table by table as `/_test/changes` shows them. Pure.

Orders and bookings are compared with the expectations in `judge`; here is what follows from them: the stock went down
by what was ordered and by nothing else, a message goes to a customer of an order or booking that was made, nothing was
done twice, and every effect has its yes.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from call_center.core.journal.events import Agreed, ToolIntended
from call_center.testing.simulator.play import Outcome

TABLES = frozenset({"now", "orders", "bookings", "callbacks", "sms", "stock"})


def unlisted_changes(outcome: Outcome) -> list[str]:
    """One line per change that nothing in the call accounts for."""
    changes = outcome.changes
    if not changes:
        return []
    strange = [f"table {name} of the store is judged by nobody" for name in sorted(set(changes) - TABLES)]
    return [*strange, *_stock(changes), *_sms(changes), *_callbacks(outcome), *_agreed(outcome)]


def _stock(changes: dict[str, Any]) -> list[str]:
    gone: Counter[str] = Counter()
    for row in changes.get("stock", ()):
        gone[str(row["product_id"])] += int(row["was"]) - int(row["now"])
    ordered: Counter[str] = Counter()
    for order in changes.get("orders", ()):
        if order["change"] == "added" and order["status"] == "confirmed":
            for item in order["items"]:
                ordered[str(item["product_id"])] += int(item["quantity"])
    return [
        f"stock of {product} went down by {gone[product]}, ordered were {ordered[product]}"
        for product in sorted(set(gone) | set(ordered))
        if gone[product] != ordered[product]
    ]


def _sms(changes: dict[str, Any]) -> list[str]:
    made = {str(o["id"]) for o in changes.get("orders", ()) if o["status"] == "confirmed"}
    sent = Counter(str(row["order_id"]) for row in changes.get("sms", ()) if row.get("order_id"))
    failed = [f"a message about order {order}, which was not made" for order in sent if order not in made]
    return [*failed, *(f"{n} messages about one order" for n in sent.values() if n > 1)]


def _callbacks(outcome: Outcome) -> list[str]:
    rows = Counter((row["phone"], row.get("topic")) for row in outcome.changes.get("callbacks", ()))
    asked = sum(
        isinstance(e.event, ToolIntended) and e.event.tool == "request_callback" for e in outcome.journal
    )
    failed = ["one callback entered twice" for count in rows.values() if count > 1]
    if sum(rows.values()) > asked:
        failed.append(f"{sum(rows.values())} callbacks in the store, {asked} asked for")
    return failed


def _agreed(outcome: Outcome) -> list[str]:
    """The store holds no more confirmed orders, and no more changes of bookings, than the caller said yes to."""
    yes = Counter(e.event.tool for e in outcome.journal if isinstance(e.event, Agreed))
    orders = sum(
        o["change"] == "added" and o["status"] == "confirmed" for o in outcome.changes.get("orders", ())
    )
    bookings = len(outcome.changes.get("bookings", ()))
    failed = []
    if orders > yes["confirm_order"]:
        failed.append(f"{orders} orders confirmed, {yes['confirm_order']} agreed to")
    if bookings > yes["book_fitting"] + yes["cancel_fitting"]:
        failed.append(f"{bookings} bookings changed, {yes['book_fitting'] + yes['cancel_fitting']} agreed to")
    return failed
