"""The order tools: draft, delivery, confirmation, pickup points, status.

A draft is `d1`, a pickup point `p1`, an order looked up `q1`; the caller's number and the recipient are named by
handles (`caller.phone`, `recipient.phone`, `recipient.name`) and resolved here, so a brain never sees them. What the
shop refuses (409, 404, 422) comes back as `ShopRefused` with what it said; `changed` brings the draft as it is now.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from call_center.agent.tools.registry import Arguments, ShopRefused, Tool, ToolContext
from call_center.agent.view import DialogueView
from call_center.errors import StoreError

Method = Literal["own_shop", "nova_poshta_branch", "courier"]
Payment = Literal["cod", "card_on_delivery", "online"]
PhoneHandle = Literal["caller.phone", "recipient.phone"]
OrderHandle = Annotated[str, Field(pattern=r"^d\d{1,3}$")]
LISTED = 8  # points of a city that are worth keeping in a call


class Item(Arguments):
    """An option that was offered and how many of it."""

    option: Annotated[str, Field(pattern=r"^o\d{1,3}$")]
    quantity: Annotated[int, Field(ge=1, le=99)]


class DraftArguments(Arguments):
    """What is ordered and by whom."""

    items: Annotated[list[Item], Field(min_length=1, max_length=10)]
    phone: PhoneHandle = "recipient.phone"


class DeliveryArguments(Arguments):
    """How a draft gets to its recipient."""

    order: OrderHandle
    method: Method
    city: Annotated[str, Field(min_length=2, max_length=60)]
    point: Annotated[str, Field(pattern=r"^p\d{1,3}$")] | None = None
    address: Annotated[str, Field(min_length=4, max_length=120)] | None = None


class ConfirmArguments(Arguments):
    """Bind the shop to a draft as it was read back."""

    order: OrderHandle
    payment: Payment


class CancelDraftArguments(Arguments):
    """Take back a draft that nobody confirmed."""

    order: OrderHandle
    reason: Literal["items_changed", "caller_changed_mind", "call_ended"]


class PointArguments(Arguments):
    """Own shops or Nova Poshta branches of a city."""

    city: Annotated[str, Field(min_length=2, max_length=60)]
    kind: Literal["own_shop", "nova_poshta"]
    branch: Annotated[int, Field(ge=1, le=9999)] | None = None


class StatusArguments(Arguments):
    """Orders of the caller's number, or one order by its number and the phone on it."""

    order_number: Annotated[str, Field(pattern=r"^\d{7}$")] | None = None
    phone: PhoneHandle = "caller.phone"


def phone_of(view: DialogueView, handle: str) -> str:
    """The number behind a handle."""
    phone = view.caller if handle == "caller.phone" else view.value("phone")
    if not phone:
        raise LookupError(f"{handle} is not known")
    return str(phone)


def draft_request(view: DialogueView, args: DraftArguments) -> dict[str, Any]:
    """Products instead of options; the same product once."""
    pieces: dict[str, int] = {}
    for item in args.items:
        option = view.options.get(item.option)
        if option is None:
            raise LookupError(f"no option {item.option}")
        pieces[option["product_id"]] = pieces.get(option["product_id"], 0) + item.quantity
    return {
        "phone": phone_of(view, args.phone),
        "name": view.value("name"),
        "items": [[product, quantity] for product, quantity in pieces.items()],
        "options": [[item.option, item.quantity] for item in args.items],
    }


def delivery_request(view: DialogueView, args: DeliveryArguments) -> dict[str, Any]:
    """The order's id and the place."""
    place: dict[str, Any] = {"method": args.method, "city": args.city}
    if args.method == "courier":
        if not args.address:
            raise LookupError("courier needs an address")
        place["address"] = args.address
    else:
        point = view.points.get(str(args.point))
        if point is None:
            raise LookupError(f"no pickup point {args.point!r}: use a handle of get_pickup_points")
        place["pickup_point_id"] = point["point_id"]
    return {"id": _order(view, args.order)["id"], "place": place}


def confirm_request(view: DialogueView, args: ConfirmArguments) -> dict[str, Any]:
    """The total and version as the store returned them, the name as the caller gave it."""
    order = _order(view, args.order)
    if order.get("total") is None:
        raise LookupError("delivery is not chosen yet: update_order_delivery first")
    name = view.value("name")
    if not name:
        raise LookupError("recipient.name is not known")
    return {
        "id": order["id"], "payment": args.payment, "name": str(name),
        "total": order["total"], "version": order["version"],
    }  # fmt: skip


def cancel_request(view: DialogueView, args: CancelDraftArguments) -> dict[str, Any]:
    """The order's id and why."""
    return {"id": _order(view, args.order)["id"], "reason": args.reason}


def _order(view: DialogueView, handle: str) -> dict[str, Any]:
    order = view.orders.get(handle)
    if order is None:
        raise LookupError(f"no order {handle}")
    return order


async def create_order_draft(context: ToolContext, args: DraftArguments) -> dict[str, Any]:
    """Make a draft; it holds no stock and binds nobody."""
    request = context.request
    items = [(str(product), int(quantity)) for product, quantity in request["items"]]
    try:
        draft = await context.shop.create_draft(
            phone=request["phone"], name=request["name"], items=items,
            call_id=context.view.call_id, key=context.key,
        )  # fmt: skip
    except StoreError as error:
        raise refusal_of(error) from error
    made = {
        name: draft[name] for name in ("id", "status", "items", "subtotal", "version")
    } | {"number": draft["order_number"]}  # fmt: skip
    handle = f"d{len(context.view.orders) + 1}"
    asked = {"phone": request["phone"], "options": request["options"]}
    return {"order": {"handle": handle, **made, **asked}}


