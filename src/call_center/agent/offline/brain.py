"""The order in which the built-in brain looks at a turn; the first stage that answers ends it. Stateless.

Silence, results of tools, requests for a person, attempts to change the role, anger, goodbye, answers to yes/no
questions, offered options, flows, small talk, repair. Everything said comes from `phrases`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

from call_center.agent.brain import CallTool, Finish, Note, Output, Speak, Turn
from call_center.agent.flows import FLOWS
from call_center.agent.flows.offers import tell_options, tell_stock
from call_center.agent.flows.speech import ask, items, more, operator_offer, say
from call_center.agent.offline.asides import back_to_order
from call_center.agent.offline.executor import needed_ask, repair, run
from call_center.agent.offline.options import GO_ON, declines, follow_up, stock_of_offered
from call_center.agent.offline.ordering import order_result, ordering, phone_part, settled
from call_center.agent.phrases import SESSION_PHRASES
from call_center.agent.view import ToolRecord
from call_center.core.ports import Expected, Question

_SUBJECTS = ("callback", "order_status", "fitting", "order", "price", "availability", "consult", "select")
_WEAK = ("tyres",)  # a bare mention of tyres starts a selection, but never leaves another flow
_LATER = frozenset({"fitting", "order_status", "consult", "callback"})
_ORDER_TOOLS = frozenset(
    {"create_order_draft", "update_order_delivery", "confirm_order", "cancel_order_draft"}
)
_SELECTING = frozenset({"tyre_size", "season", "budget", "brand"})
_FLOW_OF = {intent: flow.name for flow in FLOWS.values() for intent in flow.intents}
_PARTING = re.compile(
    r"\b(?:ні|нє|неа|нет|нема\w*|дяку\w+|спасиб\w*|поба\w*|бувай\w*|всього|всьо|все|досить|свид\w+|гарного)\b",
    re.IGNORECASE,
)
_AGREES = re.compile(r"\s*(?:так|да|давайте|добре|хорошо|звісно)\b", re.IGNORECASE)
_TRANSFER_LINES = {
    "customer_request": "transfer",
    "negative_emotion": "transfer_sorry",
    "cannot_help": "transfer_cannot",
    "complex_question": "transfer_cannot",
    "out_of_scope": "transfer_cannot",
    "limit": "transfer_limit",
}


class OfflineBrain:
    """The deterministic dialogue manager."""

    async def respond(self, turn: Turn) -> AsyncIterator[Output]:
        """One round of the turn."""
        for output in decide(turn):
            yield output


def decide(turn: Turn) -> Iterator[Output]:
    """What to do next, as a sync generator (pure but for the notes its consumer applies)."""
    if turn.silence:
        yield from _silence(turn)
        return
    stages = _AFTER_TOOL if turn.round else _FRESH
    for stage in stages:
        answered = False
        for output in stage(turn):
            answered = True
            yield output
        if answered:
            return


def _silence(turn: Turn) -> Iterator[Output]:
    expected = turn.view.expected
    text = SESSION_PHRASES.silence(turn.silence, expected.slot)
    if expected.slot == "agree" and turn.silence < 3:
        yield ask(turn, "agree_silence", expected.slot, expected.question)
        return
    if turn.silence >= 3:
        yield Speak(text, "silence_goodbye")
        yield Finish("silence")
        return
    yield _ask_text(text, "silence", expected.slot, expected.question)


def _ask_text(text: str, key: str, slot: str, question: Question) -> Output:
    return Speak(text, key, Expected(slot, question))


def _result(turn: Turn) -> Iterator[Output]:
    record = turn.view.last_answer
    if record is None:
        return
    if record.tool in _ORDER_TOOLS:
        yield from order_result(turn, record)
    elif record.tool == "transfer_to_operator":
        yield from _transfer(turn, record)
    elif not record.ok:
        yield operator_offer(turn, "store_down")
    elif record.tool == "check_availability" and turn.view.flow == "order" and turn.view.chosen:
        yield from _flow(turn)
    elif record.tool == "check_availability":
        yield from tell_stock(turn)
    elif record.tool == "search_tires" and (turn.view.flow != "availability" or turn.view.offered):
        yield from tell_options(turn)
    else:
        yield from _flow(turn)


def _transfer(turn: Turn, record: ToolRecord) -> Iterator[Output]:
    if record.ok:
        offered = turn.view.expected.slot == "to_operator" and not turn.view.repairs
        key = "transfer" if offered else _TRANSFER_LINES.get(str(record.args.get("reason")), "transfer")
        line = say(turn, key)
        yield replace(line, interruptible=False)
    else:
        yield more(turn, "operator_unavailable")


def _guards(turn: Turn) -> Iterator[Output]:
    said = turn.said
    if "operator" in said or turn.keys == "0":
        yield CallTool("transfer_to_operator", {"reason": "customer_request"})
    elif "role" in said:
        yield ask(turn, "guard_role", "tyre_size", Question.OPEN)
    elif "anger" in said:
        yield from _anger(turn)
    elif "goodbye" in said and not turn.new:
        yield say(turn, "goodbye")
        yield Finish("goodbye")
    elif "repeat" in said and not turn.new and turn.view.last_lines:
        yield from _say_again(turn)
    elif "wait" in said and not turn.new:
        yield ask(turn, "hold", turn.view.expected.slot, turn.view.expected.question)
    elif "identity" in said and not turn.new:
        yield say(turn, "persona")
        yield from _ask_again(turn)


def _anger(turn: Turn) -> Iterator[Output]:
    if turn.view.failures["calm"]:
        yield CallTool("transfer_to_operator", {"reason": "negative_emotion"})
        return
    yield Note("failed", {"slot": "calm"})
    yield ask(turn, "guard_calm", "open", Question.OPEN)


def _say_again(turn: Turn) -> Iterator[Output]:
    expected = turn.view.expected
    yield _ask_text(" ".join(turn.view.last_lines), "again", expected.slot, expected.question)


def _ask_again(turn: Turn) -> Iterator[Output]:
    slot = turn.view.expected.slot
    declared = needed_ask(turn, slot)
    if declared is not None and declared.needed(turn):
        yield ask(turn, declared.line, slot, declared.question, declared.fields(turn))
    else:
        yield more(turn)


def _yes_no(turn: Turn) -> Iterator[Output]:
    slot = turn.view.expected.slot
    if slot not in ("to_operator", "more", "other"):
        return
    if slot == "to_operator" and turn.view.flow in _LATER and _AGREES.match(turn.text):
        yield CallTool(
            "transfer_to_operator", {"reason": "cannot_help"}
        )  # "так, на середу": a person will hear it
        return
    answer = _answer(turn)
    if answer is None or (turn.new and not (answer == "no" and slot == "more" and not turn.new & _SELECTING)):
        return
    if slot == "to_operator" and answer == "yes":
        yield CallTool("transfer_to_operator", {"reason": "cannot_help"})
    elif slot == "to_operator":
        yield from leave(turn)
    elif answer == "no" and slot == "other":
        yield more(turn)
    elif answer == "no":
        yield say(turn, "goodbye")
        yield Finish("goodbye")
    elif slot == "other":
        yield ask(turn, "other_how", "open", Question.OPEN)
    elif not turn.said & set(_SUBJECTS):
        yield ask(turn, "listening", "open", Question.OPEN)


def _answer(turn: Turn) -> str | None:
    """Yes, no or neither, in words, keys, thanks and parting words."""
    answer: str | None = turn.heard.value("yes_no") or {"1": "yes", "2": "no"}.get(turn.keys)
    if answer is not None:
        return answer
    if turn.said & {"not_needed", "think", "thanks", "refuse"}:
        return "no"
    parts = turn.view.expected.slot == "more" and _PARTING.search(turn.text) is not None
    return "no" if parts and not turn.said & set(_SUBJECTS) else None


def leave(turn: Turn) -> Iterator[Output]:
    """Leave the subject: back to the one it interrupted, else whether there is anything else."""
    yield Note("flow", {"name": None})
    flow = FLOWS.get(turn.view.flow or "")
    resumed = False
    for output in run(turn, flow) if flow is not None else ():
        resumed = True
        yield output
    if not resumed:
        yield more(turn)


def _unsure(turn: Turn) -> Iterator[Output]:
    """The caller does not know what was asked: another way to the same thing."""
    said, view = turn.said, turn.view
    slot = view.expected.slot
    declined = "not_needed" in said or turn.heard.value("yes_no") == "no"
    if declined and not turn.new and slot in ("tyre_size", "season", "model", "year", "open"):
        yield Note("flow", {"name": None})
        yield more(turn, "think_over")
        return
    if "dont_know" not in said or turn.new:
        return
    if slot == "year":
        yield ask(turn, "ask_size", "tyre_size", Question.DIGITS)
    elif slot == "tyre_size" and not view.value("make"):
        yield ask(turn, "ask_car", "model", Question.OPEN)
    elif slot == "tyre_size":
        yield Note("failed", {"slot": slot})
        if view.failures[slot] >= 2:
            yield from _flow(turn)
        else:
            declared = needed_ask(turn, slot)
            if declared is not None:
                yield ask(turn, declared.choices, slot, declared.question, declared.fields(turn))


def _options(turn: Turn) -> Iterator[Output]:
    for output in follow_up(turn) or ():
        if output is GO_ON:
            yield from _flow(turn)
        else:
            yield output


def _declined(turn: Turn) -> Iterator[Output]:
    if not declines(turn):
        return
    if turn.view.paused:
        yield from leave(turn)
    else:
        yield more(turn, "think_over")


def _impossible(turn: Turn) -> Iterator[Output]:
    """Heard, but it cannot be: asked again, never guessed."""
    size = turn.heard.get("tyre_size")
    if size is not None and size.value is None:
        yield from _bad(turn, "tyre_size", "impossible_size")
        return
    quantity = turn.heard.get("quantity")
    if quantity is not None and quantity.value is None:
        yield from _bad(turn, "quantity", "bad_quantity")


def _bad(turn: Turn, slot: str, key: str) -> Iterator[Output]:
    if max(turn.view.failures[slot], turn.view.repairs) >= 2:
        yield CallTool("transfer_to_operator", {"reason": "cannot_help"})
        return
    if turn.view.flow is None:
        yield Note("flow", {"name": "select_tyres"})
    yield Note("failed", {"slot": slot, "repair": True})
    yield ask(turn, key, slot, Question.DIGITS)


def _subject(turn: Turn) -> Iterator[Output]:
    said = turn.said
    if "delivery" in said and not turn.new & FLOWS["select_tyres"].slots and turn.view.flow is None:
        return  # "чи є доставка" is no question about stock
    for intent in _SUBJECTS:
        if intent in said:
            name = _FLOW_OF[intent]
            if name in _LATER and turn.new & _SELECTING:
                yield Note(
                    "flow", {"name": name}
                )  # two things in one sentence: tyres first, then back to this
                name = "select_tyres"
            if intent == "select" and turn.view.flow == "availability":
                break
            if name != turn.view.flow:
                yield Note("flow", {"name": name})
            break
    else:
        if turn.view.flow is None and (
            turn.view.ambiguous or turn.new & FLOWS["select_tyres"].slots or said & set(_WEAK)
        ):
            yield Note("flow", {"name": "select_tyres"})
        elif turn.view.flow in (None, *_LATER) and not turn.new:
            return
    if turn.new or turn.view.ambiguous or said & {*_SUBJECTS, *_WEAK}:
        yield from _flow(turn)


def _phone(turn: Turn) -> Iterator[Output]:
    if turn.view.expected.slot == "phone" and "phone_part" in turn.new and "phone" not in turn.new:
        yield from phone_part(turn)


def _flow(turn: Turn) -> Iterator[Output]:
    flow = FLOWS.get(turn.view.flow or "")
    if flow is not None:
        yield from run(turn, flow)


def _small_talk(turn: Turn) -> Iterator[Output]:
    said = turn.said
    if said & {"thanks", "think"}:
        yield more(turn, "more_after_thanks" if "thanks" in said else "think_over")
    elif "delivery" in said:
        yield operator_offer(turn, "cannot_delivery")
    elif "greeting" in said and turn.view.offered and turn.view.chosen is None:
        yield _option_question(turn)
    elif "greeting" in said and turn.view.flow is not None and needed_ask(turn, turn.view.expected.slot):
        yield from _ask_again(turn)
    elif "greeting" in said:
        yield ask(turn, "greet_back", "open", Question.OPEN)


def _option_question(turn: Turn) -> Output:
    held = [turn.view.options[h] for h in turn.view.offered]
    if len(held) == 1:
        return ask(turn, "shall_continue", "option", Question.YES_NO)
    return ask(turn, "rephrase_option", "option", Question.CHOICE, {"items": items(held)})


def _repair(turn: Turn) -> Iterator[Output]:
    stock = stock_of_offered(turn)
    if stock is not None:
        yield stock
        return
    if turn.new and turn.view.offered and turn.text.strip():
        yield _option_question(turn)  # understood, but nothing follows from it: what is open is asked again
        return
    yield from repair(turn, unheard=not turn.text.strip() and not turn.keys)


Stage = Callable[[Turn], Iterator[Output]]
_FRESH: tuple[Stage, ...] = (
    settled, _guards, back_to_order, _yes_no, _impossible, ordering, _phone, _options, _declined, _unsure, _subject, _small_talk,
    _repair,
)  # fmt: skip
_AFTER_TOOL: tuple[Stage, ...] = (_result, _flow, _repair)
