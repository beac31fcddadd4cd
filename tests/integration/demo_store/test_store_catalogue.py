"""The catalogue of the demo store over HTTP."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from demo_store import seed

if TYPE_CHECKING:
    from tests.integration.demo_store.conftest import Shop

pytestmark = pytest.mark.integration


def rows() -> list[dict[str, str]]:
    """Return the tyres of the data file."""
    with (seed.DATA / "tyres.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_pages_hold_every_tyre_once(shop: Shop) -> None:
    """Walking the pages meets each tyre of the data exactly once."""
    first = shop.http.get("/tires/search", params={"per_page": 50}).json()
    pages = first["pagination"]["total_pages"]
    found = [t["id"] for n in range(1, pages + 1) for t in shop.get("/tires/search", per_page=50, page=n)]
    assert sorted(found) == sorted(row["id"] for row in rows())
    assert first["pagination"]["total"] == len(found)


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ({"width": 205, "profile": 55, "diameter": 16}, lambda t: t["size"] == "205/55 R16"),
        ({"season": "winter"}, lambda t: t["season"] == "winter"),
        ({"brand": "мішлен"}, lambda t: t["brand"] == "Michelin"),
        ({"brand": "MICHELIN"}, lambda t: t["brand"] == "Michelin"),
        ({"model": "x-ice"}, lambda t: "X-Ice" in t["model"]),
        ({"min_price": 2000, "max_price": 2500}, lambda t: 2000 <= t["price"] <= 2500),
        ({"in_stock": "true"}, lambda t: t["stock_quantity"] > 0 and t["in_stock"]),
        ({"in_stock": "false"}, lambda t: t["stock_quantity"] == 0 and not t["in_stock"]),
        ({"studded": "true"}, lambda t: t["studded"]),
        ({"studded": "false", "season": "winter"}, lambda t: not t["studded"]),
        ({"run_flat": "true"}, lambda t: t["run_flat"]),
        ({"commercial": "true"}, lambda t: t["size"].endswith("C")),
    ],
)
def test_filter_holds_for_all_it_finds(
    shop: Shop, query: dict[str, Any], holds: Callable[[dict[str, Any]], bool]
) -> None:
    """A filter finds something, and only what it asks for."""
    found = shop.get("/tires/search", per_page=50, **query)
    assert found
    assert all(map(holds, found))


def test_stock_is_what_the_data_has(shop: Shop) -> None:
    """Quantities by warehouse are those of the file; a commercial size is another product."""
    row = next(row for row in rows() if row["commercial"] == "true" and int(row["stock_kyiv"]) > 0)
    where = shop.get(f"/tires/{row['id']}/availability")
    assert {place["warehouse"]: place["quantity"] for place in where["locations"]} == {
        city: int(row[column]) for column, city in seed.WAREHOUSES.items() if int(row[column])
    }
    assert shop.get(f"/tires/{row['id']}")["size"].endswith("C")


@pytest.mark.parametrize(("sort", "sign"), [("price_asc", 1), ("price_desc", -1)])
def test_sorted_by_price(shop: Shop, sort: str, sign: int) -> None:
    """Prices rise or fall."""
    prices = [sign * tyre["price"] for tyre in shop.get("/tires/search", sort=sort, per_page=50)]
    assert prices == sorted(prices)


@pytest.mark.parametrize(
    ("make", "model", "year", "size"),
    [
        ("Skoda", "Octavia", 2018, "205/55 R16"),
        ("шкода", "октавія", 2018, "205/55 R16"),
        ("VAZ", "шістка", 1990, "175/70 R13"),
    ],
)
def test_vehicle_is_found_in_any_spelling(shop: Shop, make: str, model: str, year: int, size: str) -> None:
    """Latin, Cyrillic and nicknames lead to the factory sizes."""
    found = shop.get("/vehicles/tires", make=make, model=model, year=year, season="winter")
    assert size in found["vehicle"]["oem_sizes"]
    assert [group["size"] for group in found["recommended_tires"]] == found["vehicle"]["oem_sizes"]
    assert all(t["season"] == "winter" for group in found["recommended_tires"] for t in group["tires"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/vehicles/tires?make=Skoda&model=Octavia&year=1960", 404),
        ("/vehicles/tires?make=Skoda&model=Zzz&year=2018", 404),
        ("/vehicles/tires?make=Skoda&model=Octavia", 422),
        ("/tires/search?width=zzz", 422),
        ("/tires/search?with=205", 422),
        ("/tires/search?per_page=51", 422),
        ("/tires/search?page=0", 422),
        ("/tires/search?min_price=9&max_price=1", 422),
        ("/tires/search?brand=a%00b", 422),
        ("/tires/99999999", 404),
        ("/nowhere", 404),
    ],
)
def test_bad_question_is_told_why(shop: Shop, path: str, status: int) -> None:
    """Every refusal has a code, one line of message and the request id of its header."""
    answer = shop.http.get(path)
    error = answer.json()["error"]
    assert answer.status_code == status
    assert error["code"]
    assert error["message"]
    assert "\n" not in error["message"]
    assert error["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic abc", "Bearer"])
def test_only_the_key_opens(shop: Shop, header: str) -> None:
    """Without the right bearer key nothing is told."""
    answer = shop.http.get("/tires/search", headers={"Authorization": header})
    assert answer.status_code == 401
    assert "data" not in answer.json()


def test_request_id_of_the_caller_is_kept(shop: Shop) -> None:
    """One id goes through both logs; one that could break a log line does not."""
    kept = shop.http.get("/tires/search", headers={"X-Request-Id": "call-7f3a-turn-4"})
    odd = shop.http.get("/tires/search", headers={"X-Request-Id": "a b<script>"})
    assert kept.headers["X-Request-Id"] == "call-7f3a-turn-4"
    assert odd.headers["X-Request-Id"] != "a b<script>"
