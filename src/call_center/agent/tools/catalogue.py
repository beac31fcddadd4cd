"""The catalogue tools: sizes of a car, search, availability of an option.

A search that finds nothing is widened one wish at a time (studs, budget, brand, season) and says which wish it gave
up; a size that is nowhere in stock says when more comes, if the shop knows. Errors of the shop pass through as
`StoreError`.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import Field

from call_center.agent.tools.names import best_named
from call_center.agent.tools.ranking import pick
from call_center.agent.tools.registry import Arguments, Tool, ToolContext
from call_center.agent.tools.shop import Filters, Tyre

Season = Literal["summer", "winter", "all_season"]
USUAL_QUANTITY = 4
NEAREST = 2  # so that "there is none, but there is" stays within 35 words
_SIZE = re.compile(r"^(\d{3})/(\d{2,3}) ?R(\d{2})(C?)$")


class VehicleArguments(Arguments):
    """A car of a given year."""

    make: Annotated[str, Field(min_length=1, max_length=40)]
    model: Annotated[str, Field(min_length=1, max_length=40)]
    year: Annotated[int, Field(ge=1950, le=2100)]


class SearchArguments(Arguments):
    """Tyres of one size and season; the rest narrows. Prices in UAH a tyre."""

    size: Annotated[
        str, Field(pattern=_SIZE.pattern, description="205/55 R16, C at the end for light trucks")
    ]
    season: Season
    brand: Annotated[str, Field(max_length=40)] | None = None
    model: (
        Annotated[str, Field(max_length=80, description="the tyre's model as the caller said it")] | None
    ) = None
    max_price: Annotated[int, Field(gt=0)] | None = None
    min_price: Annotated[int, Field(ge=0)] | None = None
    studded: bool | None = None
    commercial: bool | None = None
    run_flat: bool | None = None
    quantity: int | None = None
    exclude: list[str] | None = None
    order: Literal["spread", "cheapest", "dearest"] = "spread"
    exact: Annotated[bool, Field(description="give up no wish when nothing fits")] = False


class AvailabilityArguments(Arguments):
    """An option that was offered in this call."""

    option: Annotated[str, Field(pattern=r"^o\d{1,3}$")]
    quantity: int | None = None
    city: Annotated[str, Field(max_length=60)] | None = None


async def get_vehicle_tire_sizes(context: ToolContext, args: VehicleArguments) -> dict[str, Any]:
    """OEM sizes of a car; an unknown car gives none."""
    found = await context.shop.car_sizes(args.make, args.model, args.year)
    car = {"make": args.make, "model": args.model, "year": args.year}
    if found is None:
        return {**car, "sizes": [], "staggered": False}
    return {**car, "sizes": list(found.sizes), "staggered": found.staggered}


async def search_tires(context: ToolContext, args: SearchArguments) -> dict[str, Any]:
    """At most three options, or the nearest there is, or none."""
    size = _SIZE.match(args.size)
    if size is None:  # the pattern of the argument model has let nothing else through
        raise ValueError(args.size)
    figures = (int(size[1]), int(size[2]), int(size[3]))
    shelf = [
        t for t in await context.shop.tyres(Filters(figures, args.season)) if _fits_van(t, args, size[4])
    ]
    excluded = {
        context.view.options[h]["product_id"] for h in args.exclude or () if h in context.view.options
    }
    quantity = args.quantity or USUAL_QUANTITY
    for relaxed in (None, "studded", "budget", "brand"):
        wanted = [t for t in shelf if t.id not in excluded and _wanted(t, args, relaxed)]
        options = pick(wanted, quantity, order="cheapest" if relaxed == "budget" else args.order)
        if options:
            total = len([t for t in wanted if t.stock > 0])
            return _result(context, options, total if relaxed is None else 0, relaxed)
        if args.exact:
            return _result(context, [], 0, None)
    if args.season != "all_season":
        other = await context.shop.tyres(Filters(figures, "all_season", in_stock=True))
        options = pick([t for t in other if _fits_van(t, args, size[4])], quantity)
        if options:
            return _result(context, options, 0, "season")
    coming = await context.shop.availability(shelf[0].id) if shelf else None
    return {**_result(context, [], 0, None), "next_delivery": coming.next_delivery if coming else None}


def _fits_van(tyre: Tyre, args: SearchArguments, van: str) -> bool:
    if args.commercial is None and not van:
        return True
    return tyre.commercial is (args.commercial if args.commercial is not None else True)


def _wanted(tyre: Tyre, args: SearchArguments, relaxed: str | None) -> bool:
    level = (None, "studded", "budget", "brand").index(relaxed)
    checks = [
        args.min_price is None or tyre.price >= args.min_price,
        level >= 1 or args.studded is None or tyre.studded is args.studded,
        level >= 1 or args.run_flat is None or tyre.run_flat is args.run_flat,
        level >= 2 or args.max_price is None or tyre.price <= args.max_price,
        level >= 3 or args.brand is None or tyre.brand.casefold() == args.brand.casefold(),
    ]
    return all(checks)


def _result(context: ToolContext, options: list[Tyre], total: int, relaxed: str | None) -> dict[str, Any]:
    options = options[:NEAREST] if relaxed else options
    handles = {o["product_id"]: handle for handle, o in context.view.options.items()}
    shown = []
    for tyre in options:
        handle = handles.setdefault(tyre.id, f"o{len(handles) + 1}")
        facts = asdict(tyre)
        facts["product_id"] = facts.pop("id")
        shown.append({"handle": handle, **facts})
    return {"options": shown, "total": total, "relaxed": relaxed}


async def search_by_model(context: ToolContext, args: SearchArguments) -> dict[str, Any]:
    """`search_tires`, narrowed to the model that the caller named when the catalogue has one like it."""
    if not args.model or not args.brand:
        return await search_tires(context, args)
    size = _SIZE.match(args.size)
    if size is None:  # see search_tires
        raise ValueError(args.size)
    figures = (int(size[1]), int(size[2]), int(size[3]))
    shelf = await context.shop.tyres(Filters(figures, args.season, brand=args.brand))
    named = best_named(args.model, {t.id: t.model for t in shelf if _fits_van(t, args, size[4])})
    hits = [t for t in shelf if t.id in named and _wanted(t, args, "studded")]
    options = pick(hits, args.quantity or USUAL_QUANTITY)
    if not options:
        return await search_tires(context, args)
    return _result(context, options, len(hits), None)


async def check_availability(context: ToolContext, args: AvailabilityArguments) -> dict[str, Any]:
    """Pieces of an option in all and by city, and when more comes."""
    product = context.view.options[args.option]["product_id"]
    found = await context.shop.availability(product)
    places = [{"city": p.city, "quantity": p.quantity} for p in found.places]
    result: dict[str, Any] = {
        "handle": args.option,
        "total_quantity": found.total,
        "places": sorted((p for p in places if p["quantity"]), key=lambda p: -int(str(p["quantity"]))),
        "next_delivery": found.next_delivery,
        "enough": args.quantity is None or found.total >= args.quantity,
    }
    if args.city is not None:
        result["city_quantity"] = sum(p.quantity for p in found.places if p.city == args.city)
    return result


CATALOGUE_TOOLS = (
    Tool(
        "get_vehicle_tire_sizes",
        VehicleArguments,
        get_vehicle_tire_sizes,
        "OEM tyre sizes of a car of a year",
    ),
    Tool("search_tires", SearchArguments, search_by_model, "up to three tyres of a size and season"),
    Tool("check_availability", AvailabilityArguments, check_availability, "stock of an option, by city"),
)
