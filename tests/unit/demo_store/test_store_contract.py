"""The committed contract document and the code are one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import demo_store
from demo_store.app import openapi_document

pytestmark = pytest.mark.unit
COMMITTED = Path(demo_store.__file__).parent / "openapi.json"
PATHS = {
    ("get", "/tires/search"),
    ("get", "/tires/{}"),
    ("get", "/tires/{}/availability"),
    ("get", "/vehicles/tires"),
    ("get", "/orders/search"),
    ("get", "/orders/{}"),
    ("post", "/orders"),
    ("patch", "/orders/{}/delivery"),
    ("post", "/orders/{}/confirm"),
    ("post", "/orders/{}/cancel"),
    ("get", "/delivery/calculate"),
    ("get", "/pickup-points"),
    ("get", "/fitting/stations"),
    ("get", "/fitting/stations/{}/slots"),
    ("post", "/fitting/bookings"),
    ("patch", "/fitting/bookings/{}"),
    ("delete", "/fitting/bookings/{}"),
    ("get", "/fitting/bookings"),
    ("get", "/fitting/prices"),
    ("post", "/callbacks"),
    ("get", "/callbacks"),
}


def test_committed_document_is_what_the_code_says() -> None:
    """After a change of the contract: python -m demo_store --openapi > src/demo_store/openapi.json."""
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == openapi_document()


def test_document_has_every_path_of_the_contract_and_no_other() -> None:
    """The test port is no part of it."""
    found = set()
    for path, methods in openapi_document()["paths"].items():
        plain = "/".join(
            "{}" if part.startswith("{") else part for part in path.removeprefix("/api/v1").split("/")
        )
        found |= {(method, plain) for method in methods}
    assert found == PATHS


def test_every_change_takes_an_idempotency_key() -> None:
    """POST, PATCH and DELETE declare the header; GET does not."""
    for path, methods in openapi_document()["paths"].items():
        for method, operation in methods.items():
            headers = {p["name"].lower() for p in operation.get("parameters", []) if p["in"] == "header"}
            assert ("idempotency-key" in headers) == (method != "get"), (method, path)
