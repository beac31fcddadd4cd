"""Catalogue, orders, fitting; and the seed twins of the tables that change."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


TWINS = ("stock", "orders", "order_items", "order_history", "bookings")


def _catalogue() -> None:
    op.create_table(
        "brands",
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("spoken_uk", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("aliases", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("brand", name=op.f("pk_brands")),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )
    op.create_table(
        "makes",
        sa.Column("make", sa.Text(), nullable=False),
        sa.Column("spoken_uk", sa.Text(), nullable=False),
        sa.Column("aliases", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("make", name=op.f("pk_makes")),
    )
    op.create_table(
        "tyres",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("profile", sa.Integer(), nullable=False),
        sa.Column("diameter", sa.Integer(), nullable=False),
        sa.Column("season", sa.Text(), nullable=False),
        sa.Column("studded", sa.Boolean(), nullable=False),
        sa.Column("commercial", sa.Boolean(), nullable=False),
        sa.Column("load_index", sa.Text(), nullable=False),
        sa.Column("speed_index", sa.Text(), nullable=False),
        sa.Column("xl", sa.Boolean(), nullable=False),
        sa.Column("run_flat", sa.Boolean(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("rating", sa.Float(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("noise_db", sa.Integer(), nullable=True),
        sa.Column("fuel_class", sa.Text(), nullable=True),
        sa.Column("wet_class", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tyres")),
    )
    op.create_index("ix_tyres_size", "tyres", ["width", "profile", "diameter"], unique=False)
    op.create_table(
        "vehicles",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("make", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("vehicle_class", sa.Text(), nullable=False),
        sa.Column("popularity", sa.Integer(), nullable=False),
        sa.Column("aliases", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("generations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicles")),
    )


def _stock_and_places() -> None:
    op.create_table(
        "cities",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("delivery_class", sa.Text(), nullable=False),
        sa.Column("has_warehouse", sa.Boolean(), nullable=False),
        sa.Column("has_pickup", sa.Boolean(), nullable=False),
        sa.Column("has_fitting", sa.Boolean(), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cities")),
    )
    op.create_table(
        "delivery_terms",
        sa.Column("city_class", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("per_tyre", sa.Integer(), nullable=False),
        sa.Column("days_min", sa.Integer(), nullable=False),
        sa.Column("days_max", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("city_class", "method", name=op.f("pk_delivery_terms")),
    )
    op.create_table(
        "pickup_points",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("max_weight_kg", sa.Integer(), nullable=True),
        sa.Column("free_storage_days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickup_points")),
    )
    op.create_table(
        "stock",
        sa.Column("tyre_id", sa.Text(), nullable=False),
        sa.Column("warehouse", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name="ck_stock_not_negative"),
        sa.PrimaryKeyConstraint("tyre_id", "warehouse", name=op.f("pk_stock")),
    )


def _stations() -> None:
    op.create_table(
        "fitting_prices",
        sa.Column("diameter", sa.Integer(), nullable=False),
        sa.Column("vehicle_class", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("price_per_wheel", sa.Integer(), nullable=False),
        sa.Column("price_per_set", sa.Integer(), nullable=False),
        sa.Column("duration_min", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("diameter", "vehicle_class", "service", name=op.f("pk_fitting_prices")),
    )
    op.create_table(
        "stations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("landmarks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("working_hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("services", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("excluded_dates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stations")),
    )


def _bookings() -> None:
    op.create_table(
        "bookings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("time", sa.Text(), nullable=False),
        sa.Column("service_type", sa.Text(), nullable=False),
        sa.Column("customer_name", sa.Text(), nullable=False),
        sa.Column("customer_phone", sa.Text(), nullable=False),
        sa.Column("vehicle_info", sa.Text(), nullable=True),
        sa.Column("vehicle_class", sa.Text(), nullable=False),
        sa.Column("tire_diameter", sa.Integer(), nullable=True),
        sa.Column("plate", sa.Text(), nullable=True),
        sa.Column("linked_order_id", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("duration_min", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("touched", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index("ix_bookings_phone", "bookings", ["customer_phone"], unique=False)
    op.create_index("ix_bookings_slot", "bookings", ["station_id", "date", "time"], unique=False)


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_name", sa.Text(), nullable=False),
        sa.Column("customer_phone", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("subtotal", sa.Integer(), nullable=False),
        sa.Column("delivery_method", sa.Text(), nullable=True),
        sa.Column("delivery_city", sa.Text(), nullable=True),
        sa.Column("delivery_address", sa.Text(), nullable=True),
        sa.Column("pickup_point_id", sa.Text(), nullable=True),
        sa.Column("delivery_cost", sa.Integer(), nullable=False),
        sa.Column("days_min", sa.Integer(), nullable=True),
        sa.Column("days_max", sa.Integer(), nullable=True),
        sa.Column("estimated_delivery", sa.Date(), nullable=True),
        sa.Column("delivered_date", sa.Date(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("payment_method", sa.Text(), nullable=True),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("warehouse", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("touched", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("order_number"),
    )
    op.create_index("ix_orders_phone", "orders", ["customer_phone"], unique=False)


def _order_parts() -> None:
    op.create_table(
        "order_history",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_order_history")),
    )
    op.create_table(
        "order_items",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_order_items_some"),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_order_items")),
    )


def _records() -> None:
    op.create_table(
        "callbacks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("preferred_time", sa.Text(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "sms",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms")),
    )


def upgrade() -> None:
    op.execute("CREATE SEQUENCE order_numbers START 2650001")
    _catalogue()
    _stock_and_places()
    _stations()
    _bookings()
    _orders()
    _order_parts()
    _records()
    seed = f"{context.config.attributes['schema']}_seed"
    for table in TWINS:
        op.execute(f"CREATE TABLE {seed}.{table} (LIKE {table} INCLUDING ALL)")


def downgrade() -> None:
    seed = f"{context.config.attributes['schema']}_seed"
    for table in TWINS:
        op.execute(f"DROP TABLE {seed}.{table}")
    op.execute("DROP SEQUENCE order_numbers")
    op.drop_table("vehicles")
    op.drop_index("ix_tyres_size", table_name="tyres")
    op.drop_table("tyres")
    op.drop_table("stock")
    op.drop_table("stations")
    op.drop_table("sms")
    op.drop_table("pickup_points")
    op.drop_index("ix_orders_phone", table_name="orders")
    op.drop_table("orders")
    op.drop_table("order_items")
    op.drop_table("order_history")
    op.drop_table("makes")
    op.drop_table("idempotency")
    op.drop_table("fitting_prices")
    op.drop_table("facts")
    op.drop_table("delivery_terms")
    op.drop_table("cities")
    op.drop_table("callbacks")
    op.drop_table("brands")
    op.drop_index("ix_bookings_slot", table_name="bookings")
    op.drop_index("ix_bookings_phone", table_name="bookings")
    op.drop_table("bookings")
