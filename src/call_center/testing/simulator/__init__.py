"""The caller simulator: scenario files played against the agent, judged by what really happened.

`load` reads files, `Caller` is the caller's side (pure), `play` runs one call in text, `judge` compares the journal's
events with the expectations and the rules that hold in every scenario.
"""

from call_center.testing.simulator.caller import Caller
from call_center.testing.simulator.faults import DownShop, mishear, store_faults
from call_center.testing.simulator.guarantees import guarantees
from call_center.testing.simulator.judge import judge
from call_center.testing.simulator.play import Outcome, play
from call_center.testing.simulator.scenario import Scenario, ScenarioError, load, load_questions

__all__ = [
    "Caller",
    "DownShop",
    "Outcome",
    "Scenario",
    "ScenarioError",
    "guarantees",
    "judge",
    "load",
    "load_questions",
    "mishear",
    "play",
    "store_faults",
]
