"""Plain HTTP to the demo store, as any program would speak it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from demo_store.process import StoreAddress

PARALLEL = 12


class Shop:
    """Calls of one store; every change gets a fresh idempotency key unless one is given."""

    def __init__(self, address: StoreAddress) -> None:
        self.http = httpx2.Client(
            base_url=f"{address.url}/api/v1",
            headers={"Authorization": f"Bearer {address.key}"},
            trust_env=False,
            timeout=20,
            limits=httpx2.Limits(max_connections=2 * PARALLEL),
        )
        self.test = httpx2.Client(base_url=address.test_url, trust_env=False, timeout=20)

    def get(self, path: str, **query: Any) -> Any:
        """Return the data of a successful GET."""
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def send(self, method: str, path: str, body: Any = None, key: str | None = None) -> httpx2.Response:
        """Make a change."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.http.request(method, path, json=body, headers=headers)

    def together(self, calls: list[Callable[[], httpx2.Response]]) -> list[httpx2.Response]:
        """Make many changes at once."""
        with ThreadPoolExecutor(PARALLEL) as pool:
            return [done.result() for done in [pool.submit(call) for call in calls]]

    def changes(self) -> Any:
        """Return what changed since the reset."""
        return self.test.get("/_test/changes").json()["data"]

    def fault(self, **fault: Any) -> None:
        """Make the store fail."""
        assert self.test.post("/_test/faults", json={"faults": [fault]}).status_code == 200

    def draft(self, product: str, quantity: int = 4, phone: str = "+380990005555") -> Any:
        """Make a draft with a delivery; returns id, total and version."""
        items = [{"product_id": product, "quantity": quantity}]
        made = self.send("POST", "/orders", {"customer_phone": phone, "items": items})
        assert made.status_code == 201, made.text
        order = made.json()["data"]["id"]
        place = {"method": "nova_poshta_branch", "city": "Львів", "branch": "4"}
        chosen = self.send("PATCH", f"/orders/{order}/delivery", place)
        assert chosen.status_code == 200, chosen.text
        return {"id": order, **chosen.json()["data"]}

    def confirm(self, draft: Any, key: str | None = None) -> httpx2.Response:
        """Confirm a draft as it was returned."""
        body = {
            "payment_method": "cod",
            "customer_name": "Олена",
            "expected_total": draft["total"],
            "version": draft["version"],
        }
        return self.send("POST", f"/orders/{draft['id']}/confirm", body, key)

    def some(self, least: int, most: int) -> tuple[str, int]:
        """Return a tyre, and how many the best stocked warehouse has of it, within bounds."""
        for page in range(1, 40):
            for tyre in self.get("/tires/search", in_stock="true", sort="price_asc", per_page=50, page=page):
                where = self.get(f"/tires/{tyre['id']}/availability")["locations"]
                if least <= where[0]["quantity"] <= most:
                    return tyre["id"], where[0]["quantity"]
        raise AssertionError("the data has no such tyre")


@pytest.fixture
def shop(fresh_store: StoreAddress) -> Iterator[Shop]:
    """The store as its seed has it."""
    opened = Shop(fresh_store)
    with opened.http, opened.test:
        yield opened
