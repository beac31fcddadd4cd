"""Rules between brains and tools: one pure function per rule, each `Allow`, `Refuse` or `Escalate`.

`check` asks every rule in order; the first that does not allow decides. Rules look at the folded call and the call
asked for, never at who asks. Limits are those of PRODUCT.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from call_center.agent.brain import CallTool
from call_center.agent.commits import CALLBACK, CONFIRM, FITTING, agreed, binds, digest
from call_center.agent.fitting_facts import KYIV, LAST_DAY
from call_center.agent.mutations import mutations
from call_center.agent.view import DialogueView


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one call. Minutes, pieces, calls, UAH; `day_orders` is of one number and day."""

    min_quantity: int = 1
    max_quantity: int = 99
    operator_quantity: int = 20  # above it an operator takes the order
    tool_calls: int = 40
    minutes: float = 15.0
    mutations: int = 10
    order_total: int = 50_000
    day_orders: int = 3
    failed_lookups: int = 3
    day_lookups: int = 10


@dataclass(frozen=True, slots=True)
class Allow:
    """The call may go ahead."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The call may not be made; `hint` tells the brain what to do instead."""

    rule: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Escalate:
    """The matter goes to an operator, for a reason of SCENARIOS.md."""

    rule: str
    reason: str


Verdict = Allow | Refuse | Escalate


@dataclass(frozen=True, slots=True)
class Scene:
    """What the rules see. `now` is Unix time in seconds; `tools` the names that exist.

    `request` is what a change of the shop would send, None for a tool that only reads; `repeated` when an equal intent
    stands for it, so that nothing new would happen.
    """

    view: DialogueView
    now: float
    tools: frozenset[str]
    limits: Limits = Limits()
    request: dict[str, Any] | None = None
    repeated: bool = False
    day_failures: int = 0  # failed look-ups of the caller's number today, over all calls


Rule = Callable[[Scene, CallTool], Verdict]
_ALLOW: Final = Allow()
TRANSFER: Final = "transfer_to_operator"
DRAFT: Final = "create_order_draft"
STATUS: Final = "get_order_status"
LOOKUPS: Final = frozenset({STATUS, "get_customer_bookings"})
SLOTS: Final = "get_fitting_slots"
_ON_ORDERS: Final = frozenset({"update_order_delivery", CONFIRM, "cancel_order_draft"})


def known_tool(scene: Scene, call: CallTool) -> Verdict:
    """Tools outside the list do not exist."""
    if call.name in scene.tools:
        return _ALLOW
    return Refuse("known_tool", f"no tool {call.name!r}", f"tools: {', '.join(sorted(scene.tools))}")


def tool_budget(scene: Scene, call: CallTool) -> Verdict:
    """At most 40 tool calls a call; the way to a person stays open."""
    if call.name in (TRANSFER, CALLBACK) or len(scene.view.records) < scene.limits.tool_calls:
        return _ALLOW
    return Escalate("tool_budget", "limit")


def call_minutes(scene: Scene, call: CallTool) -> Verdict:
    """After 15 minutes an operator takes over."""
    if call.name == TRANSFER or not overtime(scene.view, scene.now, scene.limits):
        return _ALLOW
    return Escalate("call_minutes", "limit")


def quantity_range(scene: Scene, call: CallTool) -> Verdict:
    """1-99 tyres; more than 20 is for an operator."""
    quantity: Any = call.args.get("quantity")
    if not isinstance(quantity, int):
        return _ALLOW
    if not scene.limits.min_quantity <= quantity <= scene.limits.max_quantity:
        return Refuse("quantity_range", f"quantity {quantity}", "ask how many tyres, 1 to 99")
    if quantity > scene.limits.operator_quantity:
        return Escalate("quantity_range", "limit")
    return _ALLOW


def known_handle(scene: Scene, call: CallTool) -> Verdict:
    """A handle must have been given out in this call."""
    handle = call.args.get("option")
    if handle is None or handle in scene.view.options:
        return _ALLOW
    return Refuse("known_handle", f"no option {handle!r}", "use a handle of the last search, or search again")


def mutation_budget(scene: Scene, call: CallTool) -> Verdict:
    """At most 10 changes of the shop a call; a new draft beside an open one takes two, the old one is taken back."""
    if scene.request is None or scene.repeated:
        return _ALLOW
    takes = 2 if call.name == DRAFT and scene.view.draft is not None else 1
    within = mutations(scene.view) + takes <= scene.limits.mutations
    return _ALLOW if within else Escalate("mutation_budget", "limit")


def order_size(scene: Scene, call: CallTool) -> Verdict:
    """More than 20 tyres in one order are for an operator."""
    if call.name != DRAFT or scene.request is None:
        return _ALLOW
    pieces = sum(quantity for _, quantity in scene.request["items"])
    return Escalate("order_size", "limit") if pieces > scene.limits.operator_quantity else _ALLOW


def order_total(scene: Scene, call: CallTool) -> Verdict:
    """An order over 50,000 UAH is for an operator."""
    if call.name == DRAFT and scene.request is not None:
        options = scene.view.options
        total = sum(options[o]["price"] * n for o, n in scene.request["options"] if o in options)
    elif call.name == CONFIRM and scene.request is not None:
        total = scene.request["total"]
    else:
        return _ALLOW
    return Escalate("order_total", "limit") if total > scene.limits.order_total else _ALLOW


