"""Runs a declared flow: the first step that is needed decides. Sync generator; the view changes between outputs.

The consumer applies every `Note` before the next output is taken, so a step may fill a slot and the plan is looked at
again from the top.
"""

from __future__ import annotations

from collections.abc import Iterator

from call_center.agent.brain import CallTool, Note, Output, Recite, Speak, Turn
from call_center.agent.commits import AGREE, agreed, binds, digest
from call_center.agent.flows import FLOWS, Agree, Ask, Do, Flow, Tell
from call_center.agent.flows.speech import ask, items, operator_offer
from call_center.agent.phrases import LINES
from call_center.agent.tools.step import request_for
from call_center.agent.view import PATIENT

MAX_STEPS = 12
REPEATS = 2  # of a question, after it was asked once
PATIENCE = 2  # askings in the first wording


def climbing(turn: Turn, outputs: Iterator[Output]) -> Iterator[Output]:
    """Nothing is asked for ever: where a question would come a fourth time with nothing learnt, a person."""
    for output in outputs:
        if exhausted(turn, output):
            yield CallTool("transfer_to_operator", {"reason": "cannot_help"})
            return
        yield output


def exhausted(turn: Turn, output: Output) -> bool:
    """Whether this would ask once more what was asked three times with nothing learnt."""
    view = turn.view
    if view.moved or view.stuck < REPEATS:
        return False
    if isinstance(output, Recite):
        return view.stuck_on == AGREE
    if not isinstance(output, Speak) or output.expected is None or output.key in PATIENT:
        return False
    return output.expected.slot == view.stuck_on


def run(turn: Turn, flow: Flow) -> Iterator[Output]:
    """Advance `flow` until something is asked, told or a tool is needed; yields nothing when the plan is done."""
    for _ in range(MAX_STEPS):
        step = next_step(turn, flow)
        if step is None:
            return
        if isinstance(step, Ask):
            yield ask(turn, _wording(turn, step), step.slot, step.question, step.fields(turn))
            return
        if isinstance(step, Do):
            yield CallTool(step.tool, step.args(turn))
            return
        if isinstance(step, Agree):
            yield _commit(turn, step)
            return
        asked = False
        for output in step.speak(turn):
            asked = asked or isinstance(output, Speak)
            yield output
        if asked:
            return


def _wording(turn: Turn, step: Ask) -> str:
    """The line to ask with: who answered something else twice hears the question in other words, then choices."""
    asked = turn.view.asked
    if asked is None or asked.slot != step.slot or step.slot in turn.new:
        return step.line
    times = sum(turn.view.lines[key] for key in {step.line, step.rephrase, step.choices})
    return step.line if times < PATIENCE else step.rephrase if times == PATIENCE else step.choices


def _commit(turn: Turn, step: Agree) -> Output:
    """Do it when nothing has to be agreed to or just that was agreed to, else read it back."""
    args = step.args(turn)
    request = request_for(turn.view, step.tool, args)
    bound = binds(turn.view, step.tool, request)
    if bound and not agreed(turn.view, step.tool, digest(turn.view, step.tool, args, request)):
        return Recite(step.tool, args)
    return CallTool(step.tool, args)


def next_step(turn: Turn, flow: Flow) -> Ask | Do | Tell | Agree | None:
    """The first step of the plan that is needed now."""
    for step in flow.plan:
        if step.needed(turn) and not (isinstance(step, Do) and _done(turn, step)):
            return step
    return None


def _done(turn: Turn, step: Do) -> bool:
    """Whether this very call was already answered in this call, and nothing newer replaced its answer."""
    if step.again:
        return False
    args = step.args(turn)
    newest = turn.view.latest(step.tool)
    return newest is not None and bool(newest.ok) and newest.args == args


def needed_ask(turn: Turn, slot: str) -> Ask | None:
    """The question for `slot` that the active flow would put now."""
    flow = FLOWS.get(turn.view.flow or "")
    if flow is None:
        return None
    found = [s for s in flow.plan if isinstance(s, Ask) and s.slot == slot]
    return next((s for s in found if s.needed(turn)), found[0] if found else None)


def repair(turn: Turn, *, unheard: bool = False) -> Iterator[Output]:
    """Not understood: first rephrase, second two concrete choices or the keypad, third an operator."""
    view = turn.view
    slot = view.asked.slot if view.asked else "open"
    failed = max(view.failures[slot], view.repairs)
    yield Note("failed", {"slot": slot, "repair": True})
    if failed >= 2:
        yield CallTool("transfer_to_operator", {"reason": "cannot_help"})
        return
    if unheard and failed == 0:
        yield ask(turn, "not_heard", slot, view.expected.question)
        return
    flow = FLOWS.get(view.flow or "")
    if view.poor_line and slot == "tyre_size" and flow is not None:
        yield from run(turn, flow)  # the flow now asks number by number
        return
    yield _again(turn, slot, "rephrase" if failed == 0 else "choices")


def _again(turn: Turn, slot: str, stage: str) -> Speak:
    declared = needed_ask(turn, slot)
    if declared is not None:
        key = declared.rephrase if stage == "rephrase" else declared.choices
        return ask(turn, key, slot, declared.question, declared.fields(turn))
    question = turn.view.expected.question
    if slot == "option":
        return _option_again(turn, stage)
    if slot in ("to_operator", "more", "other"):
        return ask(turn, f"{stage}_yes_no", slot, question)
    key = f"{stage}_{slot}" if f"{stage}_{slot}" in LINES else f"{stage}_open"
    if key == "choices_open":
        return operator_offer(turn, key)
    return ask(turn, key, slot, question)


def _option_again(turn: Turn, stage: str) -> Speak:
    held = [turn.view.options[h] for h in turn.view.offered]
    question = turn.view.expected.question
    if stage == "rephrase" and len(held) > 1:
        return ask(turn, "rephrase_option", "option", question, {"items": items(held, "чи")})
    return ask(turn, "choices_option" if len(held) > 1 else "choices_option_one", "option", question)
