"""Questions to the catalogue: searching tyres, where they are, what a vehicle takes. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from demo_store import tables as t
from demo_store.contract import catalogue as model
from demo_store.contract import common
from demo_store.database import rows_of
from demo_store.errors import ApiError, not_found
from demo_store.matching import Size, VehicleEntry, Vehicles, fold, generations_of, names_of, sizes_of

CUT_OFF_HOUR = 15  # delivery.json, rules.cut_off_time: what is ordered later leaves on the next day
SUNDAY = 6
SET = 4  # tyres a car usually needs
PER_SIZE = 12  # tyres shown for one size of a vehicle
ON_HAND = (
    sa.select(t.stock.c.tyre_id, sa.func.sum(t.stock.c.quantity).label("quantity"))
    .group_by(t.stock.c.tyre_id)
    .subquery("on_hand")
)
QUANTITY = sa.func.coalesce(ON_HAND.c.quantity, 0)
TYRES = sa.select(t.tyres, QUANTITY.label("stock_quantity")).join(
    ON_HAND, ON_HAND.c.tyre_id == t.tyres.c.id, isouter=True
)
# What sells: a whole set on hand, well rated, plenty of it. The id makes every order total, so pages never overlap.
POPULAR = (
    (QUANTITY >= SET).desc(),
    (QUANTITY > 0).desc(),
    t.tyres.c.rating.desc(),
    QUANTITY.desc(),
    t.tyres.c.price,
    t.tyres.c.id,
)
SORTS: Mapping[str, tuple[Any, ...]] = {
    "popularity": POPULAR,
    "price_asc": (t.tyres.c.price, t.tyres.c.id),
    "price_desc": (t.tyres.c.price.desc(), t.tyres.c.id),
}


class Names:
    """The names of the catalogue, read once at start: they do not change while the store runs."""

    def __init__(
        self, brands: Iterable[Mapping[str, Any]], vehicles: Vehicles, entries: list[VehicleEntry]
    ) -> None:
        self.brands = {
            spelling: str(row["brand"])
            for row in brands
            for spelling in names_of(row["brand"], (row["spoken_uk"], *row["aliases"]))
        }
        self.vehicles = vehicles
        self.fitted: dict[Size, list[model.CompatibleVehicle]] = {}
        for entry in entries:
            for generation in entry.row["generations"]:
                for size in map(Size.parse, sizes_of(generation)):
                    self.fitted.setdefault(size, []).append(_compatible(entry, generation))

    @classmethod
    async def load(cls, connection: AsyncConnection) -> Names:
        """Read brands and vehicles."""
        brands = await rows_of(connection, sa.select(t.brands))
        makes = await rows_of(connection, sa.select(t.makes))
        by_popularity = sa.select(t.vehicles).order_by(t.vehicles.c.popularity.desc())
        vehicles = Vehicles(makes, await rows_of(connection, by_popularity))
        return cls(brands, vehicles, vehicles.entries)


def _compatible(entry: VehicleEntry, generation: Mapping[str, Any]) -> model.CompatibleVehicle:
    return model.CompatibleVehicle(
        make=entry.make,
        model=entry.model,
        generation=generation["name"],
        year_from=generation["year_from"],
        year_to=generation["year_to"],
    )


def tyre_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a tyre row as the fields of `model.Tyre`."""
    size = Size(row["width"], row["profile"], row["diameter"], row["commercial"])
    return {**row, "size": str(size), "in_stock": row["stock_quantity"] > 0}


async def search(
    connection: AsyncConnection, names: Names, asked: model.TyreSearch
) -> common.Page[model.Tyre]:
    """Find tyres; an unknown brand finds nothing."""
    query = TYRES.where(*_conditions(names, asked))
    total = await connection.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    page = query.order_by(*SORTS[asked.sort]).limit(asked.per_page).offset((asked.page - 1) * asked.per_page)
    tyres = [model.Tyre.model_validate(tyre_fields(row)) for row in await rows_of(connection, page)]
    return common.Page[model.Tyre](data=tyres, pagination=common.pagination(asked, total))


def _conditions(names: Names, asked: model.TyreSearch) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    for field in ("width", "profile", "diameter", "season", "studded", "run_flat", "commercial"):
        value = getattr(asked, field)
        if value is not None:
            conditions.append(t.tyres.c[field] == value)
    if asked.brand is not None:
        conditions.append(t.tyres.c.brand == names.brands.get(fold(asked.brand), ""))
    if asked.model is not None:
        conditions.append(t.tyres.c.model.icontains(asked.model, autoescape=True))
    if asked.min_price is not None:
        conditions.append(t.tyres.c.price >= asked.min_price)
    if asked.max_price is not None:
        conditions.append(t.tyres.c.price <= asked.max_price)
    if asked.in_stock is not None:
        conditions.append(QUANTITY > 0 if asked.in_stock else QUANTITY == 0)
    return conditions


