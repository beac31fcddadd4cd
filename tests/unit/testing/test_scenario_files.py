"""A linter over tests/scenarios: what a file says must be so, and its checks must be able to fail."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.testing.scenario_facts import missing

from call_center.agent.flows import FLOWS, Ask
from call_center.agent.phrases import LINES
from call_center.testing.simulator import ScenarioError, load, load_questions

pytestmark = pytest.mark.unit
FOLDER = Path(__file__).resolve().parents[3] / "tests" / "scenarios"
FILES = [path for path in sorted(FOLDER.rglob("*.yaml")) if path.name != "questions.yaml"]
NAMES = load_questions(FOLDER)
IDENTIFIER = re.compile(r"[a-z_]{4,}")


def raw(path: Path) -> dict[str, Any]:
    """The file as it is written."""
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def test_ids_are_unique_in_all_folders_and_named_like_their_files() -> None:
    """A scenario is found by its id."""
    ids = [raw(path)["id"] for path in FILES]
    assert len(set(ids)) == len(ids)
    assert [path.name for path, name in zip(FILES, ids, strict=True) if path.stem != name] == []


def test_callers_have_fixture_numbers() -> None:
    """No number of a person stands in the repository."""
    numbers = {str((raw(path).get("caller") or {}).get("number") or "") for path in FILES}
    assert [number for number in numbers if number and not number.startswith("+38099000")] == []


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_names_of_questions_are_in_the_table(path: Path) -> None:
    """A rule that looks like a slot's name is one: a misspelt name would be a pattern that matches nothing."""
    scenario = raw(path)
    asked = [scenario["end_when"], *(rule["ask"] for rule in scenario.get("answers", ()))]
    assert [name for name in asked if IDENTIFIER.fullmatch(name) and name not in NAMES] == []


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_facts_are_those_of_the_demo_store(path: Path) -> None:
    """What a scenario builds on is in the data set."""
    assert missing(raw(path).get("facts") or {}) == []


def test_false_facts_are_found() -> None:
    """The linter can fail."""
    assert missing({"tyres": [{"size": "205/55R16", "brand": "Zeppelin"}], "planets": []}) != []
    assert missing({"stations": [{"id": "004107", "city": "Львів"}]}) != []


def test_scenarios_marked_for_voice_exist_and_are_twelve() -> None:
    """`voice.txt` names files of this folder, each once."""
    lines = (FOLDER / "voice.txt").read_text("utf-8").splitlines()
    marked = [name for line in lines if (name := line.partition("#")[0].strip())]
    assert len(set(marked)) == len(marked) >= 12
    assert [name for name in marked if not (FOLDER / name).is_file()] == []


BASE = """
id: x
title: x
opening: добрий день
otherwise: перепрошую
end_when: більше
goodbye: ні
"""


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("faults: {stoer: down}", "faults.stoer"),
        ("faults: {store: {kind: flood}}", "faults.store"),
        ("faults: {kill_worker_after_turn: 0}", "faults.kill_worker_after_turn"),
        ("expect: {order: []}", "expect.order"),
        ("expect: {orders: [{colour: red}]}", "expect.orders.0.colour"),
        ("expect: {any_of: [{transfer: []}]}", "expect.any_of.0.transfer"),
        ("openning: x", "openning"),
        ("lang: pl", "lang"),
    ],
)
def test_unknown_fields_and_faults_are_one_clear_line(tmp_path: Path, line: str, named: str) -> None:
    """The message names file and place, in one line."""
    file = tmp_path / "strange.yaml"
    file.write_text(BASE + line + "\n", "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(file)
    assert f"strange.yaml: {named}" in str(caught.value)
    assert "\n" not in str(caught.value)


ASKED_AS = {
    "tyre_size": ("size", "diameter"), "model": ("car",), "point": ("pickup_point",),
    "caller_number": ("caller_number", "confirm"), "booking_name": ("name",), "booking_date": ("date",),
}  # fmt: skip
OTHER_SUBJECT = {"choices_digits", "choices_model", "choices_size", "choices_year", "ask_class"}
"""Lines that offer another way than an answer to the question."""


def test_callers_know_every_question_of_a_flow_in_each_of_its_wordings() -> None:
    """A rephrased question is answered like the first one: it must be heard as a question about the same thing."""
    unknown = []
    for step in (step for flow in FLOWS.values() for step in flow.plan if isinstance(step, Ask)):
        patterns = [NAMES[name] for name in ASKED_AS.get(step.slot, (step.slot,)) if name in NAMES]
        for key in {step.line, step.rephrase, step.choices} - OTHER_SUBJECT:
            texts = [re.sub(r"\{\w+\}", "слово", text) for text in LINES.get(key, ())]
            unknown += [
                text
                for text in texts
                if patterns and not any(re.search(p, text, re.IGNORECASE) for p in patterns)
            ]
    assert unknown == []
