"""The shape of `expect` and `faults`: a misspelt key must be an error, for as a check it could not fail. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Some = str | int | list[str | int] | None
"""A value, or a list: one of these."""


class _Listed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Item(_Listed):
    """One line of an order."""

    size: Some = None
    season: Some = None
    brand: Some = None
    model: str | None = None
    quantity: Some = None


class Delivery(_Listed):
    """Where an order goes."""

    type: Literal["delivery", "pickup"] | None = None
    city: Some = None
    branch: Some = None
    address: str | None = None
    pickup_point: Some = None


class Order(_Listed):
    """An order added to the store."""

    status: Some = None
    phone: Some = None
    name: str | None = None
    items: list[Item] | None = None
    delivery: Delivery | None = None
    payment: Some = None
    max_total: int | None = None


class Booking(_Listed):
    """A booking added, moved or cancelled."""

    status: Some = None
    phone: Some = None
    station: Some = None
    date: Some = None
    time: Some = None
    service: Some = None
    diameter: Some = None
    name: str | None = None


class Transfer(_Listed):
    """A call handed to a person."""

    reason: Some = None


class Callback(_Listed):
    """A wish to be called back."""

    phone: Some = None


class Tools(_Listed):
    """Tool names; `a|b` is either."""

    must: list[str] = Field(default_factory=list)
    never: list[str] = Field(default_factory=list)


class Agent(_Listed):
    """Patterns over the agent's turns."""

    says: list[str] = Field(default_factory=list)
    never: list[str] = Field(default_factory=list)


class Variant(_Listed):
    """Expectations that may replace those of the base."""

    orders: list[Order] | None = None
    bookings: list[Booking] | None = None
    moved_bookings: list[Booking] | None = None
    cancelled_bookings: list[Booking] | None = None
    transfers: list[Transfer] | None = None
    callbacks: list[Callback] | None = None
    tools: Tools | None = None
    agent: Agent | None = None
    max_turns: Annotated[int, Field(ge=1)] | None = None


class Expect(Variant):
    """Everything that a scenario may expect."""

    any_of: list[Variant] | None = None


class StoreFault(_Listed):
    """A fault of the store's test port; `after_turn`: from the caller's turn after this one on."""

    kind: Literal["latency", "429", "500", "503", "hang", "reset", "html", "cut_json", "lost_answer"] = (
        "latency"
    )
    path: str = ""
    method: str | None = None
    times: Annotated[int, Field(ge=1)] | None = None
    latency_ms: Annotated[int, Field(ge=0)] = 0
    retry_after_s: Annotated[int, Field(ge=0)] = 1
    after_turn: Annotated[int, Field(ge=0)] | None = None


class Faults(_Listed):
    """What goes wrong in a call."""

    store: Literal["down"] | StoreFault | list[StoreFault] | None = None
    llm: Literal["down"] | None = None
    kill_worker_after_turn: Annotated[int, Field(ge=1)] | None = None


CHECKED: dict[str, type[BaseModel]] = {"expect": Expect, "faults": Faults}


def check(raw: dict[str, Any]) -> None:
    """Raise pydantic's `ValidationError` for what is no expectation and no fault; each names the place."""
    for name, shape in CHECKED.items():
        shape.model_validate(raw[name], strict=False)
