"""Orders: from a draft to what became of it. Every change raises `version`; a commit names the one it agreed to."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from demo_store.contract.common import (
    DeliveryMethod,
    LongText,
    Moment,
    Money,
    OrderStatus,
    Paged,
    PaymentMethod,
    Phone,
    Request,
    Text,
)

Quantity = Annotated[int, Field(ge=1, le=99)]
Version = Annotated[int, Field(ge=1, le=1_000_000)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_.-]{1,64}$")]


class OrderSearch(Paged):
    """Filters of GET /orders/search."""

    phone: Phone | None = None
    order_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{7}$")] | None = None
    status: OrderStatus | None = None


class OrderSummary(BaseModel):
    """An order as a list shows it."""

    id: str
    order_number: str
    status: OrderStatus
    status_label: str
    created_at: Moment
    total: Money
    items_summary: str
    estimated_delivery: dt.date | None
    tracking_number: str | None


class Item(BaseModel):
    """One line of an order, with the price at which it was ordered."""

    product_id: str
    brand: str
    model: str
    size: str
    quantity: int
    price: Money
    sum: Money


class Customer(BaseModel):
    """Who ordered; `name` is null until it was told."""

    name: str | None
    phone: str


class Delivery(BaseModel):
    """How it gets there; days are counted from the day of dispatch."""

    method: DeliveryMethod
    city: str
    address: str | None
    branch: str | None
    pickup_point_id: str | None
    cost: Money
    days_min: int | None
    days_max: int | None


class Payment(BaseModel):
    """How it is paid; `method` is null until it was chosen."""

    method: PaymentMethod | None
    paid: bool


class Step(BaseModel):
    """One change of status."""

    status: OrderStatus
    at: Moment


class OrderDetail(OrderSummary):
    """Everything about one order."""

    customer: Customer
    items: list[Item]
    subtotal: Money
    delivery: Delivery | None
    payment: Payment
    status_history: list[Step]
    cancel_reason: str | None
    source: str | None
    call_id: str | None
    version: int


class WantedItem(Request):
    """A line of a new order."""

    product_id: Identifier
    quantity: Quantity


class NewOrder(Request):
    """Body of POST /orders."""

    customer_phone: Phone
    customer_name: Text | None = None
    items: Annotated[list[WantedItem], Field(min_length=1, max_length=20)]
    source: Text | None = None
    call_id: Text | None = None

    @model_validator(mode="after")
    def _each_product_once(self) -> Self:
        if len({item.product_id for item in self.items}) < len(self.items):
            raise ValueError("a product is listed twice; give its whole quantity in one item")
        return self


class OrderDraft(BaseModel):
    """The answer of POST /orders."""

    id: str
    order_number: str
    status: OrderStatus
    items: list[Item]
    subtotal: Money
    version: int


class DeliveryChoice(Request):
    """Body of PATCH /orders/{id}/delivery."""

    method: DeliveryMethod
    city: Text
    address: Text | None = None
    branch: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}$")] | None = None
    pickup_point_id: Identifier | None = None

    @model_validator(mode="after")
    def _place_is_told(self) -> Self:
        if self.method == "courier" and self.address is None:
            raise ValueError("a courier needs an address")
        if self.method == "nova_poshta_branch" and self.branch is None and self.pickup_point_id is None:
            raise ValueError("a Nova Poshta branch needs branch or pickup_point_id")
        return self


class DeliveredOrder(BaseModel):
    """The answer of PATCH /orders/{id}/delivery."""

    delivery: Delivery
    payment_methods: list[PaymentMethod]
    total: Money
    version: int


class Confirmation(Request):
    """Body of POST /orders/{id}/confirm: what the customer agreed to."""

    payment_method: PaymentMethod
    customer_name: Text
    expected_total: Annotated[int, Field(ge=0, le=100_000_000)]
    version: Version
    send_sms_confirmation: bool = False


class ConfirmedOrder(BaseModel):
    """The answer of POST /orders/{id}/confirm."""

    id: str
    order_number: str
    status: OrderStatus
    total: Money
    estimated_delivery: dt.date | None
    sms_sent: bool


class Cancellation(Request):
    """Body of POST /orders/{id}/cancel."""

    reason: LongText


class CancelledOrder(BaseModel):
    """The answer of POST /orders/{id}/cancel."""

    id: str
    status: OrderStatus


class DeliveryQuestion(Request):
    """Parameters of GET /delivery/calculate."""

    city: Text
    method: DeliveryMethod
    quantity: Quantity
    order_total: Annotated[int, Field(ge=0, le=100_000_000)]


class DeliveryQuote(BaseModel):
    """What a delivery would cost; `free_from` is null where it is never free."""

    city: str
    method: DeliveryMethod
    cost: Money
    days_min: int
    days_max: int
    free_from: Money | None
    payment_methods: list[PaymentMethod]


class PointSearch(Paged):
    """Parameters of GET /pickup-points; `query` is words of name or address, or a branch number."""

    city: Text | None = None
    query: Text | None = None


class Hours(BaseModel):
    """Opening hours of a day, HH:MM."""

    open: str
    close: str


class PickupPoint(BaseModel):
    """An own shop or a Nova Poshta branch; a day without hours is closed."""

    id: str
    kind: str
    number: str | None
    name: str
    city: str
    address: str
    working_hours: dict[str, Hours | None]
    phone: str | None
    max_weight_kg: int | None
    free_storage_days: int
