"""/tires and /vehicles."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from demo_store import catalogue
from demo_store.contract import catalogue as model
from demo_store.contract.common import Data, Page
from demo_store.state import Current, Reading

router = APIRouter(tags=["catalogue"])
TyreId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_.-]+$")]


@router.get("/tires/search")
async def search_tires(
    asked: Annotated[model.TyreSearch, Query()], store: Current, connection: Reading
) -> Page[model.Tyre]:
    """Find tyres by size, season, brand, price and properties."""
    return await catalogue.search(connection, store.names, asked)


@router.get("/tires/{tyre_id}")
async def get_tire(tyre_id: TyreId, store: Current, connection: Reading) -> Data[model.TyreDetail]:
    """Everything about one tyre."""
    return Data(data=await catalogue.tyre(connection, store.names, tyre_id))


@router.get("/tires/{tyre_id}/availability")
async def get_availability(tyre_id: TyreId, store: Current, connection: Reading) -> Data[model.Availability]:
    """How many there are, in which warehouse, from which day."""
    return Data(data=await catalogue.availability(connection, tyre_id, store.clock.now()))


@router.get("/vehicles/tires")
async def get_vehicle_tires(
    asked: Annotated[model.VehicleQuery, Query()], store: Current, connection: Reading
) -> Data[model.VehicleTyres]:
    """The sizes a vehicle left the factory with, and tyres of these sizes."""
    return Data(data=await catalogue.vehicle_tyres(connection, store.names, asked))
