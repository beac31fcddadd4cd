"""The caller's side of a scenario, pure: the agent's last turn in, the caller's next words out (None: hangs up)."""

from __future__ import annotations

import re

from call_center.testing.simulator.scenario import Scenario

OTHERWISE_RUNNING = 2  # the third in a row is a hang-up


class Caller:
    """One caller; keeps which answers are used up."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._used: set[int] = set()
        self._otherwise = 0
        self._spoke = False
        self.cuts = False  # whether the newest reply talked over the agent

    def interrupts(self, agent: str) -> bool:
        """Whether the caller would talk over the agent who has said `agent` so far; changes nothing."""
        if not self._spoke or _matches(self._scenario.end_when, agent):
            return False
        for index, answer in enumerate(self._scenario.answers):
            if index not in self._used and _matches(answer.ask, agent):
                return answer.cuts
        return False

    def reply(self, agent: str) -> str | None:
        """What the caller says to `agent`, all the agent's text since the caller last spoke."""
        self.cuts = False
        if not self._spoke:
            self._spoke = True
            return self._scenario.opening
        if _matches(self._scenario.end_when, agent):
            self._otherwise = 0
            return self._scenario.goodbye
        for index, answer in enumerate(self._scenario.answers):
            if index not in self._used and _matches(answer.ask, agent):
                if not answer.repeat:
                    self._used.add(index)
                self._otherwise = 0
                self.cuts = answer.cuts
                return answer.say
        self._otherwise += 1
        return None if self._otherwise > OTHERWISE_RUNNING else self._scenario.otherwise


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
