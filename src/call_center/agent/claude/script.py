"""The shop's script around a model: what code settles before it is asked, and how a turn goes on without it. Pure.

`go_on` is what `continue_flow` means. A turn that the model left whole is the built-in brain's, with all that it hears
(an offered time picked by its place, a yes to the nearest day); one that it began or corrected is finished by the flow.
"""

from __future__ import annotations

from collections.abc import Iterator

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.claude.plan import flow_of, silent_steps
from call_center.agent.flows import FLOWS
from call_center.agent.flows.speech import more, operator_offer
from call_center.agent.offline.aftermath import aftermath
from call_center.agent.offline.brain import decide
from call_center.agent.offline.executor import run
from call_center.agent.offline.ordering import call_off

_STARTS = (
    "callback", "order_status", "fitting_move", "fitting_cancel", "fitting_price", "fitting", "order", "availability",
    "consult", "select_tyres",
)  # fmt: skip


def begin(turn: Turn) -> Iterator[Output]:
    """What code settles before a model is asked."""
    if turn.round == 0:
        yield from _start_flow(turn)
    yield from silent_steps(turn)


def _start_flow(turn: Turn) -> Iterator[Output]:
    """An intent or a slot starts its flow while none is active."""
    if turn.view.flow is not None or any(True for _ in aftermath(turn)):
        return  # what is asked of an order that was told of ("які там шини") starts nothing
    for name in _STARTS:
        if FLOWS[name].intents & turn.said:
            yield Note("flow", {"name": name})
            return
    named = [name for name in _STARTS if FLOWS[name].slots & turn.new]
    if named or turn.view.ambiguous or "tyres" in turn.said:
        yield Note("flow", {"name": (named or ["select_tyres"])[0]})


def go_on(turn: Turn, *, spoken: bool, corrected: bool) -> Iterator[Output]:
    """The due question, tool, facts or read-back from what is known; never a dead end."""
    yield Note("brain", {"name": "script", "why": "continue"})
    last = turn.view.last_answer
    untold = last is not None and last.turn == turn.view.turn and last.intent not in turn.view.told
    fresh = turn.round == 0 and not corrected
    if (fresh or (untold and turn.round)) and not spoken:
        yield from decide(turn)  # also tells what a tool answered, or that it did not
        return
    flow = flow_of(turn)
    went = False
    for output in run(turn, flow) if flow is not None else ():
        went = went or not isinstance(output, Note)
        yield output
    if not went:
        yield more(turn)


def off(turn: Turn) -> Iterator[Output]:
    """The caller gives up what is being made."""
    view = turn.view
    bound = any(o.get("status") == "confirmed" for o in view.orders.values())
    if bound and view.draft is None:
        yield operator_offer(turn, "cancel_confirmed")
    else:
        yield from call_off(turn)