async def update_order_delivery(context: ToolContext, args: DeliveryArguments) -> dict[str, Any]:
    """Choose the delivery; the answer has total, terms and ways to pay."""
    try:
        answer = await context.shop.set_delivery(
            context.request["id"], context.request["place"], key=context.key
        )
    except StoreError as error:
        raise refusal_of(error) from error
    point = context.view.points.get(str(args.point), {})
    return {"order": {"handle": args.order, **answer, "place": context.request["place"], "point": point}}


async def confirm_order(context: ToolContext, args: ConfirmArguments) -> dict[str, Any]:
    """Bind the shop. When the draft is not what was agreed to, the result shows what it is now."""
    request = context.request
    try:
        answer = await context.shop.confirm(
            request["id"], payment=request["payment"], name=request["name"],
            total=request["total"], version=request["version"], key=context.key,
        )  # fmt: skip
    except StoreError as error:
        refused = refusal_of(error)
        if isinstance(refused, ShopRefused) and refused.code == "changed":
            fresh = await context.shop.order(request["id"])
            shown = {
                name: fresh[name] for name in ("status", "items", "subtotal", "delivery", "total", "version")
            }
            refused.result["order"] = {"handle": args.order, **shown}
        raise refused from error
    done = {
        "handle": args.order, "status": answer["status"], "number": answer["order_number"], "total": answer["total"],
        "eta": answer["estimated_delivery"], "payment": request["payment"],
    }  # fmt: skip
    return {"order": done}


async def cancel_order_draft(context: ToolContext, args: CancelDraftArguments) -> dict[str, Any]:
    """Take a draft back."""
    try:
        await context.shop.cancel_draft(
            context.request["id"], reason=context.request["reason"], key=context.key
        )
    except StoreError as error:
        raise refusal_of(error) from error
    return {"order": {"handle": args.order, "status": "cancelled"}}


async def get_pickup_points(context: ToolContext, args: PointArguments) -> dict[str, Any]:
    """Points with handles; `near` are others of the city when the branch asked for is not there."""
    text = str(args.branch) if args.branch is not None else None
    rows = [r for r in await context.shop.pickup_points(args.city, text) if r["kind"] == args.kind]
    if args.branch is not None:
        rows = [r for r in rows if r["number"] == str(args.branch)]
    found = bool(rows)
    if not rows and text is not None:
        rows = [r for r in await context.shop.pickup_points(args.city) if r["kind"] == args.kind]
    handles = {p["point_id"]: h for h, p in context.view.points.items()}
    points = []
    for row in rows[:LISTED]:
        handle = handles.setdefault(row["id"], f"p{len(handles) + 1}")
        shown = {name: row[name] for name in ("kind", "number", "name", "city", "address")}
        points.append({"handle": handle, "point_id": row["id"], **shown})
    return {"points": points, "city": args.city, "kind": args.kind, "branch": args.branch, "found": found}


async def get_order_status(context: ToolContext, args: StatusArguments) -> dict[str, Any]:
    """Status and date by the caller's number; details only by order number and the phone on it."""
    phone = phone_of(context.view, args.phone)
    rows = await context.shop.orders(phone=phone, number=args.order_number)
    rows = [r for r in rows if r["status"] != "draft"]
    going = [r for r in rows if r["status"] in ("confirmed", "shipped", "delivering")] or rows[:1]
    detailed = args.order_number is not None
    shown: list[dict[str, Any]] = []
    for row in going[:3]:
        facts = {"status": row["status"], "eta": row["estimated_delivery"]}
        if detailed:
            facts |= {"number": row["order_number"], "total": row["total"], "items": row["items_summary"]}
        handle = next(
            (
                h
                for h, s in context.view.statuses.items()
                if s.get("order_id") == row["id"] and s["by"] == args.phone
            ),
            f"q{len(context.view.statuses) + len(shown) + 1}",
        )
        shown.append({"handle": handle, "order_id": row["id"], "by": args.phone, **facts})
    return {"orders": shown, "found": bool(shown), "asked": args.order_number}


async def confirmed_today(context: ToolContext, phones: list[str]) -> dict[str, int]:
    """How many orders of today each phone has that are more than drafts; counted in the store."""
    today = context.now.date()
    counts = {}
    for phone in phones:
        rows = await context.shop.orders(phone=phone)
        counts[phone] = sum(
            1 for r in rows if r["status"] not in ("draft", "cancelled") and _day(context, r) == today
        )
    return counts


def _day(context: ToolContext, row: dict[str, Any]) -> date:
    return datetime.fromisoformat(row["created_at"]).astimezone(context.now.tzinfo).date()


def refusal_of(error: StoreError) -> Exception:
    """What the shop said no to; an answer that is no decision stays the error it is."""
    if 400 <= error.status < 500 and error.status != 429:
        return ShopRefused(error.code, {"status": error.status, "said": str(error), **dict(error.details)})
    return error


ORDER_TOOLS = (
    Tool("create_order_draft", DraftArguments, create_order_draft, "make a draft of an order", draft_request),
    Tool(
        "update_order_delivery", DeliveryArguments, update_order_delivery,
        "choose delivery of a draft; gives total, terms and ways to pay", delivery_request,
    ),
    Tool("confirm_order", ConfirmArguments, confirm_order, "bind the shop, after a read-back and a yes", confirm_request),
    Tool(
        "cancel_order_draft", CancelDraftArguments, cancel_order_draft, "take a draft back", cancel_request,
        internal=True,
    ),
    Tool("get_pickup_points", PointArguments, get_pickup_points, "own shops or Nova Poshta branches of a city"),
    Tool("get_order_status", StatusArguments, get_order_status, "status of orders, within what the caller may hear"),
)  # fmt: skip
