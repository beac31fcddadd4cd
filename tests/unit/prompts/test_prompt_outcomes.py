"""What a call counts as, how sure figures are, and what is said when calls are few."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.agent.prompts.intervals import (
    mean,
    mean_difference,
    share,
    share_difference,
    t_quantile,
)
from call_center.agent.prompts.kept_outcomes import FILE, collect
from call_center.agent.prompts.outcomes import CallOutcome, Report, outcome_of, report, tree
from call_center.core.journal.codec import encode
from call_center.core.journal.events import (
    Announced,
    CallerSaid,
    Connected,
    Ended,
    Entry,
    Event,
    Noted,
    ToolAnswered,
)

pytestmark = pytest.mark.unit


def given_version(version: str, experiment: str | None = "e") -> Noted:
    """The note of the call's start."""
    return Noted("prompt", {"version": version, "digest": "d", "experiment": experiment})


def journal(*events: Event, call: str = "c1", epoch: int = 1) -> list[Entry]:
    """Entries of one call."""
    return [Entry(call, epoch, seq, 1_000.0 + seq, event) for seq, event in enumerate(events, 1)]


ORDERED = (
    Announced("+380990000001", None, None, None), given_version("warm"), Connected("w", 8000),
    CallerSaid(1, "шини", 1.0, 0, 1), Noted("turn", {"turn": 1}), Noted("brain", {"name": "claude", "why": ""}),
    Noted("usage", {"usd": 0.002}), Noted("model_refused", {"tool": "x", "why": []}),
    Noted("brain", {"name": "script", "why": "continue"}), CallerSaid(2, "так", 1.0, 0, 1), Noted("turn", {"turn": 2}),
    Noted("brain", {"name": "offline", "why": "agreed"}), ToolAnswered(1, "confirm_order", True, {}), Ended("caller_hangup"),
)  # fmt: skip


def test_a_call_is_told_from_its_journal() -> None:
    """Order, turns, model turns, refusals and cost; a turn that was never the model's is no fallback."""
    found = outcome_of(journal(*ORDERED))
    assert found is not None
    assert (found.version, found.experiment) == ("warm", "e")
    assert (found.ordered, found.operator, found.booked, found.fallback) == (True, False, False, False)
    assert (found.turns, found.model_turns, found.refusals, found.usd) == (2, 1, 1, 0.002)


def test_a_model_that_failed_is_a_fallback() -> None:
    """The built-in brain after the model in one turn."""
    notes = (
        Noted("turn", {}),
        Noted("brain", {"name": "claude", "why": ""}),
        Noted("brain", {"name": "offline", "why": "timeout"}),
    )
    found = outcome_of(journal(given_version("warm"), Connected("w", 8000), *notes, Ended("transfer")))
    assert found is not None
    assert found.fallback


def test_only_ended_calls_with_a_version_count() -> None:
    """A call that goes on, or that no version was recorded for, is none; taking a draft back afterwards changes nothing."""
    assert outcome_of(journal(*ORDERED[:-1])) is None
    assert outcome_of(journal(Connected("w", 8000), Ended("caller_hangup"))) is None
    assert outcome_of(journal(*ORDERED, Connected("w", 8000, True))) is None
    assert outcome_of(journal(*ORDERED, ToolAnswered(2, "cancel_order_draft", True))) is not None


def test_the_first_version_counts_and_a_replaced_one_is_left_out() -> None:
    """Figures of a version hold only calls that really had it."""
    moved = outcome_of(
        journal(given_version("warm"), Connected("w", 1), given_version("builtin", None), Ended("x"))
    )
    assert moved is not None
    assert (moved.version, moved.moved) == ("warm", True)
    made = report([moved], experiment="e", order=["warm"])
    assert (made.versions[0].calls, made.left_out) == (0, 1)


@pytest.mark.parametrize(
    ("freedom", "point"), [(1, 12.7062), (2, 4.3027), (5, 2.5706), (10, 2.2281), (30, 2.0423), (120, 1.9799), (1e6, 1.9600)]
)  # fmt: skip
def test_student_points_are_those_of_the_tables(freedom: float, point: float) -> None:
    """Two-sided 95 % points of printed tables."""
    assert t_quantile(freedom) == pytest.approx(point, abs=1e-4)


