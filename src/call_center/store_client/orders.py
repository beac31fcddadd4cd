"""Order calls of the store client. Every change carries the intent's idempotency key: sending it again is safe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from call_center.store_client import order_models as model
from call_center.store_client.models import Answer
from call_center.store_client.transport import Transport
from call_center.store_client.wire import bad_answer, query, segment, typed


class OrderCalls:
    """Orders, delivery and pickup points. `key` is a UUID, the same for every attempt of one intent."""

    transport: Transport

    async def search_orders(
        self,
        *,
        phone: str | None = None,
        order_number: str | None = None,
        status: model.OrderStatus | None = None,
        deadline: float | None = None,
    ) -> tuple[model.OrderSummary, ...]:
        """Orders of a phone or number, newest first, at most 50."""
        asked = query({"phone": phone, "order_number": order_number, "status": status, "per_page": 50})
        reply = await self.transport.request("GET", "/orders/search", params=asked, deadline=deadline)
        return typed_list(model.OrderSummary, reply.data)

    async def get_order(self, order_id: str, *, deadline: float | None = None) -> model.Order:
        """Everything about one order."""
        path = f"/orders/{segment(order_id)}"
        reply = await self.transport.request("GET", path, route="/orders/{id}", deadline=deadline)
        return typed(model.Order, reply.data)

    async def create_order_draft(
        self,
        *,
        phone: str,
        items: Sequence[tuple[str, int]],
        key: str,
        name: str | None = None,
        source: str | None = None,
        call_id: str | None = None,
        deadline: float | None = None,
    ) -> model.OrderDraft:
        """Make a draft of (product id, quantity). 409: `split_stock`, `stock_gone`, both with details."""
        body = given(
            {
                "customer_phone": phone,
                "customer_name": name,
                "items": [{"product_id": product, "quantity": quantity} for product, quantity in items],
                "source": source,
                "call_id": call_id,
            }
        )
        reply = await self.transport.request("POST", "/orders", json=body, key=key, deadline=deadline)
        return typed(model.OrderDraft, reply.data)

    async def update_order_delivery(
        self,
        order_id: str,
        *,
        method: model.DeliveryMethod,
        city: str,
        key: str,
        address: str | None = None,
        branch: str | None = None,
        pickup_point_id: str | None = None,
        deadline: float | None = None,
    ) -> model.DeliveredOrder:
        """Choose how a draft gets there; the answer has the total and version to agree to."""
        body = given(
            {
                "method": method,
                "city": city,
                "address": address,
                "branch": branch,
                "pickup_point_id": pickup_point_id,
            }
        )
        path, route = f"/orders/{segment(order_id)}/delivery", "/orders/{id}/delivery"
        reply = await self.transport.request(
            "PATCH", path, route=route, json=body, key=key, deadline=deadline
        )
        return typed(model.DeliveredOrder, reply.data)

    async def confirm_order(
        self,
        order_id: str,
        *,
        payment_method: model.PaymentMethod,
        customer_name: str,
        expected_total: int,
        version: int,
        key: str,
        send_sms: bool = False,
        deadline: float | None = None,
    ) -> model.ConfirmedOrder:
        """Bind the shop. 409 `changed` when total (UAH) or version differ from what was agreed to."""
        body = {
            "payment_method": payment_method,
            "customer_name": customer_name,
            "expected_total": expected_total,
            "version": version,
            "send_sms_confirmation": send_sms,
        }
        path, route = f"/orders/{segment(order_id)}/confirm", "/orders/{id}/confirm"
        reply = await self.transport.request("POST", path, route=route, json=body, key=key, deadline=deadline)
        return typed(model.ConfirmedOrder, reply.data)

    async def cancel_order(
        self, order_id: str, *, reason: str, key: str, deadline: float | None = None
    ) -> model.CancelledOrder:
        """Cancel a draft or an order that has not left yet."""
        path, route = f"/orders/{segment(order_id)}/cancel", "/orders/{id}/cancel"
        body = {"reason": reason}
        reply = await self.transport.request("POST", path, route=route, json=body, key=key, deadline=deadline)
        return typed(model.CancelledOrder, reply.data)

    async def calculate_delivery(
        self,
        *,
        city: str,
        method: model.DeliveryMethod,
        quantity: int,
        order_total: int,
        deadline: float | None = None,
    ) -> model.DeliveryQuote:
        """What a delivery would cost and how long it takes."""
        asked = query({"city": city, "method": method, "quantity": quantity, "order_total": order_total})
        reply = await self.transport.request("GET", "/delivery/calculate", params=asked, deadline=deadline)
        return typed(model.DeliveryQuote, reply.data)

    async def get_pickup_points(
        self, *, city: str, text: str | None = None, deadline: float | None = None
    ) -> tuple[model.PickupPoint, ...]:
        """Own shops and Nova Poshta branches of a city; `text` narrows by address, name or branch number."""
        asked = query({"city": city, "query": text, "per_page": 50})
        reply = await self.transport.request("GET", "/pickup-points", params=asked, deadline=deadline)
        return typed_list(model.PickupPoint, reply.data)


def given(values: dict[str, Any]) -> dict[str, Any]:
    """Return a body without what was not given."""
    return {name: value for name, value in values.items() if value is not None}


def typed_list[T: Answer](kind: type[T], data: Any) -> tuple[T, ...]:
    """Check a list. Raises `StoreError`."""
    if not isinstance(data, list):
        raise bad_answer(f"a list of {kind.__name__} was expected", 200)
    return tuple(typed(kind, item) for item in data)
