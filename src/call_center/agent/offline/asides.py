"""Questions in the middle of an order that do not move it, and the way back to it from another subject.

Delivery and its price are told as soon as the shop has named them; until then that is said. Then the open question
comes again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from call_center.agent.brain import Note, Output, Speak, Turn
from call_center.agent.fitting_hearing import FITTING_FLOWS
from call_center.agent.flows import FLOWS
from call_center.agent.flows.offers import describe
from call_center.agent.flows.order import placed
from call_center.agent.flows.speech import ask
from call_center.agent.offline.executor import needed_ask, run
from call_center.agent.phrases import line, split_sentences

ASIDES: Final = frozenset({"delivery", "price", "consult", "when", "index", "country", "made"})
_FACTS: Final = {"index": "index", "country": "country", "made": "year"}
_ORDER_SLOTS: Final = frozenset(
    {"delivery", "branch", "payment", "name", "address", "quantity", "phone", "city"}
)


_PAYING: Final = re.compile(r"оплат|плат[иі]", re.IGNORECASE)
_DELIVERING: Final = re.compile(r"достав|довез|привез|безкошт|бесплат", re.IGNORECASE)
_WHEN: Final = re.compile(r"\bколи\b|\bкогда\b|термін|скільки днів|сколько дней|\bстрок", re.IGNORECASE)
_HOW_MUCH: Final = re.compile(
    r"скільки (?:це )?(?:кошту|буде|вийде|всього)|сколько (?:это )?(?:стоит|будет)|яка (?:сума|ціна)|загальн",
    re.IGNORECASE,
)
_BRINGING: Final = re.compile(r"достав|довез|привез", re.IGNORECASE)
_ASKS_SUM: Final = re.compile(
    r"скільки|скіки|сколько|скока|почім|почем|яка ціна|вартість|безкошт|бесплат", re.IGNORECASE
)


def aside(turn: Turn) -> Iterator[Output]:
    """A question about delivery or money in the middle: what is known of it, then the open question again."""
    declared = needed_ask(turn, turn.view.expected.slot)
    if declared is None:
        return
    order = placed(turn.view)
    about = next((fact for act, fact in _FACTS.items() if act in turn.said), None)
    told = describe(turn, str(turn.view.chosen), (about,)) if about and turn.view.chosen else []
    if about and isinstance(told[0], Speak) and told[0].expected is None:
        yield told[0]
        yield ask(turn, declared.line, declared.slot, declared.question, declared.fields(turn))
        return
    question = line(declared.line, turn.view.lines[declared.line], **declared.fields(turn))
    if "consult" in turn.said and not turn.said & {"delivery", "price"}:
        answer = line("aside_unknown")
    elif order is None:
        answer = line("aside_later")
    else:
        cost = (order.get("delivery") or {}).get("cost")
        answer = line("aside_delivery" if cost else "aside_free", d=str(turn.view.draft))
    if _PAYING.search(turn.text) and not _DELIVERING.search(turn.text):
        answer = ""
    if not answer:
        yield ask(turn, declared.line, declared.slot, declared.question, declared.fields(turn))
        return
    fields = {"answer": answer, "question": split_sentences(question)[-1]}  # with the answer two sentences
    yield ask(turn, "aside", declared.slot, declared.question, fields)


def delivery_question(turn: Turn) -> Iterator[Output]:
    """What delivery costs or how long it takes, asked while tyres are still being chosen."""
    choosing = turn.view.flow in ("select_tyres", "availability") and not turn.new - {"city"}
    asked = _ASKS_SUM.search(turn.text) or _WHEN.search(turn.text)
    if choosing and asked and "delivery" in turn.said:
        yield from aside(turn)


def back_to_order(turn: Turn) -> Iterator[Output]:
    """Something about the order while another subject waits for an operator: the order goes on."""
    view = turn.view
    if view.flow in (None, "order") or "order" not in view.paused or not turn.new & _ORDER_SLOTS:
        return
    if view.flow in FITTING_FLOWS and not turn.new & {"delivery", "branch", "payment"}:
        return
    if view.flow in ("callback", "order_status") and not turn.new & {"delivery", "branch", "payment", "name"}:
        return
    yield Note("flow", {"name": "order"})
    yield from run(turn, FLOWS["order"])


def order_answer(turn: Turn) -> str:
    """What the caller asks about the order that was just read back."""
    handle = turn.view.draft
    if handle is None:
        return ""
    if _WHEN.search(turn.text):
        return line("agree_answer_days", d=handle)
    if _BRINGING.search(turn.text) and (_ASKS_SUM.search(turn.text) or "?" in turn.text):
        order = placed(turn.view) or {}
        return line("aside_delivery" if (order.get("delivery") or {}).get("cost") else "aside_free", d=handle)
    return line("agree_answer_total", d=handle) if _HOW_MUCH.search(turn.text) else ""
