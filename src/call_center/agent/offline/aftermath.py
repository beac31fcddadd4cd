"""What callers ask once something was told: details of an order looked up, changes of one that stands. Pure.

Also questions that no flow owns: whether there is a shop in a city, and what has nothing to do with tyres.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from call_center.agent.brain import CallTool, Note, Output, Turn
from call_center.agent.facts import status_fact
from call_center.agent.flows.order import listed_shops, tell_ordered
from call_center.agent.flows.speech import ask, more, operator_offer
from call_center.agent.offline.executor import needed_ask
from call_center.agent.phrases import join_list, line
from call_center.agent.phrases.places import in_city
from call_center.core.ports import Question

_CHANGES: Final = re.compile(
    r"(?:змін|помін|скас|відмін|перенапр|измен|помен|отмен|анул)\w*(?: \w+){0,3} (?:замов|заказ|адрес|достав|відділ|отделен|"
    r"отримув|получат|кільк|колич)\w*",
    re.IGNORECASE,
)
_OWN: Final = re.compile(r"\b(?:мо\w+|оформлен\w+|вже|уже|зробле\w+|вчора|вчера|номер)\b", re.IGNORECASE)
_ORDER: Final = re.compile(r"замов|заказ", re.IGNORECASE)
_SHOP: Final = re.compile(
    r"магазин|шоурум|точк[аи]\b|філі[яї]|самовив|самовыв|знаходит|находит|адрес|\bде (?:ж )?ви\b|\bгде (?:же )?вы\b",
    re.IGNORECASE,
)
_ITEMS: Final = re.compile(
    r"\b(?:які|яка|какие|какая|що|шо|что)\b(?: \w+){0,3} (?:шин|гум|резин|кол[её]с|їд|ед|замовл|заказ|в замовл)\w*",
    re.IGNORECASE,
)
_ASKS: Final = re.compile(r"\?|\bє\b|\bесть\b|\bде\b|\bгде\b|\bчи\b|маєте|яка|який", re.IGNORECASE)
_PLACES: Final = frozenset({"delivery", "city", "date", "time"})  # words of any talk
_QUESTION: Final = re.compile(
    r"\?\s*$|\b(?:хто|кто|що таке|что такое|який|яка|яке|какой|какая|скільки|сколько|чому|почему|навіщо|зачем|"
    r"розкаж\w+|расскаж\w+|продаєте|продаете|возите|робите|делаете|заспівай\w*|порахуй\w*|вмієш|вмієте|умеете)\b",
    re.IGNORECASE,
)


def aftermath(turn: Turn) -> Iterator[Output]:
    """A follow-up to an order that was told of, or a wish to change one that stands."""
    view, told = turn.view, turn.view.latest("get_order_status")
    standing = (
        view.draft is None and view.chosen is None and view.flow not in ("order", "fitting", "callback")
    )
    about = told is not None or _ORDER.search(turn.text) or _OWN.search(turn.text)
    if standing and about and not turn.new & {"tyre_size", "season"} and _CHANGES.search(turn.text):
        yield operator_offer(turn, "change_confirmed")
        return
    if told is None or not told.ok or not view.statuses or view.flow is not None or turn.new:
        return
    items = _ITEMS.search(turn.text) is not None
    if "price" in turn.said or items:
        handle = list(view.statuses)[-1]
        if items and status_fact(view.statuses[handle], "items"):
            yield more(turn, "status_items", q=handle)
            return
        if view.statuses[handle].get("total") is not None and not items:
            yield more(turn, "status_total", q=handle)
            return
        yield Note("flow", {"name": "order_status"})
        yield ask(turn, "status_details", "order_number", Question.DIGITS)


def shop_question(turn: Turn) -> Iterator[Output]:
    """Whether there is a shop in a city ("У Черкасах є ваш магазин?"): the addresses there, then what was open."""
    city = turn.view.value("city")
    asks = _SHOP.search(turn.text) and _ASKS.search(turn.text)
    if not asks or city is None or "city" not in turn.new or turn.new - {"city", "delivery"}:
        return
    yield CallTool("get_pickup_points", {"city": city, "kind": "own_shop"})


def tell_shops(turn: Turn) -> Iterator[Output]:
    """What the shop said about its shops in the city that was asked about."""
    if not (_SHOP.search(turn.text) and _ASKS.search(turn.text)) or "city" not in turn.new:
        return
    listed = listed_shops(turn.view)
    if listed is None or turn.view.value("delivery") == "nova_poshta_branch":
        return
    where = in_city(str(turn.view.value("city")))
    where = where[:1].upper() + where[1:]
    if listed:
        told = join_list([f"[[{p['handle']}.address]]" for p in listed[:2]])
        key = "shops_there" if len(listed) > 1 else "shop_there"
        answer = line(key, turn.view.lines[key], city=where, addresses=told)
    else:
        answer = line("shop_not_there", city=where)
    declared = needed_ask(turn, turn.view.expected.slot)
    if not listed and turn.view.flow == "order" and turn.view.expected.slot == "delivery":
        yield Note("cleared", {"slots": ["delivery"]})
        yield ask(turn, "no_shop", "delivery", Question.CHOICE, {"city": where})
        return
    if declared is not None and declared.needed(turn):
        fields = {
            "answer": answer,
            "question": line(declared.line, turn.view.lines[declared.line], **declared.fields(turn)),
        }
        yield ask(turn, "aside", declared.slot, declared.question, fields)
        return
    fields = {"answer": answer, "question": line("more", turn.view.lines["more"])}
    yield ask(turn, "aside", "more", Question.YES_NO, fields)


def foreign_ground(turn: Turn) -> Iterator[Output]:
    """A part or a job that this shop does not have: one sentence back to the subject, then a person."""
    if "foreign" not in turn.said or turn.new:
        return
    yield Note("failed", {"slot": "off_topic"})
    if turn.view.failures["off_topic"] > 1:
        yield CallTool("transfer_to_operator", {"reason": "out_of_scope"})
        return
    declared = needed_ask(turn, turn.view.expected.slot)
    if declared is not None and declared.needed(turn):
        question = line(declared.line, turn.view.lines[declared.line], **declared.fields(turn))
        told = {"answer": line("not_ours"), "question": question}
        yield ask(turn, "aside", declared.slot, declared.question, told)
        return
    yield ask(turn, "guard_off_topic", "open", Question.OPEN)


def off_topic(turn: Turn) -> Iterator[Output]:
    """Nothing about tyres, though it was a whole question: one sentence back to the subject, then a person."""
    view = turn.view
    asked = view.expected
    if (
        asked.slot not in ("open", "more", "to_operator", "tyre_size")
        or turn.new - _PLACES
        or turn.keys
        or turn.said - {"greeting"}
    ):
        return
    if turn.heard.words < 3 or turn.heard.unexplained < 2 or not _QUESTION.search(turn.text):
        return
    failed = view.failures["off_topic"]
    yield Note("failed", {"slot": "off_topic"})
    if failed >= 2 or (failed and asked.slot == "to_operator"):
        yield CallTool("transfer_to_operator", {"reason": "out_of_scope"})
    elif failed:
        yield operator_offer(turn, "guard_off_topic")
    elif asked.slot == "tyre_size":
        yield ask(turn, "guard_scope", "tyre_size", Question.DIGITS)
    else:
        yield ask(turn, "guard_off_topic", "open", Question.OPEN)


def settled(turn: Turn) -> Iterator[Output]:
    """A confirmation that was half sent in an earlier turn has come through."""
    record = turn.view.last_answer
    if record is None or record.turn != turn.view.turn or record.tool != "confirm_order":
        return
    if record.ok and record.intent not in turn.view.told:
        yield from tell_ordered(turn)
