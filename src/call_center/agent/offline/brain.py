"""The order in which the built-in brain looks at a turn; the first stage that answers ends it. Stateless.

Silence, results of tools, requests for a person, attempts to change the role, anger, goodbye, answers to yes/no
questions, offered options, flows, small talk, repair. Everything said comes from `phrases`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator

from call_center.agent.brain import CallTool, Finish, Note, Output, Turn
from call_center.agent.flows import FLOWS
from call_center.agent.flows.catalogue import oem_sizes
from call_center.agent.flows.offers import tell_options, tell_stock
from call_center.agent.flows.speech import ask, items, more, operator_offer, say
from call_center.agent.offline.aftermath import (
    aftermath,
    foreign_ground,
    off_topic,
    settled,
    shop_question,
    tell_shops,
)
from call_center.agent.offline.asides import back_to_order, delivery_question
from call_center.agent.offline.executor import climbing, needed_ask, repair, run
from call_center.agent.offline.fitting import (
    FITTING_TOOLS,
    buys_tyres,
    fitting,
    fitting_result,
    fitting_settled,
)
from call_center.agent.offline.impossible import impossible
from call_center.agent.offline.options import GO_ON, declines, follow_up, stock_of_offered
from call_center.agent.offline.ordering import order_result, ordering, phone_part
from call_center.agent.offline.persons import transfer
from call_center.agent.offline.places import other_place
from call_center.agent.offline.presence import hello, say_again, silence
from call_center.agent.offline.sidewall import sidewall
from call_center.agent.view import ToolRecord
from call_center.core.ports import Expected, Question

_SUBJECTS = (
    "callback", "order_status", "fitting_move", "fitting_cancel", "fitting_price", "fitting",
    "order", "price", "availability", "consult", "select",
)  # fmt: skip
_WEAK = ("tyres",)  # a bare mention of tyres starts a selection, but never leaves another flow
_LATER = frozenset({"order_status", "consult", "callback"})
_ORDER_TOOLS = frozenset(
    {"create_order_draft", "update_order_delivery", "confirm_order", "cancel_order_draft"}
)
_ADVICE = frozenset({"fitting", "consult"})
_SELECTING = frozenset({"tyre_size", "season", "budget", "brand"})
_FLOW_OF = {intent: flow.name for flow in FLOWS.values() for intent in flow.intents}
_PARTING = re.compile(
    r"\b(?:ні|нє|неа|нет|нема\w*|дяку\w+|спасиб\w*|поба\w*|бувай\w*|всього|всьо|все|досить|свид\w+|гарного)\b",
    re.IGNORECASE,
)
_LOOKS_UP_SIZE = re.compile(r"розмір|размер|боковин|на шин", re.IGNORECASE)
_AGREES = re.compile(r"\s*(?:так|да|давайте|добре|хорошо|звісно)\b", re.IGNORECASE)


class OfflineBrain:
    """The deterministic dialogue manager."""

    async def respond(self, turn: Turn) -> AsyncIterator[Output]:
        """One round of the turn."""
        for output in decide(turn):
            yield output


def decide(turn: Turn) -> Iterator[Output]:
    """What to do next, as a sync generator (pure but for the notes its consumer applies)."""
    if turn.silence:
        yield from silence(turn)
        return
    yield from climbing(turn, _staged(turn))


def _staged(turn: Turn) -> Iterator[Output]:
    stages = _AFTER_TOOL if turn.round else _FRESH
    for stage in stages:
        answered = silent = False
        for output in stage(turn):
            silent = isinstance(output, Note) and (silent or not answered)
            answered = True
            yield output
        if silent:  # only noted: what is due is said all the same
            yield from _due(turn)
        if answered:
            return


def _due(turn: Turn) -> Iterator[Output]:
    asked = False
    for output in _flow(turn):
        asked = asked or not isinstance(output, Note)
        yield output
    if not asked:
        yield from _repair(turn)


def _result(turn: Turn) -> Iterator[Output]:
    record = turn.view.last_answer
    if record is None:
        return
    if record.tool in _ORDER_TOOLS:
        yield from order_result(turn, record)
    elif record.tool == "get_pickup_points" and record.ok:
        yield from tell_shops(turn)
    elif record.tool in FITTING_TOOLS:
        yield from fitting_result(turn, record)
    elif record.tool == "transfer_to_operator":
        yield from transfer(turn, record)
    elif not record.ok:
        yield operator_offer(turn, "store_down")
    elif record.tool == "request_callback":
        yield from _flow(turn)
        if turn.view.flow != "callback":
            yield from _flow(turn)  # back to what the callback interrupted
    elif record.tool == "check_availability":
        yield from _stock_result(turn, record)
    elif record.tool == "search_tires" and (turn.view.flow != "availability" or turn.view.offered):
        yield from tell_options(turn)
    else:
        yield from _flow(turn)


def _stock_result(turn: Turn, record: ToolRecord) -> Iterator[Output]:
    if turn.view.flow != "order" or not turn.view.chosen:
        yield from tell_stock(turn)
        return
    if "availability" in turn.said and record.result["places"] and "quantity" not in record.args:
        yield say(turn, "where_short", h=str(record.args["option"]))
    yield from _flow(turn)


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
        yield from hello(turn) if "hello" in said else say_again(turn)
    elif "wait" in said and not turn.new and not said & set(_SUBJECTS):
        looks = turn.view.expected.slot == "open" and _LOOKS_UP_SIZE.search(turn.text)
        expected = Expected("tyre_size", Question.DIGITS) if looks else turn.view.expected
        yield ask(turn, "hold", expected.slot, expected.question)
    elif "identity" in said and not turn.new:
        yield say(turn, "persona")
        yield from _ask_again(turn)


def _anger(turn: Turn) -> Iterator[Output]:
    if turn.view.failures["calm"] or "complaint" in turn.said:
        yield CallTool("transfer_to_operator", {"reason": "negative_emotion"})
        return
    yield Note("failed", {"slot": "calm"})
    yield ask(turn, "guard_calm", "open", Question.OPEN)


def _ask_again(turn: Turn) -> Iterator[Output]:
    slot = turn.view.expected.slot
    declared = needed_ask(turn, slot)
    if declared is not None and declared.needed(turn):
        yield ask(turn, declared.line, slot, declared.question, declared.fields(turn))
    else:
        yield more(turn)


def _yes_no(turn: Turn) -> Iterator[Output]:
    slot = turn.view.expected.slot
    if slot == "go_on":
        yield from _go_on(turn)
        return
    if slot not in ("to_operator", "more", "other"):
        return
    if slot == "to_operator" and turn.view.flow in _LATER and _AGREES.match(turn.text):
        yield CallTool(
            "transfer_to_operator", {"reason": "cannot_help"}
        )  # "так, на середу": a person hears it
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


def _go_on(turn: Turn) -> Iterator[Output]:
    """The call that broke off: taken up again with what the caller said then, or left."""
    earlier, answer = turn.view.earlier, _answer(turn)
    if answer == "yes" or (answer is None and _AGREES.match(turn.text) and not turn.new):
        for slot, value in earlier["slots"].items():
            yield Note("filled", {"slot": slot, "value": value, "origin": "caller"})
        yield Note("flow", {"name": earlier["flow"]})
        yield from run(turn, FLOWS[earlier["flow"]])
    elif answer == "no" and not turn.new and not turn.said & set(_SUBJECTS):
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
    if declined and not turn.new and slot == "order_number":
        yield Note("flow", {"name": None})
        yield more(turn)
        return
    if "dont_know" not in said or turn.new:
        return
    if slot == "year":
        yield ask(turn, "ask_size", "tyre_size", Question.DIGITS)
    elif slot == "tyre_size" and not view.value("make"):
        yield ask(turn, "ask_car", "model", Question.OPEN)
    elif slot == "tyre_size":
        yield Note("failed", {"slot": slot})
        if view.failures[slot] >= 2 and view.value("make") and view.value("model"):
            yield from _flow(turn)
        elif view.failures[slot] >= 2:
            yield operator_offer(turn, "unsure_size")
        elif not needed_ask(turn, slot) or not oem_sizes(turn):
            yield ask(turn, "unsure_size", slot, Question.DIGITS)
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


def _subject(turn: Turn) -> Iterator[Output]:
    said = turn.said
    if "delivery" in said and not turn.new & FLOWS["select_tyres"].slots and turn.view.flow is None:
        return  # "чи є доставка" is no question about stock
    for intent in _SUBJECTS:
        if intent in said:
            name = _FLOW_OF[intent]
            advice = intent == "consult" and not turn.new & {"tyre_size", "season"}
            first = buys_tyres(turn) if name == "fitting" else name in _LATER and not advice
            if first and turn.new & _SELECTING and not turn.view.orders:
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
        elif turn.view.flow in _ADVICE and turn.new & FLOWS["select_tyres"].slots:
            yield Note("flow", {"name": "select_tyres"})  # what was asked is left: the tyres go on
    if turn.new or turn.view.ambiguous or said & {*_SUBJECTS, *_WEAK}:
        yield from _flow(turn)


def _phone(turn: Turn) -> Iterator[Output]:
    if turn.view.expected.slot == "phone" and "phone_part" in turn.new and "phone" not in turn.new:
        yield from phone_part(turn)


def _flow(turn: Turn) -> Iterator[Output]:
    flow = FLOWS.get(turn.view.flow or "")
    if flow is None:
        return
    asked = False
    for output in run(turn, flow):
        asked = True
        yield output
    found = turn.view.latest("search_tires")
    if not asked and not turn.view.offered and found is not None and found.ok:
        yield from tell_options(turn)  # nothing is left to ask: what was found, or not found, is said again


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
    return ask(turn, "rephrase_option", "option", Question.CHOICE, {"items": items(held, "чи")})


def _repair(turn: Turn) -> Iterator[Output]:
    stock = stock_of_offered(turn)
    if stock is not None:
        yield stock
    elif turn.new and turn.view.offered and turn.text.strip():
        yield _option_question(turn)  # understood, but nothing follows from it: what is open is asked again
    else:
        yield from repair(turn, unheard=not turn.text.strip() and not turn.keys)


Stage = Callable[[Turn], Iterator[Output]]
_FRESH: tuple[Stage, ...] = (
    settled, fitting_settled, _guards, foreign_ground, back_to_order, _yes_no, fitting, impossible, shop_question, other_place,
    ordering, _phone, delivery_question, sidewall, _options, _declined, _unsure, aftermath, _subject, _small_talk, off_topic, _repair,
)  # fmt: skip
_AFTER_TOOL: tuple[Stage, ...] = (_result, _flow, _repair)
