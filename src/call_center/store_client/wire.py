"""Reading what came over the wire: envelopes, error codes, Retry-After. Pure; every bad answer is a `StoreError`."""

from __future__ import annotations

import datetime as dt
import email.utils
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from call_center.errors import StoreError

BAD_ANSWER = "bad_answer"
MAX_MESSAGE = 300
NAMES = {
    400: "bad_request",
    401: "unauthorized",
    404: "not_found",
    409: "conflict",
    422: "invalid",
    429: "busy",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer: `data` as JSON, `pagination` where there is one."""

    data: Any
    pagination: Mapping[str, Any]


def read_reply(status: int, body: bytes) -> Reply:
    """Return the payload of a 2xx answer. Raises `StoreError` for every other status and for what is no envelope."""
    if status == 204:
        return Reply(None, {})
    if not 200 <= status < 300:
        raise refusal(status, body)
    document = _parse(body)
    if document is None:
        raise bad_answer(f"status {status} without JSON (starts with {_shown(body)})", status)
    if "data" not in document:
        raise bad_answer(f'status {status} without the field "data"', status)
    pagination = document.get("pagination")
    return Reply(document["data"], pagination if isinstance(pagination, dict) else {})


def refusal(status: int, body: bytes) -> StoreError:
    """Return what an unsuccessful answer says; an HTML page or anything else still gives its status."""
    document = _parse(body) or {}
    error = document.get("error")
    if not isinstance(error, dict):
        error = {}
    code = error.get("code")
    message = error.get("message")
    named = code if isinstance(code, str) and code else NAMES.get(status, "unavailable")
    text = message if isinstance(message, str) and message else f"the store answered {status}"
    details = {k: v for k, v in error.items() if k not in {"code", "message", "request_id"}}
    return StoreError(text[:MAX_MESSAGE], code=named, status=status, details=details)


def bad_answer(what: str, status: int) -> StoreError:
    """Return the error for an answer that breaks the contract."""
    return StoreError(f"the store's answer breaks its contract: {what}", code=BAD_ANSWER, status=status)


def typed[T: BaseModel](model: type[T], data: Any) -> T:
    """Check `data` against `model`. Raises `StoreError` that names the first wrong field."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or model.__name__
        raise bad_answer(f"{where}: {first['msg']}", 200) from error


def retry_after(value: str | None, now: dt.datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for (number or HTTP date, RFC 9110 10.2.3), or None."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) < 9:
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - now).total_seconds())


def query(values: Mapping[str, str | int | bool | dt.date | None]) -> dict[str, str]:
    """Return what was given as query text; booleans are true and false, dates ISO 8601."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if value is not None
    }


def segment(identifier: str) -> str:
    """Return an id as one segment of a path."""
    return quote(identifier, safe="")


def _parse(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):  # also bytes that are not UTF-8
        return None
    return document if isinstance(document, dict) else None


def _shown(body: bytes) -> str:
    return repr(body[:40].decode("utf-8", "replace"))
