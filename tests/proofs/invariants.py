"""What must hold after any call, read from the store's own tables and from what is on the disk. Pure but for the reads.

Each line of `broken` names one break: `duplicate` (an effect twice, or one that no intent stands for), `unagreed` (bound
without a yes to exactly this), `stale` (an effect of a process that did not have the call any more), `mismatch` (the
store holds something else than was intended), `unsettled` (a change whose outcome nobody knows).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.proofs.call import Call, Reading

from call_center.agent.dispatch import pending
from call_center.agent.mutations import REQUEST, key_of
from call_center.agent.view import DialogueView, ToolRecord, fold_all
from call_center.core.journal.codec import decode
from call_center.core.journal.events import ToolIntended

PAID = {"cod": "оплата при отриманні", "card_on_delivery": "оплата карткою", "online": "оплата онлайн"}
ORDERS = "SELECT * FROM orders WHERE call_id = %s"
ITEMS = (
    "SELECT i.*, t.brand, t.width, t.profile, t.diameter FROM order_items i JOIN tyres t ON t.id = i.product_id"
    " WHERE i.order_id = ANY(%s)"
)
HISTORY = (
    "SELECT order_id, status, count(*) AS times FROM order_history WHERE order_id = ANY(%s) GROUP BY 1, 2"
)
POINTS = "SELECT id, number FROM pickup_points WHERE id = ANY(%s)"
CALLBACKS = "SELECT phone, topic FROM callbacks WHERE call_id = %s"
DONE = "SELECT key FROM idempotency WHERE key = ANY(%s) AND status < 300"


def broken(call: Call) -> list[str]:
    """One line a break, none when everything holds."""
    view = fold_all(call.disk.entries())
    orders = {row["id"]: row for row in call.world.rows(ORDERS, call.id)}
    ids = list(orders)
    items = call.world.rows(ITEMS, ids) if ids else []
    history = {(r["order_id"], r["status"]): r["times"] for r in call.world.rows(HISTORY, ids)} if ids else {}
    callbacks = call.world.rows(CALLBACKS, call.id)
    return [
        *_settled(view),
        *_keys(view),
        *_once(view, orders, history, callbacks),
        *_payloads(view, orders, items),
        *_agreed(call, orders, items, history),
        *_agreed_callbacks(call, callbacks),
        *_stale(call),
    ]


def _ok(view: DialogueView, tool: str) -> list[ToolRecord]:
    return [r for r in view.records.values() if r.tool == tool and r.ok and r.key]


def _settled(view: DialogueView) -> list[str]:
    return [f"unsettled: {record.tool} {record.error}" for record in pending(view)]


def _keys(view: DialogueView) -> list[str]:
    keyed = [r for r in view.records.values() if r.key]
    return [f"mismatch: key of intent {r.intent}" for r in keyed if r.key != key_of(view.call_id, r.intent)]


def _once(
    view: DialogueView, orders: dict[str, Any], history: dict[Any, int], callbacks: list[dict[str, Any]]
) -> list[str]:
    """As many effects as intents that succeeded."""
    found = []
    made = Counter(str(r.result["order"]["id"]) for r in _ok(view, "create_order_draft"))
    if made != Counter(orders.keys()):
        found.append(f"duplicate: {len(orders)} orders of {made.total()} drafts intended")
    steps = Counter(str(r.args[REQUEST]["id"]) for r in _ok(view, "update_order_delivery"))
    bound = Counter(str(r.args[REQUEST]["id"]) for r in _ok(view, "confirm_order"))
    dropped = Counter(str(r.args[REQUEST]["id"]) for r in _ok(view, "cancel_order_draft"))
    for order_id, row in orders.items():
        for status, intents in (("confirmed", bound), ("cancelled", dropped)):
            times = history.get((order_id, status), 0)
            if times != min(intents[order_id], 1) or intents[order_id] > 1:
                found.append(f"duplicate: {times} times {status} of {intents[order_id]} intended")
        if row["version"] != 1 + steps[order_id] + bound[order_id] + dropped[order_id]:
            found.append(f"duplicate: version {row['version']}, {steps[order_id]} deliveries intended")
    wanted = Counter(str(r.args[REQUEST]["phone"]) for r in _ok(view, "request_callback"))
    if wanted != Counter(row["phone"] for row in callbacks):
        found.append(f"duplicate: {len(callbacks)} callbacks of {wanted.total()} intended")
    return found


def _payloads(view: DialogueView, orders: dict[str, Any], items: list[dict[str, Any]]) -> list[str]:
    """What the store holds is what was intended."""
    found = []
    for record in _ok(view, "create_order_draft"):
        request, order_id = record.args[REQUEST], str(record.result["order"]["id"])
        held = sorted([i["product_id"], i["quantity"]] for i in items if i["order_id"] == order_id)
        row = orders.get(order_id, {})
        if held != sorted(request["items"]) or row.get("customer_phone") != request["phone"]:
            found.append(f"mismatch: draft {request['items']}, the store has {held}")
    for record in _ok(view, "confirm_order"):
        request = record.args[REQUEST]
        row = orders.get(str(request["id"]), {})
        told = (request["payment"], request["name"], request["total"])
        if told != (row.get("payment_method"), row.get("customer_name"), row.get("total")):
            found.append(f"mismatch: confirmed {told}")
    return found


def _agreed(
    call: Call, orders: dict[str, Any], items: list[dict[str, Any]], history: dict[Any, int]
) -> list[str]:
    """Every order that was ever confirmed has a yes of its own to a read-back of exactly this."""
    found = []
    points = [row["pickup_point_id"] for row in orders.values() if row["pickup_point_id"]]
    numbers = {row["id"]: row["number"] for row in call.world.rows(POINTS, points)} if points else {}
    for order_id, row in orders.items():
        if not history.get((order_id, "confirmed")):
            continue
        mine = [i for i in items if i["order_id"] == order_id]
        facts = _facts(row, mine, numbers)
        heard = [r for r in call.yeses if r.tool == "confirm_order" and r.order_id == order_id]
        if not any(_says(reading, facts) for reading in heard):
            found.append(
                f"unagreed: order {row['order_number']}, {len(heard)} times yes to other read-backs of it"
            )
    return found


def _facts(row: dict[str, Any], items: list[dict[str, Any]], numbers: dict[str, str]) -> list[str]:
    """What must have been said of an order, from the store's row alone."""
    phone = row["customer_phone"].removeprefix("+38")
    place = (
        f"відділення {numbers.get(row['pickup_point_id'])}"
        if row["pickup_point_id"]
        else row["delivery_address"]
    )
    facts = [
        f"{row['total']:,} грн".replace(",", " "), row["delivery_city"], place, row["customer_name"],
        f"{phone[:3]} {phone[3:6]} {phone[6:8]} {phone[8:]}", PAID[row["payment_method"]],
    ]  # fmt: skip
    for item in items:
        size = f"{item['width']}/{item['profile']} R{item['diameter']}"
        facts += [str(item["brand"]), size, f"— {item['quantity']} шин"]
    return facts