async def tyre(connection: AsyncConnection, names: Names, tyre_id: str) -> model.TyreDetail:
    """Return one tyre. Raises 404."""
    rows = await rows_of(connection, TYRES.where(t.tyres.c.id == tyre_id))
    if not rows:
        raise not_found("tyre")
    row = rows[0]
    size = Size(row["width"], row["profile"], row["diameter"], row["commercial"])
    labels = model.Labels(noise_db=row["noise_db"], fuel_class=row["fuel_class"], wet_class=row["wet_class"])
    return model.TyreDetail.model_validate(
        {**tyre_fields(row), "labels": labels, "compatible_vehicles": names.fitted.get(size, [])}
    )


async def availability(connection: AsyncConnection, tyre_id: str, now: dt.datetime) -> model.Availability:
    """Return where a tyre is and from when. Raises 404."""
    known = await connection.scalar(sa.select(t.tyres.c.id).where(t.tyres.c.id == tyre_id))
    if known is None:
        raise not_found("tyre")
    rows = await connection.execute(
        sa.select(t.stock.c.warehouse, t.stock.c.quantity)
        .where(t.stock.c.tyre_id == tyre_id, t.stock.c.quantity > 0)
        .order_by(t.stock.c.quantity.desc(), t.stock.c.warehouse)
    )
    day = dispatch_day(now)
    locations = [
        model.Location(warehouse=row.warehouse, quantity=row.quantity, available_from=day) for row in rows
    ]
    total = sum(location.quantity for location in locations)
    return model.Availability(
        product_id=tyre_id, total_quantity=total, in_stock=total > 0, locations=locations, next_delivery=None
    )


def dispatch_day(now: dt.datetime) -> dt.date:
    """Return the day on which what is ordered `now` leaves: today before 15:00, never a Sunday."""
    day = now.date() if now.hour < CUT_OFF_HOUR else now.date() + dt.timedelta(days=1)
    return day + dt.timedelta(days=1) if day.weekday() == SUNDAY else day


async def vehicle_tyres(
    connection: AsyncConnection, names: Names, asked: model.VehicleQuery
) -> model.VehicleTyres:
    """Return the sizes of a vehicle and tyres for each. Raises 404 that says what is known."""
    entry = _one_vehicle(names, asked)
    generations = generations_of(entry.row, asked.year, asked.modification)
    if not generations:
        years = ", ".join(
            f"{g['year_from']}-{g['year_to'] or ''}".rstrip("-") for g in entry.row["generations"]
        )
        raise ApiError(
            404, "not_found", f"{entry.make} {entry.model} of {asked.year} is not known; known: {years}"
        )
    sizes = list(dict.fromkeys(size for g in generations for size in map(Size.parse, sizes_of(g))))
    found = await _tyres_of(connection, sizes, asked.season)
    return model.VehicleTyres(
        vehicle=model.Vehicle(
            make=entry.make,
            model=entry.model,
            year=asked.year,
            generations=[_generation(entry, g) for g in generations],
            oem_sizes=[str(size) for size in sizes],
        ),
        recommended_tires=[model.SizeTyres(size=str(size), is_oem=True, tires=found[size]) for size in sizes],
    )


def _one_vehicle(names: Names, asked: model.VehicleQuery) -> VehicleEntry:
    found = names.vehicles.find(asked.make, asked.model)
    made = [entry for entry in found if generations_of(entry.row, asked.year, None)]
    candidates = made or found
    if not candidates:
        known = names.vehicles.knows_make(asked.make)
        raise not_found(f"model {asked.model!r} of {asked.make}" if known else f"make {asked.make!r}")
    if len(candidates) > 1:
        several = ", ".join(f"{entry.make} {entry.model}" for entry in candidates)
        raise ApiError(404, "ambiguous", f"{asked.model!r} may be {several}")
    return candidates[0]


def _generation(entry: VehicleEntry, row: Mapping[str, Any]) -> model.Generation:
    return model.Generation(
        name=row["name"],
        year_from=row["year_from"],
        year_to=row["year_to"],
        vehicle_class=entry.row["vehicle_class"],
        sizes=[str(Size.parse(size)) for size in row["tyre_sizes"]],
        staggered=[
            model.Staggered(front=str(Size.parse(pair["front"])), rear=str(Size.parse(pair["rear"])))
            for pair in row["staggered"]
        ],
        bolt_pattern=row["bolt_pattern"],
    )


async def _tyres_of(
    connection: AsyncConnection, sizes: list[Size], season: str | None
) -> dict[Size, list[model.Tyre]]:
    wanted = sa.tuple_(t.tyres.c.width, t.tyres.c.profile, t.tyres.c.diameter, t.tyres.c.commercial)
    query = TYRES.where(wanted.in_([(s.width, s.profile, s.diameter, s.commercial) for s in sizes]))
    if season is not None:
        query = query.where(t.tyres.c.season == season)
    found: dict[Size, list[model.Tyre]] = {size: [] for size in sizes}
    for row in await rows_of(connection, query.order_by(*POPULAR)):
        size = Size(row["width"], row["profile"], row["diameter"], row["commercial"])
        if len(found[size]) < PER_SIZE:
            found[size].append(model.Tyre.model_validate(tyre_fields(row)))
    return found
