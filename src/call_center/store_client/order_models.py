"""Orders, delivery, fitting and callbacks as the shop answers them. Money is whole UAH; ids are never spoken."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from call_center.store_client.models import Answer, VehicleClass

OrderStatus = Literal["draft", "confirmed", "shipped", "delivering", "delivered", "cancelled"]
DeliveryMethod = Literal["own_shop", "nova_poshta_branch", "courier"]
PaymentMethod = Literal["cod", "card_on_delivery", "online"]
ServiceType = Literal["tire_change", "balancing", "full_service"]


class OrderSummary(Answer):
    """An order as a search shows it. `order_number` is what people say."""

    id: str
    order_number: str
    status: OrderStatus
    status_label: str = ""
    created_at: dt.datetime
    total: int = Field(ge=0)
    items_summary: str = ""
    estimated_delivery: dt.date | None = None
    tracking_number: str | None = None


class OrderItem(Answer):
    """One line of an order."""

    product_id: str
    brand: str = ""
    model: str = ""
    size: str = ""
    quantity: int
    price: int
    sum: int


class Customer(Answer):
    """Who ordered."""

    name: str | None = None
    phone: str


class Delivery(Answer):
    """How an order gets there; days are counted from dispatch."""

    method: DeliveryMethod
    city: str
    address: str | None = None
    branch: str | None = None
    pickup_point_id: str | None = None
    cost: int = Field(ge=0)
    days_min: int | None = None
    days_max: int | None = None


class Payment(Answer):
    """How an order is paid."""

    method: PaymentMethod | None = None
    paid: bool = False


class StatusStep(Answer):
    """One change of status."""

    status: OrderStatus
    at: dt.datetime


class Order(OrderSummary):
    """Everything about one order."""

    customer: Customer
    items: tuple[OrderItem, ...] = ()
    subtotal: int | None = None
    delivery: Delivery | None = None
    payment: Payment = Payment()
    status_history: tuple[StatusStep, ...] = ()
    version: int


class OrderDraft(Answer):
    """A new draft; it holds no stock and binds nobody."""

    id: str
    order_number: str
    status: OrderStatus
    items: tuple[OrderItem, ...]
    subtotal: int = Field(ge=0)
    version: int


class DeliveredOrder(Answer):
    """A draft after its delivery was chosen; `total` and `version` are what a confirmation must name."""

    delivery: Delivery
    payment_methods: tuple[PaymentMethod, ...]
    total: int = Field(ge=0)
    version: int


class ConfirmedOrder(Answer):
    """A binding order."""

    id: str
    order_number: str
    status: OrderStatus
    total: int = Field(ge=0)
    estimated_delivery: dt.date | None = None
    sms_sent: bool = False


class CancelledOrder(Answer):
    """An order that is off."""

    id: str
    status: OrderStatus


class DeliveryQuote(Answer):
    """What a delivery would cost; `free_from` None: never free."""

    cost: int = Field(ge=0)
    days_min: int
    days_max: int
    free_from: int | None = None
    payment_methods: tuple[PaymentMethod, ...] = ()


class Hours(Answer):
    """Opening hours of one day, "HH:MM"."""

    open: str
    close: str


class PickupPoint(Answer):
    """An own shop or a Nova Poshta branch; `working_hours` by mon..sun, None: closed."""

    id: str
    kind: Literal["own_shop", "nova_poshta"]
    number: str | None = None
    name: str
    city: str
    address: str
    working_hours: dict[str, Hours | None] = Field(default_factory=dict)
    phone: str | None = None


class StationPlace(Answer):
    """Where a fitting station is."""

    id: str
    name: str
    city: str
    address: str


class Station(StationPlace):
    """A fitting station."""

    district: str = ""
    landmarks: tuple[str, ...] = ()
    phone: str | None = None
    working_hours: dict[str, Hours | None] = Field(default_factory=dict)
    services: tuple[str, ...] = ()


class SlotTime(Answer):
    """One start time."""

    time: str
    available: bool


class SlotDay(Answer):
    """The start times of one day."""

    date: dt.date
    times: tuple[SlotTime, ...] = ()


class NextSlot(Answer):
    """The first free time."""

    date: dt.date
    time: str


class Slots(Answer):
    """Free times. `reason` says why there are none: closed, full, past, too_far, no_service."""

    slots: tuple[SlotDay, ...]
    reason: str | None = None
    next_available: NextSlot | None = None


class Booking(Answer):
    """A fitting booking; `price` is for four wheels."""

    id: str
    station: StationPlace
    date: dt.date
    time: str
    service_type: ServiceType | None = None
    status: str = "confirmed"
    customer_name: str | None = None
    customer_phone: str | None = None
    vehicle_info: str | None = None
    vehicle_class: VehicleClass | None = None
    tire_diameter: int | None = None
    plate: str | None = None
    linked_order_id: str | None = None
    estimated_duration_min: int
    price: int = Field(ge=0)


class FittingPrice(Answer):
    """What a service costs; a set is four wheels."""

    service: str
    label: str = ""
    price_per_wheel: int = Field(ge=0)
    price_set: int = Field(ge=0)


class Callback(Answer):
    """A wish to be called back."""

    id: str
    phone: str = ""
    preferred_time: str | None = None
    topic: str | None = None
