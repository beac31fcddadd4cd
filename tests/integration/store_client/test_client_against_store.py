"""The client against the real demo store and its faults."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from call_center.errors import ConfigError, StoreError
from call_center.store_client import Breaker, Observation, State, StoreClient
from demo_store.process import StoreAddress

pytestmark = pytest.mark.integration
TYRE = "00120013"


class Slept:
    """Takes the place of waiting; remembers for how long."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        """Wait for nothing."""
        self.seconds.append(seconds)


def fault(address: StoreAddress, **fault: Any) -> None:
    """Make the store fail."""
    url = f"{address.test_url}/_test/faults"
    httpx2.post(url, json={"faults": [fault]}, trust_env=False).raise_for_status()


def run[T](address: StoreAddress, scene: Callable[[StoreClient], Awaitable[T]], **transport: Any) -> T:
    """Run one scene with a client of the store."""

    async def inside() -> T:
        async with StoreClient(address.url, address.key, **transport) as client:
            return await scene(client)

    return asyncio.run(inside())


async def ask(client: StoreClient) -> Any:
    """Ask anything."""
    return await client.check_availability(TYRE)


def failure(address: StoreAddress, **transport: Any) -> StoreError:
    """Return what asking ends in."""
    with pytest.raises(StoreError) as caught:
        run(address, ask, **transport)
    return caught.value


def test_catalogue_calls_are_typed(fresh_store: StoreAddress) -> None:
    """Search, detail, availability and vehicle agree about one tyre."""

    async def scene(client: StoreClient) -> None:
        page = await client.search_tires(width=205, profile=55, diameter=16, season="winter", in_stock=True)
        tyre = page.tyres[0]
        detail = await client.get_tire(tyre.id)
        where = await client.check_availability(tyre.id)
        sizes = await client.get_vehicle_tire_sizes("шкода", "октавія", 2018, season="winter")
        assert page.total >= len(page.tyres) > 0
        assert (detail.price, detail.size) == (tyre.price, "205/55 R16")
        assert where.total_quantity == tyre.stock_quantity == sum(p.quantity for p in where.locations)
        assert "205/55 R16" in sizes.vehicle.oem_sizes

    run(fresh_store, scene)


@pytest.mark.parametrize("suffix", ["", "/", "/api/v1", "/api/v1/"])
def test_url_is_taken_with_and_without_base(fresh_store: StoreAddress, suffix: str) -> None:
    """Whatever form of the URL was configured leads to the API."""

    async def scene() -> int:
        async with StoreClient(fresh_store.url + suffix, fresh_store.key) as client:
            return (await client.check_availability(TYRE)).total_quantity

    assert asyncio.run(scene()) > 0


@pytest.mark.parametrize("url", ["", "shop.example", "ftp://shop.example", "http://", "http://a:b:c/"])
def test_wrong_url_is_a_setting_to_correct(url: str) -> None:
    """A URL that cannot work is told before the first call."""
    with pytest.raises(ConfigError, match="STORE_API_URL"):
        StoreClient(url, "key")


@pytest.mark.parametrize("kind", ["429", "503"])
def test_busy_store_is_asked_again_after_its_time(fresh_store: StoreAddress, kind: str) -> None:
    """Two refusals with Retry-After are waited out, the third attempt answers."""
    fault(fresh_store, kind=kind, times=2, retry_after_s=3)
    slept, seen = Slept(), list[Observation]()
    assert run(fresh_store, ask, sleep=slept, observe=seen.append).in_stock
    assert slept.seconds == [3.0, 3.0]
    assert [observation.attempts for observation in seen] == [3]


def test_third_refusal_is_the_answer(fresh_store: StoreAddress) -> None:
    """There are at most two retries."""
    fault(fresh_store, kind="503")
    slept = Slept()
    assert failure(fresh_store, sleep=slept).status == 503
    assert len(slept.seconds) == 2


def test_wait_beyond_the_deadline_is_not_begun(fresh_store: StoreAddress) -> None:
    """When Retry-After would outlast the turn the error comes at once."""
    fault(fresh_store, kind="503", retry_after_s=4)
    slept = Slept()

    async def scene(client: StoreClient) -> None:
        await client.check_availability(TYRE, deadline=time.monotonic() + 2)

    with pytest.raises(StoreError):
        run(fresh_store, scene, sleep=slept)
    assert slept.seconds == []


def test_fault_of_the_store_is_never_asked_again(fresh_store: StoreAddress) -> None:
    """A 500 may have had an effect: one attempt."""
    fault(fresh_store, kind="500")
    seen: list[Observation] = []
    assert failure(fresh_store, observe=seen.append).status == 500
    assert [observation.attempts for observation in seen] == [1]


@pytest.mark.parametrize(
    ("kind", "code"),
    [("html", "bad_answer"), ("cut_json", "bad_answer"), ("reset", "connection_lost"), ("hang", "timeout")],
)
def test_broken_answer_is_named(fresh_store: StoreAddress, kind: str, code: str) -> None:
    """HTML, cut JSON, a reset and silence are each told apart, in one line."""
    fault(fresh_store, kind=kind)
    error = failure(fresh_store, timeout_s=0.5)
    assert error.code == code
    assert "\n" not in str(error)


def test_nobody_listening_is_unavailable() -> None:
    """A refused connection is retried, then told."""
    slept, seen = Slept(), list[Observation]()
    nowhere = StoreAddress("http://127.0.0.1:1", "key", 0)
    error = failure(nowhere, sleep=slept, observe=seen.append)
    assert (error.code, error.status) == ("unavailable", 0)
    assert [observation.attempts for observation in seen] == [3]


def test_breaker_opens_and_asks_no_more(fresh_store: StoreAddress) -> None:
    """After five failures the shop is left alone, and one good trial after 30 s closes the breaker."""
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    seen: list[Observation] = []
    fault(fresh_store, kind="500", times=5)

    async def scene(client: StoreClient) -> list[str]:
        codes = []
        for _ in range(7):
            with pytest.raises(StoreError) as caught:
                await ask(client)
            codes.append(caught.value.code)
        now[0] = 30.0
        await ask(client)
        return codes

    codes = run(fresh_store, scene, breaker=breaker, observe=seen.append)
    assert codes == ["unavailable"] * 5 + ["breaker_open"] * 2
    assert breaker.state is State.CLOSED
    assert len(seen) == 6


def test_refusals_do_not_open_the_breaker(fresh_store: StoreAddress) -> None:
    """A shop that says no is a shop that works."""

    async def scene(client: StoreClient) -> State:
        for _ in range(10):
            with pytest.raises(StoreError, match="not found"):
                await client.get_tire("99999999")
        return client.transport.breaker.state

    assert run(fresh_store, scene) is State.CLOSED


def test_cancelled_request_is_no_failure(fresh_store: StoreAddress) -> None:
    """Callers who interrupt do not open the breaker."""
    fault(fresh_store, kind="hang")

    async def scene(client: StoreClient) -> State:
        for _ in range(6):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await ask(client)
        return client.transport.breaker.state

    assert run(fresh_store, scene) is State.CLOSED


def test_whole_order_and_booking(fresh_store: StoreAddress) -> None:
    """Draft, delivery, confirmation, fitting, move and cancellation through the typed calls, each intent sent twice."""

    async def scene(client: StoreClient) -> None:
        page = await client.search_tires(width=205, profile=55, diameter=16, season="winter", in_stock=True)
        key = [str(uuid.uuid4()) for _ in range(6)]
        phone = "+380990004444"
        for _ in range(2):
            draft = await client.create_order_draft(phone=phone, items=[(page.tyres[0].id, 4)], key=key[0])
            placed = await client.update_order_delivery(
                draft.id, method="nova_poshta_branch", city="Львів", branch="4", key=key[1]
            )
            order = await client.confirm_order(
                draft.id,
                payment_method="cod",
                customer_name="Олена",
                expected_total=placed.total,
                version=placed.version,
                key=key[2],
            )
        found = await client.search_orders(phone=phone)
        assert [(o.order_number, o.status) for o in found] == [(order.order_number, "confirmed")]
        whole = await client.get_order(order.id)
        assert whole.delivery is not None
        assert (whole.delivery.branch, whole.total) == ("4", 4 * page.tyres[0].price + placed.delivery.cost)
        station = (await client.get_fitting_stations(city="Львів"))[0]
        day = found[0].created_at.date().replace(day=26)
        slots = await client.get_fitting_slots(station.id, date_from=day)
        times = [t.time for t in slots.slots[0].times if t.available]
        for _ in range(2):
            booking = await client.book_fitting(
                station.id,
                date=day,
                time=times[0],
                service_type="full_service",
                phone=phone,
                name="Олена",
                tire_diameter=16,
                linked_order_id=order.id,
                key=key[3],
            )
            moved = await client.move_fitting(booking.id, date=day, time=times[1], key=key[4])
            await client.cancel_fitting(booking.id, key=key[5])
        assert moved.time == times[1]
        assert [b.status for b in await client.get_customer_bookings(phone=phone)] == ["cancelled"]

    run(fresh_store, scene)


def test_split_stock_tells_what_each_warehouse_has(fresh_store: StoreAddress) -> None:
    """The details of a refusal reach the caller of the client."""

    async def scene(client: StoreClient) -> None:
        for n in range(1, 40):
            page = await client.search_tires(in_stock=True, per_page=50, page=n)
            for tyre in page.tyres:
                where = (await client.check_availability(tyre.id)).locations
                if tyre.stock_quantity >= 4 and where[0].quantity < 4:
                    with pytest.raises(StoreError) as caught:
                        await client.create_order_draft(
                            phone="+380990004444", items=[(tyre.id, 4)], key=str(uuid.uuid4())
                        )
                    assert caught.value.code == "split_stock"
                    assert caught.value.details["locations"]
                    return
        raise AssertionError("the data has no such tyre")

    run(fresh_store, scene)
