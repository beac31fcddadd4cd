"""Orders in the demo store: exactly once, never more than there is, never other than agreed."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.demo_store.conftest import Shop

pytestmark = pytest.mark.integration
PHONE = "+380990005555"


def test_confirmed_order_takes_stock_once(shop: Shop) -> None:
    """A confirmation moves exactly the goods of the order out of one warehouse."""
    product, _ = shop.some(8, 60)
    assert shop.confirm(shop.draft(product)).status_code == 200
    changes = shop.changes()
    assert [order["status"] for order in changes["orders"]] == ["confirmed"]
    assert [row["was"] - row["now"] for row in changes["stock"]] == [4]


def test_same_key_at_once_has_one_effect(shop: Shop) -> None:
    """Ten racing requests of one intent make one order and get one answer."""
    product, _ = shop.some(8, 60)
    key = str(uuid.uuid4())
    body = {"customer_phone": PHONE, "items": [{"product_id": product, "quantity": 2}]}
    answers = shop.together([lambda: shop.send("POST", "/orders", body, key)] * 10)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(shop.changes()["orders"]) == 1


def test_same_key_confirms_once(shop: Shop) -> None:
    """A repeated confirmation takes no more stock and sends no second answer of another kind."""
    product, _ = shop.some(8, 60)
    draft, key = shop.draft(product), str(uuid.uuid4())
    answers = shop.together([lambda: shop.confirm(draft, key)] * 10)
    assert {answer.status_code for answer in answers} == {200}
    assert [row["was"] - row["now"] for row in shop.changes()["stock"]] == [4]


def test_same_key_with_another_body_is_refused(shop: Shop) -> None:
    """A key belongs to one request."""
    key = str(uuid.uuid4())
    assert shop.send("POST", "/callbacks", {"phone": PHONE}, key).status_code == 201
    assert shop.send("POST", "/callbacks", {"phone": "+380990005556"}, key).status_code == 422
    assert len(shop.changes()["callbacks"]) == 1


def test_answer_lost_on_the_way_is_given_again(shop: Shop) -> None:
    """The connection breaks after the work: the same key gets the result, and there is one order."""
    product, _ = shop.some(8, 60)
    draft, key = shop.draft(product), str(uuid.uuid4())
    shop.fault(kind="lost_answer", path="/confirm", times=1)
    with pytest.raises(Exception, match="reset"):
        shop.confirm(draft, key)
    assert shop.confirm(draft, key).status_code == 200
    assert [row["was"] - row["now"] for row in shop.changes()["stock"]] == [4]


def test_last_tyres_are_sold_once(shop: Shop) -> None:
    """With sets for few in a warehouse and many buyers at once, no more is sold than there is anywhere."""
    product, _ = shop.some(5, 9)
    where = shop.get(f"/tires/{product}/availability")["locations"]
    sets = sum(place["quantity"] // 4 for place in where)
    drafts = [shop.draft(product, phone=f"+3809900077{n:02d}") for n in range(sets + 4)]
    answers = shop.together([lambda draft=draft: shop.confirm(draft) for draft in drafts])  # type: ignore[misc]
    sold = [answer for answer in answers if answer.status_code == 200]
    refused = [answer.json()["error"]["code"] for answer in answers if answer.status_code == 409]
    assert len(sold) == sets
    assert len(sold) + len(refused) == len(drafts)
    assert set(refused) <= {"stock_gone", "split_stock"}
    assert all(row["now"] >= 0 for row in shop.changes()["stock"])


def test_cancelled_order_puts_stock_back(shop: Shop) -> None:
    """What was taken returns to the warehouse it came from."""
    product, _ = shop.some(8, 60)
    draft = shop.draft(product)
    shop.confirm(draft)
    assert shop.send("POST", f"/orders/{draft['id']}/cancel", {"reason": "передумав"}).status_code == 200
    assert shop.changes()["stock"] == []


def test_other_total_or_version_binds_nobody(shop: Shop) -> None:
    """A confirmation of something else than the draft is 409 changed and tells what the draft is."""
    product, _ = shop.some(8, 60)
    draft = shop.draft(product)
    for wrong in ({"total": draft["total"] - 1}, {"version": draft["version"] - 1}):
        answer = shop.confirm({**draft, **wrong})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (409, "changed")
        assert (error["total"], error["version"]) == (draft["total"], draft["version"])
    assert shop.changes()["stock"] == []


def test_goods_of_two_warehouses_are_split_stock(shop: Shop) -> None:
    """Enough in all but not in one: 409 tells what each warehouse has."""
    product, most = shop.some(2, 3)
    total = shop.get(f"/tires/{product}/availability")["total_quantity"]
    order = {"customer_phone": PHONE, "items": [{"product_id": product, "quantity": min(most + 1, total)}]}
    if total == most:
        order["items"] = [{"product_id": product, "quantity": total + 1}]
    answer = shop.send("POST", "/orders", order)
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == ("stock_gone" if total == most else "split_stock")
    assert error.get("locations") or error.get("items")


def test_delivery_is_free_from_the_threshold_but_never_by_courier(shop: Shop) -> None:
    """12,000 UAH and four tyres make branch and shop free; a courier is always paid."""
    ask = {"city": "Львів", "quantity": 4}
    costs = {
        (method, total): shop.get("/delivery/calculate", method=method, order_total=total, **ask)["cost"]
        for method in ("nova_poshta_branch", "courier")
        for total in (11999, 12000)
    }
    assert costs["nova_poshta_branch", 11999] == 600
    assert costs["nova_poshta_branch", 12000] == 0
    assert costs["courier", 12000] == costs["courier", 11999] == 880


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ({"method": "courier", "city": "Херсон", "address": "вул. Миру, 1"}, 422),
        ({"method": "courier", "city": "Львів"}, 422),
        ({"method": "nova_poshta_branch", "city": "Львів", "branch": "999"}, 422),
        ({"method": "own_shop", "city": "Ізмаїл"}, 422),
        ({"method": "own_shop", "city": "Львів"}, 422),
        ({"method": "courier", "city": "Атлантида", "address": "вул. Миру, 1"}, 404),
    ],
)
def test_impossible_delivery_is_refused(shop: Shop, place: dict[str, str], status: int) -> None:
    """No courier near the front, no shop where there is none, no guess among several shops."""
    product, _ = shop.some(8, 60)
    draft = shop.draft(product)
    assert shop.send("PATCH", f"/orders/{draft['id']}/delivery", place).status_code == status


@pytest.mark.parametrize("key", [None, "not-a-uuid"])
def test_change_without_a_key_is_refused(shop: Shop, key: str | None) -> None:
    """Nothing is changed by a request that could not be repeated safely."""
    headers = {"Idempotency-Key": key} if key else {}
    assert shop.http.post("/callbacks", json={"phone": PHONE}, headers=headers).status_code == 400
    assert shop.changes()["callbacks"] == []


@pytest.mark.parametrize("quantity", [0, -1, 100, 10_000, "чотири", 1.5])
def test_absurd_quantity_is_refused(shop: Shop, quantity: object) -> None:
    """Only 1 to 99 tyres of a kind."""
    product, _ = shop.some(8, 60)
    order = {"customer_phone": PHONE, "items": [{"product_id": product, "quantity": quantity}]}
    assert shop.send("POST", "/orders", order).status_code == 422


def test_reset_moves_the_days_of_the_seed(shop: Shop) -> None:
    """On any day tomorrow 09:00 at the busiest station is full, and the newest orders are of today."""
    shop.test.post("/_test/reset", json={"now": "2027-03-10T08:00:00+02:00"})
    day = shop.get("/fitting/stations/004107/slots", date_from="2027-03-11")["slots"][0]
    assert {time["time"]: time["available"] for time in day["times"]}["09:00"] is False
    newest = shop.get("/orders/search", status="draft", per_page=50)[0]
    assert newest["created_at"].startswith("2027-03-10")
