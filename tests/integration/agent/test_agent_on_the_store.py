"""The dialogue on the real demo store over HTTP: tools, scenarios and the chat command."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from call_center.agent.store_shop import StoreShop
from call_center.agent.tools.shop import Availability, CarSizes, Filters, Tyre
from call_center.commands.simulate import open_arena
from call_center.store_client.client import StoreClient
from call_center.testing.simulator import Result, Scenario, load, play_one
from demo_store.process import StoreAddress

pytestmark = pytest.mark.integration
REPOSITORY = Path(__file__).resolve().parents[3]
SCENARIOS = load(REPOSITORY / "tests" / "scenarios")
UNPREPARED = load(REPOSITORY / "tests" / "scenarios" / "blind")  # by a writer who had not read the flows
PREPARED = [s for s in SCENARIOS if s.id not in {u.id for u in UNPREPARED}]
SHARE = 0.95  # of all scenarios; what an unprepared caller wants may still be beyond the agent


def test_search_of_a_size_brings_every_article_cheapest_first(fresh_store: StoreAddress) -> None:
    """The adapter reads all pages, in the order of price."""

    async def search() -> list[Tyre]:
        async with StoreClient(fresh_store.url, fresh_store.key) as client:
            return await StoreShop(client).tyres(Filters((205, 55, 16), "winter"))

    found = asyncio.run(search())
    assert len(found) > 10
    assert {t.size for t in found} == {"205/55 R16"}
    assert [t.price for t in found] == sorted(t.price for t in found)


def test_car_of_the_list_has_sizes_and_another_has_none(fresh_store: StoreAddress) -> None:
    """A car that the shop does not know is no error."""

    async def look_up() -> tuple[CarSizes | None, CarSizes | None]:
        async with StoreClient(fresh_store.url, fresh_store.key) as client:
            shop = StoreShop(client)
            return await shop.car_sizes("Honda", "CR-V", 2009), await shop.car_sizes(
                "Honda", "Zeppelin", 2009
            )

    known, unknown = asyncio.run(look_up())
    assert known is not None
    assert known.sizes == ("225/65 R17",)
    assert unknown is None


def test_stock_by_city_adds_up(fresh_store: StoreAddress) -> None:
    """The total is the sum of the cities."""

    async def look_up() -> Availability:
        async with StoreClient(fresh_store.url, fresh_store.key) as client:
            shop = StoreShop(client)
            tyres = await shop.tyres(Filters((205, 55, 16), "winter"))
            return await shop.availability(next(t.id for t in tyres if t.stock))

    found = asyncio.run(look_up())
    assert found.total == sum(place.quantity for place in found.places) > 0


@pytest.mark.parametrize("scenario", PREPARED, ids=[s.id for s in PREPARED])
def test_scenario_passes_on_the_real_store(scenario: Scenario, fresh_store: StoreAddress) -> None:
    """Every scenario of the repository ends as its file expects, with no rule broken."""

    async def run() -> Result:
        async with open_arena(fresh_store.url, fresh_store.key, fresh_store.test_url) as arena:
            return await play_one(scenario, arena)

    result = asyncio.run(run())
    assert result.failed == (), result.transcript


def test_unprepared_callers_break_no_rule_and_are_mostly_served(fresh_store: StoreAddress) -> None:
    """No guarantee breaks in any of them, and of all scenarios of the repository the stated share passes."""

    async def run() -> list[Result]:
        async with open_arena(fresh_store.url, fresh_store.key, fresh_store.test_url) as arena:
            return [await play_one(scenario, arena) for scenario in UNPREPARED]

    results = asyncio.run(run())
    assert [(r.scenario, r.broken) for r in results if r.broken] == []
    missed = [r.scenario for r in results if r.failed]
    assert len(missed) <= (1 - SHARE) * len(SCENARIOS), missed


def test_no_two_scenarios_take_the_same_route(fresh_store: StoreAddress) -> None:
    """What the agent asks and does, together with the faults, differs from file to file."""

    async def run() -> dict[tuple[object, ...], list[str]]:
        routes: dict[tuple[object, ...], list[str]] = {}
        async with open_arena(fresh_store.url, fresh_store.key, fresh_store.test_url) as arena:
            for scenario in PREPARED:
                result = await play_one(scenario, arena)
                routes.setdefault((str(scenario.faults), *result.route), []).append(scenario.id)
        return routes

    assert [ids for ids in asyncio.run(run()).values() if len(ids) > 1] == []


def test_chat_speaks_json_only_and_survives_bad_lines(fresh_store: StoreAddress, store_now: str) -> None:
    """One object a line, an error event for what is not understood, and the call goes on to its end."""
    lines = [
        '{"say": "зимові двісті п\'ять на п\'ятдесят п\'ять, шістнадцять"}',
        "not json",
        '{"say": 5}',
        '{"dtmf": "2"}',
        '{"say": ""}',
        '{"say": "дайте оператора"}',
    ]
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "call_center",
            "chat",
            "--json",
            "--store",
            fresh_store.url,
            "--now",
            store_now,
        ],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "src"), "STORE_API_KEY": fresh_store.key},
    )
    events = [json.loads(line) for line in run.stdout.splitlines()]
    kinds = [event["event"] for event in events]
    assert run.returncode == 0, run.stderr
    assert kinds.count("error") == 2
    assert [e["name"] for e in events if e["event"] == "tool"] == [
        "search_tires",
        "check_availability",
        "transfer_to_operator",
    ]
    assert kinds[-2:] == ["transfer", "ended"]
    assert events[-2]["reason"] == "customer_request"
    assert kinds.count("listening") == 4