def day_orders(scene: Scene, call: CallTool) -> Verdict:
    """Three confirmed orders a day, by recipient and by caller number, as the store counts them."""
    if call.name not in (DRAFT, CONFIRM) or scene.repeated:
        return _ALLOW
    most = max(scene.view.day_orders.values(), default=0)
    return Escalate("day_orders", "limit") if most >= scene.limits.day_orders else _ALLOW


def known_order(scene: Scene, call: CallTool) -> Verdict:
    """Only a draft of this call is changed; a confirmed order is an operator's."""
    if call.name not in _ON_ORDERS or scene.repeated:
        return _ALLOW
    handle = call.args.get("order")
    order = scene.view.orders.get(str(handle))
    if order is None:
        return Refuse("known_order", f"no order {handle!r}", "create_order_draft first")
    if order.get("status") == "confirmed":
        return Escalate("known_order", "cannot_help")
    if order.get("status") != "draft":
        return Refuse("known_order", f"order {handle} is {order.get('status')}", "create_order_draft first")
    return _ALLOW


def agreed_commit(scene: Scene, call: CallTool) -> Verdict:
    """Nothing binds the shop without a read-back of exactly this and a yes to it."""
    request = scene.request
    if request is None or scene.repeated or not binds(scene.view, call.name, request):
        return _ALLOW
    if agreed(scene.view, call.name, digest(scene.view, call.name, call.args, request)):
        return _ALLOW
    return Refuse(
        "agreed_commit", "the caller has not agreed to exactly this", "read it back and wait for a yes"
    )


def ownership(scene: Scene, call: CallTool) -> Verdict:
    """Details of an order only by its number and the phone on it as the caller says it."""
    if call.name != STATUS or call.args.get("order_number") is None:
        return _ALLOW
    if call.args.get("phone") == "recipient.phone":
        return _ALLOW
    return Refuse("ownership", "order number without the phone on it", "ask for the phone on the order")


def failed_lookups(scene: Scene, call: CallTool) -> Verdict:
    """After three look-ups that found nothing, ten a day of one number, an operator takes over."""
    if call.name not in LOOKUPS:
        return _ALLOW
    failed = [
        r for r in scene.view.records.values()
        if r.tool in LOOKUPS and r.ok and isinstance(r.result, dict) and not r.result.get("found")
    ]  # fmt: skip
    many = len(failed) >= scene.limits.failed_lookups or scene.day_failures >= scene.limits.day_lookups
    return Escalate("failed_lookups", "cannot_help") if many else _ALLOW


def fitting_date(scene: Scene, call: CallTool) -> Verdict:
    """Fitting is booked from tomorrow to 21 days ahead."""
    slot = scene.view.times.get(str(call.args.get("slot")), {})
    day = call.args.get("date") if call.name == SLOTS else slot.get("date")
    if call.name not in (SLOTS, *FITTING) or not isinstance(day, str) or scene.repeated:
        return _ALLOW
    first, last = window(scene.now)
    if first.isoformat() <= day <= last.isoformat():
        return _ALLOW
    return Refuse("fitting_date", f"{day} cannot be booked", f"ask for a day from {first} to {last}")


def offered_slot(scene: Scene, call: CallTool) -> Verdict:
    """Only a time that the shop showed as free in this call is booked, and none that is gone since."""
    if call.name not in FITTING or call.args.get("slot") is None or scene.repeated:
        return _ALLOW
    slot = scene.view.times.get(str(call.args["slot"]))
    if slot is None or slot.get("gone"):
        return Refuse(
            "offered_slot", f"no free time {call.args['slot']!r}", "get_fitting_slots, then offer it"
        )
    return _ALLOW


def known_station(scene: Scene, call: CallTool) -> Verdict:
    """A station must have been found in this call."""
    if call.name != SLOTS or call.args.get("station") in scene.view.stations:
        return _ALLOW
    return Refuse("known_station", f"no station {call.args.get('station')!r}", "get_fitting_stations first")


def booking_ownership(scene: Scene, call: CallTool) -> Verdict:
    """A booking is changed when made in this call, or on the caller's number with one more fact of it named."""
    if call.name != "cancel_fitting" or scene.repeated:
        return _ALLOW
    booking = scene.view.bookings.get(str(call.args.get("booking")))
    if booking is None:
        return Refuse(
            "booking_ownership", "not proven to be the caller's", "ask for the name or date of the booking"
        )
    if booking.get("status") != "confirmed":
        return Refuse("booking_ownership", f"the booking is {booking.get('status')}", "say so")
    return _ALLOW


RULES: Final[tuple[Rule, ...]] = (
    known_tool, call_minutes, tool_budget, quantity_range, known_handle, mutation_budget, order_size, order_total,
    day_orders, known_order, ownership, failed_lookups, known_station,
    offered_slot, fitting_date, booking_ownership, agreed_commit,
)  # fmt: skip


def check(scene: Scene, call: CallTool) -> Verdict:
    """The first rule that does not allow decides."""
    for rule in RULES:
        verdict = rule(scene, call)
        if not isinstance(verdict, Allow):
            return verdict
    return _ALLOW


def window(now: float) -> tuple[date, date]:
    """The first and the last day on which fitting can be booked; `now` is Unix time in seconds."""
    today = datetime.fromtimestamp(now, KYIV).date()
    return today + timedelta(days=1), today + timedelta(days=LAST_DAY)


def overtime(view: DialogueView, now: float, limits: Limits) -> bool:
    """Whether the call has lasted longer than it may."""
    return view.started_at is not None and now - view.started_at > limits.minutes * 60
