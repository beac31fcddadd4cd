"""The caller simulator: scenario files played against the agent, judged by what really happened.

`load` reads files, `Caller` is the caller's side (pure), `play` runs one call in text, `judge` compares the journal's
events with the expectations and the rules that hold in every scenario.
"""

from call_center.testing.simulator.arena import Arena
from call_center.testing.simulator.caller import Caller
from call_center.testing.simulator.faults import DownShop, mishear, store_faults
from call_center.testing.simulator.guarantees import guarantees
from call_center.testing.simulator.judge import judge
from call_center.testing.simulator.play import Outcome, play
from call_center.testing.simulator.results import Result
from call_center.testing.simulator.scenario import Scenario, ScenarioError, load, load_questions
from call_center.testing.simulator.text import Maker, Part, offline, play_one

__all__ = [
    "Arena",
    "Caller",
    "DownShop",
    "Maker",
    "Outcome",
    "Part",
    "Result",
    "Scenario",
    "ScenarioError",
    "guarantees",
    "judge",
    "load",
    "load_questions",
    "mishear",
    "offline",
    "play",
    "play_one",
    "store_faults",
]
