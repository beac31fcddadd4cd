"""Compares what happened with what a scenario expects, and with the rules that hold in every scenario. Pure.

`judge` returns one line per failed check, empty when the scenario passed. Changes of the shop are rows that the demo
store's test port reports; before orders and bookings exist in it they are empty.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from call_center.testing.simulator.play import Outcome
from call_center.testing.simulator.scenario import Scenario

MAX_WORDS: Final = 35
_UNSPEAKABLE = re.compile(r"[0-9A-Za-z]")
_JUDGED: Final = ("transfers", "callbacks")


def judge(scenario: Scenario, outcome: Outcome) -> list[str]:
    """Every check that failed, as one line each."""
    failed = [*_always(outcome)]
    variants = scenario.expect.get("any_of") or [{}]
    base = {k: v for k, v in scenario.expect.items() if k != "any_of"}
    results = [_expected({**base, **variant}, outcome) for variant in variants]
    fewest = sorted(results, key=len)[0]
    return [*failed, *fewest]


def _expected(expect: dict[str, Any], outcome: Outcome) -> list[str]:
    failed = [*_tools(expect.get("tools") or {}, outcome), *_words(expect.get("agent") or {}, outcome)]
    if "transfers" in expect:
        failed += _transfers(expect["transfers"], outcome.of("transfer"))
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


def _always(outcome: Outcome) -> list[str]:
    failed = []
    for number, turn in enumerate(outcome.agent):
        said = [e for e in turn if e["event"] == "agent"]
        spoken = " ".join(str(e["spoken"]) for e in said)
        text = " ".join(str(e["text"]) for e in said)
        if _UNSPEAKABLE.search(spoken):
            failed.append(f"turn {number}: digits or Latin letters for the voice: {spoken[:60]}")
        if text.count("?") > 1:
            failed.append(f"turn {number}: {text.count('?')} questions: {text[:80]}")
        if len(text.split()) > MAX_WORDS:
            failed.append(f"turn {number}: {len(text.split())} words: {text[:80]}")
        if not said and not any(e["event"] == "ended" for e in turn):
            failed.append(f"turn {number}: silence")
    return failed
