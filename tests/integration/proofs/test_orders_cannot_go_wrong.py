"""The proofs of `make proof` at a small size: random calls, each guarantee taken out once, and three calls by hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from tests.proofs.call import Call, Said, Stop
from tests.proofs.caller import Wish
from tests.proofs.contract import check
from tests.proofs.invariants import broken
from tests.proofs.machine import WAY
from tests.proofs.runs import Tally, prove
from tests.proofs.sabotage import EXPECTED, SABOTAGES
from tests.proofs.world import World

from call_center.store_client.client import StoreClient
from demo_store.process import StoreAddress

pytestmark = [pytest.mark.integration, pytest.mark.proof]
RUNS, SABOTAGED_RUNS, SEED = 150, 300, 20261123
STATUSES = "SELECT status FROM orders WHERE call_id = %s ORDER BY order_number"


@pytest.fixture(scope="module")
def world(postgres_url: str, valkey_url: str) -> Iterator[World]:
    """A store, its tables and a Valkey."""
    with World(postgres_url, valkey_url) as opened:
        yield opened


def statuses(call: Call) -> list[str]:
    """Of every order of the call, oldest first."""
    return [row["status"] for row in call.world.rows(STATUSES, call.id)]


def on_the_way(world: World, steps: int = len(WAY)) -> Call:
    """A call that went so far to an order."""
    call = Call(world)
    for wishes in WAY[:steps]:
        call.turn(Said("так"), wishes)
    return call


def test_random_calls_make_no_duplicate_and_no_unagreed_effect(world: World) -> None:
    """Whatever callers, brains, processes, network and store do; and the runs really ordered and really died."""
    tally = Tally(world)
    assert prove(world, RUNS, SEED, tally=tally) == []
    assert tally.effects["orders confirmed"] > 5
    assert tally.effects["processes"] > RUNS


@pytest.mark.parametrize("name", sorted(SABOTAGES))
def test_without_a_guarantee_the_proof_fails(world: World, name: str) -> None:
    """Policy rule, idempotency key and lease are each needed, and the test would see it."""
    with SABOTAGES[name]():
        found = prove(world, SABOTAGED_RUNS, SEED, shrink=False)
    kinds = {line.split(":", 1)[0] for line in found}
    assert kinds & {EXPECTED[name], "duplicate", "unagreed", "stale", "mismatch"}, name


@pytest.mark.parametrize("gate", range(14))
@pytest.mark.parametrize("kind", ["kill", "freeze", "barge"])
def test_confirmation_stopped_anywhere_is_one_order_at_most(world: World, kind: str, gate: int) -> None:
    """Before the intent, before, during and after the request, before the answer is journalled."""
    call = on_the_way(world, len(WAY) - 1)
    call.stops = [Stop(kind, gate, tail_lost=True)]  # type: ignore[arg-type]  # a parameter is a str
    call.turn(Said("так"), WAY[-1])
    call.finish()
    assert broken(call) == []
    assert statuses(call) in (["confirmed"], ["cancelled"])


def test_address_there_and_back_is_three_changes(world: World) -> None:
    """A -> B -> A: the store has A, and the order that is confirmed is the one read back."""
    call = on_the_way(world, 2)
    for place in (0, 2, 0):
        call.turn(Said("так"), [Wish("deliver", place)])
    call.turn(Said("так"), [Wish("recite")])
    call.turn(Said("так"), [Wish("confirm")])
    call.finish()
    assert broken(call) == []
    assert statuses(call) == ["confirmed"]
    row = world.rows("SELECT version, delivery_method FROM orders WHERE call_id = %s", call.id)[0]
    assert (row["version"], row["delivery_method"]) == (5, "nova_poshta_branch")


def test_two_equal_orders_on_purpose_are_two_orders(world: World) -> None:
    """Each with a read-back and a yes of its own."""
    call = on_the_way(world)
    for wishes in WAY[1:]:
        call.turn(Said("так"), wishes)
    call.finish()
    assert broken(call) == []
    assert statuses(call) == ["confirmed", "confirmed"]


def test_yes_to_one_callback_allows_no_second_one(world: World) -> None:
    """Found by the random calls: a yes to something else in between does not renew it."""
    call = on_the_way(world, 1)
    call.turn(Said("слухаю"), [Wish("read_callback")])
    call.turn(Said("так"), [Wish("callback")])
    call.turn(Said("слухаю"), [Wish("callback_own"), Wish("callback")])
    call.finish()
    assert broken(call) == []


def test_booking_cancelled_and_made_again_is_three_changes(world: World) -> None:
    """Book -> cancel -> book of the same slot, each with the key of its own intent, each key sent twice."""
    slot = {
        "station_id": "004107", "date": "2026-11-26", "time": "12:00", "service_type": "full_service",
        "customer_phone": "+380990005555", "customer_name": "Олена", "tire_diameter": 16,
    }  # fmt: skip

    async def book(client: StoreClient, key: str) -> str:
        made = await client.transport.request("POST", "/fitting/bookings", json=slot, key=key)
        return str(made.data["id"])

    async def scene(client: StoreClient) -> tuple[str, str, str, str]:
        keys = [str(uuid.uuid4()) for _ in range(3)]
        first, again = await book(client, keys[0]), await book(client, keys[0])
        for _ in range(2):
            await client.transport.request("DELETE", f"/fitting/bookings/{first}", key=keys[1])
        return first, again, await book(client, keys[2]), await book(client, keys[2])

    first, again, second, once_more = world.run(scene(world.client))
    assert (first, second) == (again, once_more)
    assert first != second
    rows = world.rows("SELECT id, status FROM bookings WHERE id = ANY(%s)", [first, second])
    assert {row["id"]: row["status"] for row in rows}[first] == "cancelled"
    assert {row["id"]: row["status"] for row in rows}[second] != "cancelled"


def test_store_answers_as_its_document_says(demo_store: StoreAddress) -> None:
    """Whatever is asked of any operation; no 500, no undocumented answer."""
    assert check(demo_store, 2, SEED)["failures"] == []
