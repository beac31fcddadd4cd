"""Jobs that are not done by voice yet: each says so honestly and offers a person who does it.

They are flows all the same, so that the subject is recognised, journalled and named in the operator's summary.
"""

from __future__ import annotations

from call_center.agent.brain import Output, Turn
from call_center.agent.flows.base import Flow, Tell
from call_center.agent.flows.speech import operator_offer


def _always(_: Turn) -> bool:
    return True


def _offer(key: str) -> Tell:
    def speak(turn: Turn) -> list[Output]:
        return [operator_offer(turn, key)]

    return Tell(_always, speak)


CONSULT = Flow(
    "consult", "advice about tyres", "консультація", frozenset({"consult"}), (_offer("cannot_consult"),)
)  # fmt: skip
