"""A size picked by its place among those that were named for the caller's car."""

from __future__ import annotations

import re
from collections.abc import Iterator

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.flows import FLOWS
from call_center.agent.flows.catalogue import sizes_by_ear
from call_center.agent.offline.executor import run

_PLACES = (re.compile(r"\bперш|\bперв", re.IGNORECASE), re.compile(r"\bдруг|\bостан|\bпослед", re.IGNORECASE))
BRIEF = 3  # words


def sidewall(turn: Turn) -> Iterator[Output]:
    """A size by its place among those that were named ("перший")."""
    named = sizes_by_ear(turn) if turn.view.expected.slot == "tyre_size" and not turn.new else []
    place = next((n for n, stem in enumerate(_PLACES) if stem.search(turn.text)), None)
    if named and place is not None and turn.heard.words <= BRIEF:
        size = named[place if place < len(named) else -1].replace(" ", "")
        yield Note("filled", {"slot": "tyre_size", "value": size, "origin": "caller"})
        flow = FLOWS.get(turn.view.flow or "")
        yield from run(turn, flow) if flow is not None else ()
