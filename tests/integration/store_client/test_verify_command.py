"""`call-center store verify` against a store that keeps the contract and one that does not."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import httpx2
import pytest

from call_center import cli
from demo_store.process import StoreAddress

pytestmark = pytest.mark.integration


@pytest.fixture
def store_of_today(fresh_store: StoreAddress) -> StoreAddress:
    """The store with today's date: verify asks for tomorrow's free times."""
    now = dt.datetime.now(dt.UTC).isoformat()
    httpx2.post(f"{fresh_store.test_url}/_test/reset", json={"now": now}, trust_env=False).raise_for_status()
    return fresh_store


def verify(store: StoreAddress, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[Any]]:
    """Run the command; return its exit code and findings."""
    code = cli.run(["store", "verify", "--url", store.url, "--key", store.key, "--json", *options])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_demo_store_keeps_the_contract(
    store_of_today: StoreAddress, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every check passes, and nothing but cancelled drafts and bookings is left behind."""
    code, findings = verify(store_of_today, capsys, "--write")
    assert [finding for finding in findings if not finding["ok"]] == []
    assert code == 0
    changes = httpx2.get(f"{store_of_today.test_url}/_test/changes", trust_env=False).json()["data"]
    assert {row["status"] for row in changes["orders"] + changes["bookings"]} == {"cancelled"}
    assert changes["stock"] == []


@pytest.mark.parametrize("kind", ["html", "cut_json", "500"])
def test_broken_path_is_named(
    store_of_today: StoreAddress, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """A path that breaks the contract fails its own check alone, and the exit code is 1."""
    fault = {"faults": [{"kind": kind, "path": "/fitting/prices"}]}
    httpx2.post(f"{store_of_today.test_url}/_test/faults", json=fault, trust_env=False).raise_for_status()
    code, findings = verify(store_of_today, capsys)
    assert code == 1
    assert [finding["check"] for finding in findings if not finding["ok"]] == ["GET /fitting/prices"]