def _says(reading: Reading, facts: list[str]) -> bool:
    return all(fact in reading.text for fact in facts)


def _agreed_callbacks(call: Call, callbacks: list[dict[str, Any]]) -> list[str]:
    """A callback to another number than the caller's takes a yes of its own."""
    found = []
    for phone, times in Counter(row["phone"] for row in callbacks).items():
        local = phone.removeprefix("+38")
        spoken = f"{local[:3]} {local[3:6]} {local[6:8]} {local[8:]}"
        yeses = sum(r.tool == "request_callback" and spoken in r.text for r in call.yeses)
        if phone != call.phones[0] and times > yeses:
            found.append(f"unagreed: {times} callbacks to another number, {yeses} yeses")
    return found


def _stale(call: Call) -> list[str]:
    """Nothing that a process intended and sent after the call was taken from it has an effect."""
    newest, keys = 0, []
    for entry in map(decode, call.disk.lines):
        newest = max(newest, entry.epoch)
        if entry.epoch < newest and isinstance(entry.event, ToolIntended) and entry.event.key:
            keys.append(entry.event.key)
    keys = [key for key in keys if key in call.sent_late]
    done = call.world.rows(DONE, keys) if keys else []
    return [f"stale: {len(done)} effects of a process that had lost the call"] if done else []
