"""Scenario files: their shape, checked at the edge, and the shared table of question patterns.

A rule's `ask` and `end_when` may name an entry of `questions.yaml` or spell a pattern. Raises `ScenarioError` with the
file and what is wrong in it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from call_center.errors import CallCenterError
from call_center.testing.simulator.expect import check

QUESTIONS = "questions.yaml"


class ScenarioError(CallCenterError):
    """A scenario file cannot be used; the message names the file and the field."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(_Strict):
    """One rule of the caller. `cuts`: the caller talks over the agent after its first sentence."""

    ask: str
    say: str
    repeat: bool = False
    cuts: bool = False


class Number(_Strict):
    """Who calls; None is a hidden number."""

    number: str | None = None


class Scenario(_Strict):
    """One scenario; `expect` is judged key by key (the fields are those of SCENARIOS.md)."""

    id: str
    title: str
    category: str = ""
    lang: Literal["uk", "ru", "surzhyk"] = "uk"
    caller: Number = Field(default_factory=Number)
    now: str = "2026-11-23T10:30:00+02:00"
    faults: dict[str, Any] = Field(default_factory=dict)
    opening: str
    answers: tuple[Answer, ...] = ()
    otherwise: str
    end_when: str
    goodbye: str
    expect: dict[str, Any] = Field(default_factory=dict)
    facts: dict[str, Any] | None = None


def load_questions(folder: Path) -> dict[str, str]:
    """Slot name -> pattern, from the nearest `questions.yaml` at or above `folder`; empty when there is none."""
    for place in (folder, *folder.resolve().parents):
        file = place / QUESTIONS
        if file.is_file():
            table = _read(file)
            return {str(name): str(pattern) for name, pattern in table.items()}
    return {}


def load(path: Path) -> list[Scenario]:
    """Scenarios of a file, or of every file of a folder in the order of their names."""
    if not path.exists():
        raise ScenarioError(f"{path}: no such file or folder")
    files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    found = [_scenario(file) for file in files if file.name != QUESTIONS]
    if not found:
        raise ScenarioError(f"{path}: no scenario (*.yaml) in it")
    return found


def _scenario(file: Path) -> Scenario:
    try:
        raw = Scenario.model_validate(_read(file))
        check({"expect": raw.expect, "faults": raw.faults})
    except ValidationError as error:
        raise ScenarioError(f"{file}: {_wrong(error)}") from None
    names = load_questions(file.parent)
    answers = tuple(a.model_copy(update={"ask": names.get(a.ask, a.ask)}) for a in raw.answers)
    ready = raw.model_copy(update={"answers": answers, "end_when": names.get(raw.end_when, raw.end_when)})
    for pattern in (ready.end_when, *(a.ask for a in ready.answers)):
        try:
            re.compile(pattern)
        except re.error as error:
            raise ScenarioError(f"{file}: pattern {pattern[:60]!r}: {error}") from None
    return ready


def _wrong(error: ValidationError) -> str:
    """One line: where, and what is wrong there."""
    first = error.errors()[0]
    place = ".".join([*(["expect"] if error.title == "Expect" else ["faults"] if error.title == "Faults" else []),
                      *(str(part) for part in first["loc"])])  # fmt: skip
    if first["type"] == "extra_forbidden":
        return f"{place}: unknown field (doc/technical/simulator.md lists those that there are)"
    return f"{place}: {first['msg']}"


def _read(file: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ScenarioError(f"{file}: cannot be read: {error}") from None
    if not isinstance(data, dict):
        raise ScenarioError(f"{file}: not a mapping")
    return data
