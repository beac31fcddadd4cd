"""A size picked by its place among those that were named, or agreed to when it was heard badly."""

from __future__ import annotations

import re
from collections.abc import Iterator

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.flows import FLOWS
from call_center.agent.flows.catalogue import heard_sizes, sizes_by_ear
from call_center.agent.flows.speech import ask
from call_center.agent.offline.executor import run
from call_center.core.ports import Question

_PLACES = (re.compile(r"\bперш|\bперв", re.IGNORECASE), re.compile(r"\bдруг|\bостан|\bпослед", re.IGNORECASE))
BRIEF = 3  # words


def sidewall(turn: Turn) -> Iterator[Output]:
    """A size by its place among those that were named ("перший"), or yes or no to what a garbled one sounded like."""
    if turn.view.expected.slot == "size_is" and not turn.new:
        yield from _agreed(turn)
        return
    named = sizes_by_ear(turn) if turn.view.expected.slot == "tyre_size" and not turn.new else []
    place = next((n for n, stem in enumerate(_PLACES) if stem.search(turn.text)), None)
    if named and place is not None and turn.heard.words <= BRIEF:
        size = named[place if place < len(named) else -1].replace(" ", "")
        yield Note("filled", {"slot": "tyre_size", "value": size, "origin": "caller"})
        flow = FLOWS.get(turn.view.flow or "")
        yield from run(turn, flow) if flow is not None else ()


def _agreed(turn: Turn) -> Iterator[Output]:
    """Yes: that is the size. No: the next likeliest, and after that number by number."""
    answer = turn.heard.value("yes_no") or {"1": "yes", "2": "no"}.get(turn.keys)
    sizes, flow = heard_sizes(turn.view), FLOWS.get(turn.view.flow or "")
    if answer is None or not sizes or flow is None:
        return
    rest = sizes[1:] if answer == "no" else []
    if answer == "yes":
        yield Note("filled", {"slot": "tyre_size", "value": sizes[0], "origin": "caller"})
    if rest:
        yield Note("filled", {"slot": "heard_size", "value": rest, "origin": "code"})
    else:
        yield Note("cleared", {"slots": ["heard_size"]})
    if answer == "no" and not rest:
        yield ask(turn, "ask_width", "width", Question.DIGITS)
        return
    yield from run(turn, flow)
