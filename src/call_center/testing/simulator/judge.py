"""Compares what happened with what a scenario expects. Pure.

`judge` returns one line per failed check, empty when the scenario passed. Changes of the shop are the rows that the
demo store's test port reports. What holds in every scenario is in `guarantees`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from call_center.testing.simulator.bookings import bookings
from call_center.testing.simulator.play import Outcome
from call_center.testing.simulator.scenario import Scenario
from call_center.understanding.words import fold


def judge(scenario: Scenario, outcome: Outcome) -> list[str]:
    """Every check that failed, as one line each."""
    variants = scenario.expect.get("any_of") or [{}]
    base = {k: v for k, v in scenario.expect.items() if k != "any_of"}
    results = [_expected({**base, **variant}, outcome) for variant in variants]
    return sorted(results, key=len)[0]


def _expected(expect: dict[str, Any], outcome: Outcome) -> list[str]:
    failed = [*_tools(expect.get("tools") or {}, outcome), *_words(expect.get("agent") or {}, outcome)]
    if "transfers" in expect:
        failed += _transfers(expect["transfers"], outcome.of("transfer"))
    failed += _orders(expect.get("orders") or (), outcome)
    if expect.get("callbacks") is not None:
        failed += _callbacks(expect["callbacks"], outcome)
    failed += bookings(expect, outcome.changes)
    limit = expect.get("max_turns")
    if limit is not None and len(outcome.caller) > limit:
        failed.append(f"{len(outcome.caller)} turns, at most {limit}")
    return failed


def _transfers(wanted: Sequence[dict[str, Any]], seen: Sequence[dict[str, Any]]) -> list[str]:
    if len(wanted) != len(seen):
        return [f"{len(seen)} transfers, expected {len(wanted)}"]
    failed = []
    for want, got in zip(wanted, seen, strict=True):
        reasons = want.get("reason")
        allowed = [reasons] if isinstance(reasons, str) else reasons
        if allowed and got["reason"] not in allowed:
            failed.append(f"transfer for {got['reason']}, expected {' or '.join(allowed)}")
    return failed


def _tools(expect: dict[str, Any], outcome: Outcome) -> list[str]:
    called = {
        e["name"] for e in outcome.of("tool") if e["ok"] or (e["result"] or {}).get("error") != "refused"
    }
    missing = [m for m in expect.get("must", ()) if not called & set(str(m).split("|"))]
    forbidden = [n for n in expect.get("never", ()) if called & set(str(n).split("|"))]
    return [*(f"tool {m} not called" for m in missing), *(f"tool {n} called" for n in forbidden)]


def _words(expect: dict[str, Any], outcome: Outcome) -> list[str]:
    turns = [
        " ".join(f"{e['text']}\n{e['spoken']}" for e in turn if e["event"] == "agent")
        for turn in outcome.agent
    ]

    def said(pattern: str) -> bool:
        return any(re.search(pattern, turn, re.IGNORECASE) for turn in turns)

    missing = [p for p in expect.get("says", ()) if not said(p)]
    forbidden = [p for p in expect.get("never", ()) if said(p)]
    return [*(f"never said /{p[:50]}/" for p in missing), *(f"said /{p[:50]}/" for p in forbidden)]


def _orders(wanted: Sequence[dict[str, Any]], outcome: Outcome) -> list[str]:
    """Exactly these orders were added, in any order; drafts count only when one is listed."""
    drafts = any(w.get("status") == "draft" for w in wanted)
    left = [
        o for o in outcome.changes.get("orders", ())
        if o["change"] == "added" and o["status"] != "cancelled" and (drafts or o["status"] != "draft")
    ]  # fmt: skip
    changed = [o for o in outcome.changes.get("orders", ()) if o["change"] == "changed"]
    failed = [f"order {o['order_number']} of the seed was changed" for o in changed]
    if len(left) != len(wanted):
        failed.append(f"{len(left)} orders added, expected {len(wanted)}")
    for want in wanted:
        misses = [(differences(want, got), got) for got in left]
        best = min(misses, key=lambda m: len(m[0]), default=(["no order"], None))
        if best[0]:
            failed += [f"order: {miss}" for miss in best[0]]
        elif best[1] is not None:
            left.remove(best[1])
    return failed


def booking_differences(want: dict[str, Any], got: dict[str, Any]) -> list[str]:
    """Fields of an expected booking that the booking in the store does not have."""
    checks: list[tuple[str, bool]] = [
        ("status", _is(want.get("status"), got["status"])),
        ("phone", _is(want.get("phone"), got["customer_phone"])),
        ("name", _like(want.get("name"), got["customer_name"])),
        ("station", _is(_text(want.get("station")), got["station"]["id"])),
        ("date", _is(_text(want.get("date")), got["date"])),
        ("time", _is(_text(want.get("time")), got["time"])),
        ("service", _is(want.get("service"), got["service_type"])),
        ("diameter", _is(want.get("diameter"), got["tire_diameter"])),
    ]
    return [f"{name} differs" for name, good in checks if not good]


def differences(want: dict[str, Any], got: dict[str, Any]) -> list[str]:
    """Fields of an expected order that the order in the store does not have."""
    delivery = got.get("delivery") or {}
    place = want.get("delivery") or {}
    kind = "pickup" if delivery.get("method") == "own_shop" else "delivery"
    checks: list[tuple[str, bool]] = [
        ("status", _is(want.get("status"), got["status"])),
        ("phone", _is(want.get("phone"), got["customer"]["phone"])),
        ("name", _like(want.get("name"), got["customer"]["name"])),
        ("payment", _is(want.get("payment"), (got.get("payment") or {}).get("method"))),
        ("total", want.get("max_total") is None or got["total"] <= want["max_total"]),
        ("type", _is(place.get("type"), kind)),
        ("city", _is(place.get("city"), delivery.get("city"))),
        ("branch", _is(_text(place.get("branch")), delivery.get("branch"))),
        ("address", _like(place.get("address"), delivery.get("address"))),
        ("pickup_point", _is(place.get("pickup_point"), delivery.get("pickup_point_id"))),
    ]
    failed = [f"{name} differs" for name, good in checks if not good]
    items = want.get("items")
    if items is not None and not _same_items(items, got["items"]):
        shown = ", ".join(f"{i['quantity']} x {i['brand']} {i['size']}" for i in got["items"])
        failed.append(f"items differ: {shown}")
    return failed


def _same_items(wanted: Sequence[dict[str, Any]], got: Sequence[dict[str, Any]]) -> bool:
    left = list(got)
    for want in wanted:
        fits = [
            g for g in left
            if _is(_text(want.get("size"), glue=True), g["size"].replace(" ", ""))
            and _is(want.get("brand"), g["brand"]) and _like(want.get("model"), g["model"])
            and _is(want.get("quantity"), g["quantity"])
        ]  # fmt: skip
        if not fits:
            return False
        left.remove(fits[0])
    return not left


def _callbacks(wanted: Sequence[dict[str, Any]], outcome: Outcome) -> list[str]:
    got = list(outcome.changes.get("callbacks", ()))
    if len(got) != len(wanted):
        return [f"{len(got)} callbacks, expected {len(wanted)}"]
    return [
        f"no callback to {want.get('phone')}"
        for want in wanted
        if not any(_is(want.get("phone"), g["phone"]) for g in got)
    ]


def _is(want: Any, got: Any) -> bool:
    """Whether a listed value is met: not listed, equal, or one of a list."""
    return want is None or got == want or (isinstance(want, list) and got in want)


def _like(want: Any, got: Any) -> bool:
    """Whether a pattern is found; plain words also match by their spelling-blind form, as names are heard."""
    if want is None or re.search(str(want), str(got or ""), re.IGNORECASE):
        return True
    return fold(str(want).lower()) in fold(str(got or "").lower())


def _text(want: Any, *, glue: bool = False) -> Any:
    if want is None:
        return None
    values = [
        str(v).replace(" ", "") if glue else str(v) for v in (want if isinstance(want, list) else [want])
    ]
    return values if isinstance(want, list) else values[0]
