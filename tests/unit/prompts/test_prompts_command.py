"""`call-center prompts ...` as a person and as a program use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from call_center.agent.claude.prompt import MAX_TOKENS, static_prefix, system_text, tokens_of
from call_center.agent.prompts import Part
from call_center.cli import run

pytestmark = pytest.mark.unit


class Shell:
    """Runs commands in one VAR_DIR."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What the command wrote; its exit code must be `code`."""
        got = run(["prompts", *arguments])
        written = self._capsys.readouterr()
        assert got == code, written.err
        return written.out if code == 0 else written.err

    def json(self, *arguments: str) -> Any:
        """The object that the command printed."""
        return json.loads(self(*arguments, "--json"))


@pytest.fixture
def prompts(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The commands over an empty folder."""
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    return Shell(capsys)


def test_the_way_of_a_version(prompts: Shell, tmp_path: Path) -> None:
    """From a draft in a file over an experiment to active, and back; a version that was tried stays as it is."""
    (tmp_path / "tone.txt").write_text("Speak warmly, {name}.\n", "utf-8")
    assert "about" in prompts("draft", "warm", "--add", f"tone=@{tmp_path}/tone.txt", "--note", "softer")
    assert "[add tone]\nSpeak warmly, {name}." in prompts("show", "warm")
    assert "Speak warmly, Олена." in prompts("show", "warm", "--whole")
    prompts("experiment", "start", "t1", "--variant", "builtin=80", "--variant", "warm=20")
    assert "experiment running: t1" in prompts("list")
    assert "draft another name" in prompts("draft", "warm", "--add", "tone=Colder.", code=1)
    assert "experiment t1 ended" in prompts("activate", "warm")
    assert [e["running"] for e in prompts.json("experiment", "list")["experiments"]] == [False]
    assert "active: builtin" in prompts("rollback")
    assert [row["version"] for row in prompts.json("history")["history"]] == ["warm", "builtin"]
    assert {v["name"]: v["state"] for v in prompts.json("list")["versions"]} == {
        "builtin": "active",
        "warm": "archived",
    }


def test_outcomes_say_when_there_is_nothing(prompts: Shell) -> None:
    """No call yet is no error, and an experiment without calls says that nothing can be concluded."""
    assert "no ended call" in prompts("outcomes")
    prompts("draft", "warm", "--add", "tone=Warmly.")
    prompts("experiment", "start", "t1", "--variant", "builtin=1", "--variant", "warm=1")
    shown = prompts("outcomes", "--experiment", "t1")
    assert "warm: 0 calls, against builtin" in shown
    assert "nothing can be concluded yet" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("draft", "warm", "--add", "tone"), 2, "SECTION=TEXT"),
        (("draft", "warm", "--add", "tone=@/not/there"), 2, "/not/there"),
        (("draft", "warm"), 1, "no part"),
        (("show", "cold"), 1, "there are builtin"),
        (("experiment", "start", "t1", "--variant", "builtin", "--variant", "warm=1"), 2, "VERSION=WEIGHT"),
        (("experiment", "stop", "t1"), 1, "there are none"),
        (("outcomes", "/not/there.jsonl"), 1, "is not there"),
    ],
)
def test_mistakes_end_in_one_line(prompts: Shell, arguments: tuple[str, ...], code: int, says: str) -> None:
    """The line says what to give instead."""
    told = prompts(*arguments, code=code)
    assert says in told
    assert len(told.strip().splitlines()) == 1


def test_a_version_is_for_the_brain_that_reads_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The built-in brain has no prompt: asking for one is a mistake, not silently ignored."""
    assert run(["chat", "--prompt", "warm"]) == 2
    assert "--brain claude" in capsys.readouterr().err


def test_a_draft_over_the_budget_is_refused_with_how_much(prompts: Shell) -> None:
    """It names the tokens, the limit and how many bytes to take out; taking them out helps."""
    room = (MAX_TOKENS - tokens_of("Олена", "Шинний двір")) * 3
    told = prompts("draft", "long", "--add", "tone=" + "x" * (room + 300), code=1)
    over = int(told.split("take out about ")[1].split()[0])
    assert 290 <= over <= 330
    prompts("draft", "long", "--add", "tone=" + "x" * (room + 300 - over - 3))


def test_parts_change_their_section_and_nothing_else() -> None:
    """The built-in text without parts is what it was; flows and tools stay; a replaced section is gone."""
    plain = system_text("Олена", "Шини")
    added = system_text(
        "Олена", "Шини", (Part("state", "add", "Stay calm."), Part("tone", "add", "Warm, {shop} {x}."))
    )
    assert plain.count("\n\n") + 1 == added.count("\n\n")
    assert added.replace("Stay calm.\n", "").replace("Warm, Шини {x}.\n\n", "") == plain
    assert "Warm, Шини {x}.\n\nFlows" in added
    assert "change nothing. You do not recite" in added.replace("\n", " ")
    replaced = system_text("Олена", "Шини", (Part("acting", "replace", "Ask the script."),))
    assert "continue_flow" in plain
    assert "continue_flow" not in replaced
    assert plain.split("\nFlows")[1] == replaced.split("\nFlows")[1]
    system, tools = static_prefix("Олена", "Шини", True, (Part("tone", "add", "Warm."),))
    assert system != static_prefix("Олена", "Шини", True)[0]
    assert tools == static_prefix("Олена", "Шини", True)[1]
