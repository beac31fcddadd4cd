"""The tables of the demo store. They carry no schema name: the connection's search path decides (`database`).

`MUTABLE` tables have a twin in the seed schema, from which `/_test/reset` restores them. `touched` marks rows that were
added or changed since the last reset. Money is whole UAH. Orders are told apart by `order_number` (7 digits, from a
sequence) among people and by `id` among programs.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
FIRST_ORDER_NUMBER = 2650001  # above every number of the seed
order_numbers = sa.Sequence("order_numbers", start=FIRST_ORDER_NUMBER, metadata=metadata)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def _int(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=null)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, JSONB, nullable=False)


def _touched() -> sa.Column[bool]:
    return sa.Column("touched", sa.Boolean, nullable=False, server_default=sa.true())


def _when(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


facts = sa.Table("facts", metadata, _key("name"), _json("value"))
brands = sa.Table(
    "brands",
    metadata,
    _key("brand"),
    _text("spoken_uk"),
    _text("segment"),
    _text("country"),
    _json("aliases"),
)
tyres = sa.Table(
    "tyres",
    metadata,
    _key("id"),
    _text("brand"),
    _text("model"),
    _int("width"),
    _int("profile"),
    _int("diameter"),
    _text("season"),
    _flag("studded"),
    _flag("commercial"),
    _text("load_index"),
    _text("speed_index"),
    _flag("xl"),
    _flag("run_flat"),
    _int("price"),
    _text("country"),
    _int("year"),
    sa.Column("rating", sa.Float, nullable=False),
    _text("segment"),
    _int("noise_db", null=True),
    _text("fuel_class", null=True),
    _text("wet_class", null=True),
    sa.Index("ix_tyres_size", "width", "profile", "diameter"),
)
stock = sa.Table(
    "stock",
    metadata,
    _key("tyre_id"),
    _key("warehouse"),
    _int("quantity"),
    sa.CheckConstraint("quantity >= 0", name="ck_stock_not_negative"),
)
makes = sa.Table("makes", metadata, _key("make"), _text("spoken_uk"), _json("aliases"))
vehicles = sa.Table(
    "vehicles",
    metadata,
    _key("id"),
    _text("make"),
    _text("model"),
    _text("vehicle_class"),
    _int("popularity"),
    _json("aliases"),
    _json("generations"),
)
cities = sa.Table(
    "cities",
    metadata,
    _key("name"),
    _text("delivery_class"),
    _flag("has_warehouse"),
    _flag("has_pickup"),
    _flag("has_fitting"),
    _json("names"),
)
delivery_terms = sa.Table(
    "delivery_terms",
    metadata,
    _key("city_class"),
    _key("method"),
    _int("per_tyre"),
    _int("days_min"),
    _int("days_max"),
)
stations = sa.Table(
    "stations",
    metadata,
    _key("id"),
    _text("name"),
    _text("city"),
    _text("district"),
    _text("address"),
    _json("landmarks"),
    _text("phone"),
    _json("working_hours"),
    _int("posts"),
    _int("slot_minutes"),
    _json("services"),
    _json("excluded_dates"),
)
fitting_prices = sa.Table(
    "fitting_prices",
    metadata,
    sa.Column("diameter", sa.Integer, primary_key=True),
    _key("vehicle_class"),
    _key("service"),
    _int("price_per_wheel"),
    _int("price_per_set"),
    _int("duration_min"),
)
pickup_points = sa.Table(
    "pickup_points",
    metadata,
    _key("id"),
    _text("kind"),
    _text("number", null=True),
    _text("name"),
    _text("city"),
    _text("address"),
    _json("hours"),
    _int("max_weight_kg", null=True),
    _int("free_storage_days"),
)
orders = sa.Table(
    "orders",
    metadata,
    _key("id"),
    sa.Column("order_number", sa.Text, nullable=False, unique=True),
    _text("status"),
    _when("created_at"),
    _text("customer_name"),
    _text("customer_phone"),
    _text("source", null=True),
    _text("call_id", null=True),
    _int("subtotal"),
    _text("delivery_method", null=True),
    _text("delivery_city", null=True),
    _text("delivery_address", null=True),
    _text("pickup_point_id", null=True),
    _int("delivery_cost"),
    _int("days_min", null=True),
    _int("days_max", null=True),
    sa.Column("estimated_delivery", sa.Date),
    sa.Column("delivered_date", sa.Date),
    _int("total"),
    _text("payment_method", null=True),
    _flag("paid"),
    _text("tracking_number", null=True),
    _text("cancel_reason", null=True),
    _text("warehouse", null=True),
    _int("version"),
    _touched(),
    sa.Index("ix_orders_phone", "customer_phone"),
)
order_items = sa.Table(
    "order_items",
    metadata,
    _key("order_id"),
    sa.Column("position", sa.Integer, primary_key=True),
    _text("product_id"),
    _int("quantity"),
    _int("price"),
    sa.CheckConstraint("quantity > 0", name="ck_order_items_some"),
)
order_history = sa.Table(
    "order_history",
    metadata,
    _key("order_id"),
    sa.Column("position", sa.Integer, primary_key=True),
    _text("status"),
    _when("at"),
)
bookings = sa.Table(
    "bookings",
    metadata,
    _key("id"),
    _text("station_id"),
    sa.Column("date", sa.Date, nullable=False),
    _text("time"),
    _text("service_type"),
    _text("customer_name"),
    _text("customer_phone"),
    _text("vehicle_info", null=True),
    _text("vehicle_class"),
    _int("tire_diameter", null=True),
    _text("plate", null=True),
    _text("linked_order_id", null=True),
    _text("notes", null=True),
    _text("source", null=True),
    _text("call_id", null=True),
    _int("price"),
    _int("duration_min"),
    _text("status"),
    _int("version"),
    _touched(),
    sa.Index("ix_bookings_slot", "station_id", "date", "time"),
    sa.Index("ix_bookings_phone", "customer_phone"),
)
callbacks = sa.Table(
    "callbacks",
    metadata,
    _key("id"),
    _text("phone"),
    _text("preferred_time", null=True),
    _text("topic", null=True),
    _text("call_id", null=True),
    _when("created_at"),
)
sms = sa.Table(
    "sms",
    metadata,
    _key("id"),
    _text("phone"),
    _text("text"),
    _text("order_id", null=True),
    _when("created_at"),
)
idempotency = sa.Table(
    "idempotency",
    metadata,
    _key("key"),
    _text("request"),
    _int("status"),
    sa.Column("body", sa.JSON(none_as_null=True)),  # not JSONB: a repeated answer keeps its order
    _when("created_at"),
)

MUTABLE = (stock, orders, order_items, order_history, bookings)  # restored from the seed schema
GROWING = (callbacks, sms, idempotency)  # empty in the seed
