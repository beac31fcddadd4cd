"""/orders, /delivery and /pickup-points."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from demo_store import ordering, orders, places
from demo_store.contract import orders as model
from demo_store.contract.common import Data, Page
from demo_store.idempotency import Mutating
from demo_store.state import Current, Reading

router = APIRouter(tags=["orders"])
OrderId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_.-]+$")]


@router.get("/orders/search")
async def search_orders(
    asked: Annotated[model.OrderSearch, Query()], connection: Reading
) -> Page[model.OrderSummary]:
    """Find orders by phone, number or status, newest first."""
    return await orders.search(connection, asked)


@router.get("/orders/{order_id}")
async def get_order(order_id: OrderId, connection: Reading) -> Data[model.OrderDetail]:
    """Everything about one order."""
    return Data(data=await orders.order(connection, order_id))


@router.post("/orders", status_code=201, response_model=Data[model.OrderDraft])
async def create_order(asked: model.NewOrder, store: Current, once: Mutating) -> Response:
    """Make a draft; it holds no stock. 409 split_stock, stock_gone."""
    return await once(asked, lambda c: ordering.create(c, store.clock, asked), status=201)


@router.patch("/orders/{order_id}/delivery", response_model=Data[model.DeliveredOrder])
async def set_delivery(
    order_id: OrderId, asked: model.DeliveryChoice, store: Current, once: Mutating
) -> Response:
    """Choose how a draft gets there."""
    return await once(
        asked, lambda c: ordering.choose_delivery(c, store.clock, store.cities, order_id, asked)
    )


@router.post("/orders/{order_id}/confirm", response_model=Data[model.ConfirmedOrder])
async def confirm_order(
    order_id: OrderId, asked: model.Confirmation, store: Current, once: Mutating
) -> Response:
    """Bind the shop to a draft. 409 changed, stock_gone, split_stock."""
    return await once(asked, lambda c: ordering.confirm(c, store.clock, store.cities, order_id, asked))


@router.post("/orders/{order_id}/cancel", response_model=Data[model.CancelledOrder])
async def cancel_order(
    order_id: OrderId, asked: model.Cancellation, store: Current, once: Mutating
) -> Response:
    """Cancel what has not left yet."""
    return await once(asked, lambda c: ordering.cancel(c, store.clock, order_id, asked))


@router.get("/delivery/calculate")
async def calculate_delivery(
    asked: Annotated[model.DeliveryQuestion, Query()], store: Current, connection: Reading
) -> Data[model.DeliveryQuote]:
    """What a delivery would cost and how long it takes."""
    return Data(data=await places.quote(connection, store.cities, asked))


@router.get("/pickup-points")
async def get_pickup_points(
    asked: Annotated[model.PointSearch, Query()], store: Current, connection: Reading
) -> Page[model.PickupPoint]:
    """Own shops and Nova Poshta branches."""
    return await places.points(connection, store.cities, asked)