def test_published_examples_of_shares() -> None:
    """Newcombe's table: 56/70 less 48/80; Wilson: 81/263."""
    difference = share_difference(56, 70, 48, 80)
    assert difference.low == pytest.approx(0.0524, abs=1e-4)
    assert difference.high == pytest.approx(0.3339, abs=1e-4)
    one = share(81, 263)
    assert one.low == pytest.approx(0.2553, abs=1e-4)
    assert one.high == pytest.approx(0.3662, abs=1e-4)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_intervals_hold_their_value(hits: int, misses: int, other_hits: int, other_misses: int) -> None:
    """Bounds enclose the estimate and stay possible; a difference changes its sign with the order."""
    a, b = hits + misses, other_hits + other_misses
    if a:
        one = share(hits, a)
        assert one.low is not None
        assert one.high is not None
        assert 0 <= one.low <= one.value + 1e-12
        assert one.value - 1e-12 <= one.high <= 1
    if a and b:
        there, back = share_difference(hits, a, other_hits, b), share_difference(other_hits, b, hits, a)
        assert there.low is not None
        assert back.high is not None
        assert -1 - 1e-9 <= there.low <= there.value <= (there.high or 0) + 1e-12
        assert there.low == pytest.approx(-back.high)


def test_the_interval_of_a_mean_holds_the_truth_as_often_as_it_says() -> None:
    """Of 400 small samples, about 95 in 100 intervals hold the true mean."""
    draw = random.Random(7)  # noqa: S311  a test's dice
    held = 0
    for _ in range(400):
        found = mean([draw.gauss(3.0, 2.0) for _ in range(8)])
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 3.0 <= found.high
    assert 365 <= held <= 395


def test_nothing_is_known_of_no_calls() -> None:
    """No interval, no error, null in JSON."""
    assert mean([]).low is None
    assert mean_difference([1.0], [1.0, 2.0]).low is None
    empty = tree(report([], order=["warm", "builtin"]))
    assert empty["versions"][0]["measures"]["ordered"]["value"] is None


def some(version: str, calls: int, ordered: int, turns: float = 5) -> list[CallOutcome]:
    """Outcomes of a version."""
    return [
        CallOutcome(f"{version}{n}", version, "e", 1.0, (1, 1), ordered=n < ordered, turns=int(turns) + n % 3)
        for n in range(calls)
    ]


def verdict(made: Report, version: str, measure: str) -> str:
    """What the report says of a measure."""
    (found,) = [v for v in made.versions if v.version == version]
    return next(m.verdict for m in found.measures if m.name == measure)


def test_few_calls_are_said_to_be_few() -> None:
    """Twelve calls prove nothing, however different they look."""
    made = report(some("builtin", 12, 0) + some("warm", 12, 12), order=["builtin", "warm"])
    assert verdict(made, "warm", "ordered") == "too few calls to conclude: 12, at least 30 of each version"
    assert verdict(made, "warm", "turns").startswith("too few")
    assert not made.versions[0].enough


def test_rare_things_are_said_to_be_rare() -> None:
    """Three orders of 120 calls are no finding."""
    made = report(some("builtin", 60, 0) + some("warm", 60, 3), order=["builtin", "warm"])
    assert verdict(made, "warm", "ordered") == "too rare to conclude: 3 of 120 calls"


def test_a_difference_is_told_when_it_is_one() -> None:
    """Higher or lower when zero is outside, else how many calls would show 5 points."""
    made = report(some("builtin", 200, 60) + some("warm", 200, 100, 9), order=["builtin", "warm"])
    assert verdict(made, "warm", "ordered") == "higher"
    assert verdict(made, "warm", "turns") == "higher"
    same = report(some("builtin", 200, 60) + some("warm", 200, 62), order=["builtin", "warm"])
    assert verdict(same, "warm", "ordered").startswith("no difference seen (")
    assert "calls each show 5 points" in verdict(same, "warm", "ordered")


def test_outcomes_outlive_the_spools(tmp_path: Path) -> None:
    """What was seen once is kept without the caller's words; a call that went on counts anew, a cut line not at all."""
    spools = tmp_path / "spool"
    spools.mkdir()
    first = journal(*ORDERED[:-2], Ended("transfer"))
    (spools / "worker-1.jsonl").write_bytes(b"".join(encode(e) for e in first))
    (before,) = collect(tmp_path / "prompts", [spools])
    assert not before.ordered
    later = journal(
        Connected("w", 8000, True), ToolAnswered(1, "confirm_order", True, {}), Ended("agent_hangup"), epoch=2
    )
    (spools / "worker-2.jsonl").write_bytes(b"".join(encode(e) for e in later) + b'{"v":3,"cut')
    (after,) = collect(tmp_path / "prompts", [spools])
    assert after.ordered
    for path in spools.iterdir():
        path.unlink()
    kept = tmp_path / "prompts" / FILE
    with kept.open("ab") as file:
        file.write(b'{"call_id": "c9", "ver')
    assert collect(tmp_path / "prompts", [spools]) == [after]
    assert "шини" not in kept.read_text("utf-8")
    assert "0990000001" not in kept.read_text("utf-8")
