"""The scenario caller and the judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from call_center.agent.text_call import TextEvent
from call_center.testing.simulator import (
    Caller,
    Outcome,
    Result,
    Scenario,
    ScenarioError,
    guarantees,
    judge,
    load,
    load_questions,
)
from call_center.testing.simulator.results import closing_lines, report, summary

pytestmark = pytest.mark.unit
REPOSITORY = Path(__file__).resolve().parents[3]


def scenario(**fields: Any) -> Scenario:
    """A small scenario."""
    base: dict[str, Any] = {
        "id": "x",
        "title": "x",
        "opening": "добрий день",
        "answers": [{"ask": "сезон", "say": "зимові"}, {"ask": "розмір", "say": "не знаю", "repeat": True}],
        "otherwise": "перепрошую",
        "end_when": "щось ще",
        "goodbye": "ні, дякую",
    }
    return Scenario.model_validate(base | fields)


def agent(text: str, spoken: str | None = None) -> TextEvent:
    """One sentence of the agent."""
    return {"event": "agent", "text": text, "spoken": text if spoken is None else spoken, "expects": None}


def outcome(*turns: list[TextEvent]) -> Outcome:
    """What happened, caller's words being of no matter."""
    return Outcome(["..."] * (len(turns) - 1), list(turns), "agent_hangup")


def test_opening_comes_first_whatever_the_agent_says() -> None:
    """The greeting matches no rule."""
    assert Caller(scenario()).reply("Який сезон? Чи щось ще?") == "добрий день"


def test_answer_is_used_once_unless_it_repeats() -> None:
    """A used-up rule falls through to `otherwise`."""
    caller = Caller(scenario())
    caller.reply("")
    assert [caller.reply("Сезон?"), caller.reply("сезон?")] == ["зимові", "перепрошую"]
    assert [caller.reply("розмір?"), caller.reply("розмір?")] == ["не знаю", "не знаю"]


def test_end_wins_over_answers() -> None:
    """`end_when` is looked at first."""
    caller = Caller(scenario())
    caller.reply("")
    assert caller.reply("Змінити сезон чи щось ще?") == "ні, дякую"


def test_third_otherwise_in_a_row_hangs_up() -> None:
    """Two are spoken, an answer in between starts anew."""
    caller = Caller(scenario())
    caller.reply("")
    assert [caller.reply("?"), caller.reply("?"), caller.reply("розмір?")] == [
        "перепрошую",
        "перепрошую",
        "не знаю",
    ]
    assert [caller.reply("?"), caller.reply("?"), caller.reply("?")] == ["перепрошую", "перепрошую", None]


@pytest.mark.parametrize(
    ("turn", "complaint"),
    [
        ([agent("Скільки? Які?")], "2 questions"),
        ([agent("слово " * 36)], "36 words"),
        ([agent("3 200 грн", "3 200 гривень")], "digits or Latin"),
        ([{"event": "listening"}], "silence"),
    ],
)
def test_rules_of_every_scenario_are_judged(turn: list[TextEvent], complaint: str) -> None:
    """One question, 35 words, nothing unspeakable, never silent."""
    failed = guarantees(outcome([agent("Добрий день")], turn))
    assert any(complaint in line for line in failed)


def test_expected_tool_must_have_been_called() -> None:
    """`a|b` is either of them; a refused call does not count."""
    wanted = scenario(
        expect={"tools": {"must": ["search_tires|check_availability"], "never": ["confirm_order"]}}
    )
    tool = {"event": "tool", "name": "check_availability", "args": {}, "ok": True, "result": {}}
    refused = {**tool, "ok": False, "result": {"error": "refused"}}
    said = agent("так")
    assert judge(wanted, outcome([said, tool])) == []
    assert judge(wanted, outcome([said, refused])) != []
    assert judge(wanted, outcome([said, tool, {**tool, "name": "confirm_order"}])) != []


def test_one_variant_that_is_met_is_enough() -> None:
    """`any_of` puts a member's keys over the base."""
    wanted = scenario(expect={"transfers": [], "any_of": [{}, {"transfers": [{"reason": "limit"}]}]})
    moved = {"event": "transfer", "reason": "limit", "summary": ""}
    assert judge(wanted, outcome([agent("так"), moved])) == []
    assert judge(wanted, outcome([agent("так"), {**moved, "reason": "cannot_help"}])) != []


def test_scenarios_of_the_repository_load_with_their_patterns() -> None:
    """Slot names are replaced by the patterns of the shared table."""
    found = load(REPOSITORY / "tests" / "scenarios")
    assert len({s.id for s in found}) == len(found) >= 7
    names = set(load_questions(REPOSITORY / "tests" / "scenarios"))
    assert not names & {a.ask for s in found for a in s.answers}


@pytest.mark.parametrize("text", ["- 1", "id: x", "id: x\nopening: [", ""])
def test_broken_file_is_named(tmp_path: Path, text: str) -> None:
    """The message holds the file's path."""
    file = tmp_path / "broken.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ScenarioError, match=r"broken\.yaml"):
        load(tmp_path)


def test_caller_talks_over_the_agent_only_where_the_rule_says_so() -> None:
    """Looking does not use the rule up; other rules that match first win."""
    cuts = scenario(answers=[{"ask": "Перевірмо", "say": "стоп", "cuts": True}, {"ask": "рік", "say": "так"}])
    caller = Caller(cuts)
    assert not caller.interrupts("Перевірмо замовлення")
    caller.reply("")
    assert caller.interrupts("Перевірмо замовлення")
    assert not caller.interrupts("Який рік?")
    assert caller.reply("Перевірмо замовлення") == "стоп"
    assert not caller.interrupts("Перевірмо замовлення")


def test_figures_of_repeated_runs() -> None:
    """pass@1 is the mean share of runs, pass^N needs all of them."""
    good = Result("b", 2, (), "")
    runs = [Result("a", 3, (), ""), Result("a", 3, ("tool x not called",), ""), good, good]
    found = summary(runs, 2)
    assert (found["pass_at_1"], found["pass_hat_2"], found["failed"]) == (0.75, 0.5, ["a"])
    assert "1/2" in closing_lines(runs, 2)
    assert report(runs, 2, mode="text")["runs"][1]["failed"] == ["tool x not called"]


def booked(change: str, **fields: Any) -> dict[str, Any]:
    """A booking as the store's test port shows it."""
    row = {
        "id": "B1", "change": change, "status": "confirmed", "customer_phone": "+380990000001", "customer_name": "Іван Бойко",
        "station": {"id": "004135"}, "date": "2026-11-26", "time": "15:00", "service_type": "full_service",
        "tire_diameter": 16,
    }  # fmt: skip
    return {**row, **fields}


@pytest.mark.parametrize(
    ("rows", "passes"),
    [
        ([booked("added")], True),
        ([booked("added", time="16:00")], False),
        ([booked("added"), booked("moved", id="B2")], False),
        ([booked("added"), booked("added", id="B2", status="cancelled")], True),
        ([], False),
    ],
)
def test_bookings_are_exactly_those_expected(rows: list[dict[str, Any]], passes: bool) -> None:
    """Added, moved and cancelled are judged apart; what was made and cancelled in the call is none."""
    wanted = scenario(expect={"bookings": [{"station": "004135", "time": "15:00", "diameter": 16}]})
    happened = outcome([agent("так")])
    happened.changes = {"bookings": rows}
    assert (judge(wanted, happened) == []) is passes
    assert any("unknown to the call" in line for line in guarantees(happened)) is bool(rows)
