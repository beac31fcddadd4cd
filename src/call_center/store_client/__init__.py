"""The shop's Store API as typed calls, with time-outs, retries and a breaker. Raises `StoreError` and nothing else."""

from call_center.store_client.breaker import Breaker, State
from call_center.store_client.client import StoreClient
from call_center.store_client.models import (
    Availability,
    Location,
    SizeTyres,
    Tyre,
    TyreDetail,
    TyrePage,
    Vehicle,
    VehicleSizes,
)
from call_center.store_client.transport import Observation, Transport

__all__ = [
    "Availability",
    "Breaker",
    "Location",
    "Observation",
    "SizeTyres",
    "State",
    "StoreClient",
    "Transport",
    "Tyre",
    "TyreDetail",
    "TyrePage",
    "Vehicle",
    "VehicleSizes",
]
