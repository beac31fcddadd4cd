"""The caller simulator: scenario files played against the agent, judged by what really happened.

`load` reads files, `Caller` is the caller's side (pure), `play` runs one call in text, `judge` compares the journal's
events with the expectations and the rules that hold in every scenario.
"""

from call_center.testing.simulator.caller import Caller
from call_center.testing.simulator.faults import DownShop
from call_center.testing.simulator.judge import judge
from call_center.testing.simulator.play import Outcome, play
from call_center.testing.simulator.scenario import Scenario, ScenarioError, load, load_questions

__all__ = [
    "Caller",
    "DownShop",
    "Outcome",
    "Scenario",
    "ScenarioError",
    "judge",
    "load",
    "load_questions",
    "play",
]
