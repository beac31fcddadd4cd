"""Envelopes and the field types that every part of the contract shares."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from demo_store.clock import KYIV


def _printable(text: str) -> str:
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
        raise ValueError("control characters are not allowed")
    if any(0xD800 <= ord(sign) <= 0xDFFF for sign in text):
        raise ValueError("half of a surrogate pair is not allowed")
    return text


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable)
]
LongText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(_printable)
]
Phone = Annotated[
    str, StringConstraints(pattern=r"^\+380[0-9]{9}$"), Field(description="E.164, +380 and nine digits")
]
Moment = Annotated[
    dt.datetime,
    AfterValidator(lambda moment: moment.astimezone(KYIV)),
    Field(description="with Kyiv's offset"),
]
Money = Annotated[int, Field(ge=0, description="whole UAH")]
Season = Literal["summer", "winter", "all_season"]
VehicleClass = Literal["passenger", "suv", "van"]
ServiceType = Literal["tire_change", "balancing", "full_service"]
DeliveryMethod = Literal["own_shop", "nova_poshta_branch", "courier"]
PaymentMethod = Literal["cod", "card_on_delivery", "online"]
OrderStatus = Literal["draft", "confirmed", "shipped", "delivering", "delivered", "cancelled"]


class Request(BaseModel):
    """Base of query and body models: an unknown name is an error, so that a misspelt filter is never ignored."""

    model_config = ConfigDict(extra="forbid")


class Pagination(BaseModel):
    """Which page this is; `total_pages` is 0 when nothing was found."""

    page: int
    per_page: int
    total: int
    total_pages: int


class Data[T](BaseModel):
    """A successful answer."""

    data: T


class Page[T](BaseModel):
    """A successful answer with one page of a list."""

    data: list[T]
    pagination: Pagination


class ErrorBody(BaseModel):
    """What went wrong; some codes carry more fields (`split_stock`: what each warehouse has)."""

    model_config = ConfigDict(extra="allow")
    code: str
    message: str
    request_id: str


class Problem(BaseModel):
    """An unsuccessful answer."""

    error: ErrorBody


class Paged(Request):
    """Paging of a list; at most 50 a page."""

    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=50)] = 20


def pagination(asked: Paged, total: int) -> Pagination:
    """Describe the page that was asked for out of `total` rows."""
    return Pagination(
        page=asked.page, per_page=asked.per_page, total=total, total_pages=-(-total // asked.per_page)
    )
