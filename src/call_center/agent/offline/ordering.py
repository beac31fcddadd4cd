"""Turns that only an order, a status or a callback has: yes to a read-back, corrections, a changed mind, results.

Each stage yields nothing when the turn is about something else. A commit is called only when the journal holds a yes
to exactly what would be sent; the policy checks the same again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from call_center.agent.brain import CallTool, DropDraft, Note, Output, Turn
from call_center.agent.commits import AGREE
from call_center.agent.flows import FLOWS
from call_center.agent.flows.order import match_point, only_branch, placed, tell_ordered, wanted_items
from call_center.agent.flows.speech import ask, more, operator_offer, say
from call_center.agent.ledger import left_of
from call_center.agent.mutations import unknown
from call_center.agent.offline.asides import ASIDES, aside, order_answer
from call_center.agent.offline.executor import run
from call_center.agent.offline.fitting import after_order
from call_center.agent.offline.options import TYRE_SLOTS, brings, pointed_at, unchoose
from call_center.agent.phrases import count
from call_center.agent.view import ToolRecord
from call_center.core.ports import Question

_ADDING: Final = re.compile(r"\b(?:ще|також|додай\w*|плюс|ещ[её]|добавь\w*|і до них|також)\b", re.IGNORECASE)
_OTHER_NUMBER: Final = re.compile(r"\bінш\w+|\bдруг(?:ий|ой|ого)\b|\bне цей\b|\bне на цей\b", re.IGNORECASE)
_THIS_NUMBER: Final = re.compile(r"\bцей\b|\bцього\b|\bцьому\b|з якого|\bэтот\b|с которого", re.IGNORECASE)
_NOT_THIS: Final = re.compile(r"\b(?:не|ні|нє|нет|інш\w*|друг\w*)\b", re.IGNORECASE)
_TOPICS: Final = (
    (re.compile(r"кільк|скільки (?:шт|шин|колес)|количеств", re.IGNORECASE), ("quantity",)),
    (re.compile(r"ім['’ʼ]?я|імен|имя|прізвищ|фамил|отримувач|получател", re.IGNORECASE), ("name",)),
    (re.compile(r"телефон|номер(?! відділ)", re.IGNORECASE), ("phone",)),
    (re.compile(r"адрес", re.IGNORECASE), ("address", "street")),
    (re.compile(r"відділен|отделен", re.IGNORECASE), ("branch", "point")),
    (re.compile(r"магазин", re.IGNORECASE), ("point",)),
    (re.compile(r"міст[оа]|город", re.IGNORECASE), ("city", "branch", "point", "address", "street")),
    (re.compile(r"доставк", re.IGNORECASE), ("delivery", "city", "branch", "point", "address", "street")),
    (re.compile(r"оплат|платіж|платеж", re.IGNORECASE), ("payment",)),
)  # fmt: skip
_NO_CALLBACK: Final = re.compile(
    r"\bне (?:треба|потрібно|хочу|надо|нужно|варто)|\bсам\w? (?:пере|за)?(?:дзвон|телефон|набер)|передзвоню|перезвоню|"
    r"зателефоную|\bобійду|обойду",
    re.IGNORECASE,
)
_MURMUR: Final = re.compile(r"\s*(?:угу|ага|мгм|так[ ,-]+так|да[ ,-]+да)[.!]?\s*", re.IGNORECASE)
MAX_UNCLEAR: Final = 2


def ordering(turn: Turn) -> Iterator[Output]:
    """A turn inside an order."""
    view = turn.view
    slot = view.expected.slot
    bound = any(o.get("status") == "confirmed" for o in view.orders.values())
    if "cancel" in turn.said and bound and view.draft is None:
        yield operator_offer(turn, "cancel_confirmed")
        return
    if "callback" in turn.said and view.flow not in ("callback", None):
        return  # a subject of its own; the order waits for it
    if view.flow in ("order", "callback") and _calls_off(turn):
        yield from call_off(turn)
        return
    if slot == "order_it":
        yield from _order_it(turn)
        return
    if slot == AGREE:
        yield from _agreeing(turn)
        return
    if slot == "caller_number" or (slot == "phone" and view.value("other_phone") is None and view.caller):
        yield from _numbers(turn)
    elif slot == "pay_online":
        yield from _pay_online(turn)
    elif slot == "fix":
        yield from _fix(turn)
    elif view.flow == "order":
        yield from _order_turn(turn)


def _calls_off(turn: Turn) -> bool:
    if "cancel" in turn.said and not turn.new and turn.view.expected.slot != "to_operator":
        return True
    if turn.view.flow == "callback" and _NO_CALLBACK.search(turn.text) and not turn.new:
        return True
    return bool(re.search(r"\bпередума\w+", turn.text)) and not turn.new


def call_off(turn: Turn) -> Iterator[Output]:
    """The order is not wanted after all: its draft is taken back, unless it may bind the shop by now."""
    if any(r.tool == "confirm_order" and unknown(r) for r in turn.view.records.values()):
        yield operator_offer(turn, "cancel_confirmed")
        return
    if turn.view.flow == "callback":
        yield Note("flow", {"name": None})
        yield more(turn, "callback_off")
        return
    yield Note("ordered")
    yield DropDraft("caller_changed_mind")
    yield Note("flow", {"name": None})
    yield more(turn, "order_off")


def _order_it(turn: Turn) -> Iterator[Output]:
    answer = _yes_or_no(turn)
    other = None if turn.keys else pointed_at(turn)
    if other not in (None, turn.view.chosen) and "quantity" not in turn.new:
        return  # another of the offered: the options decide
    if (
        answer == "yes"
        or "order" in turn.said
        or turn.new & {"quantity", "delivery", "branch"}
        or brings(turn)
    ):
        yield Note("flow", {"name": "order"})
        yield from unchoose(turn)
        yield from run(turn, FLOWS["order"])
    elif answer == "no" and not turn.new:
        yield Note("chosen", {"handle": None})
        yield more(turn, "think_over")


def _yes_or_no(turn: Turn) -> str | None:
    answer = turn.heard.value("yes_no") or {"1": "yes", "2": "no"}.get(turn.keys)
    if answer is None and turn.said & {"not_needed", "think", "refuse"}:
        answer = "no"
    return answer


def _agreeing(turn: Turn) -> Iterator[Output]:
    view = turn.view
    flow = FLOWS.get(view.flow or "")
    if flow is None:
        return
    unheard = view.failures["unheard_read_back"]
    fresh = view.agreements and view.read_back is not None and view.agreements[-1][1] == view.read_back.digest
    if fresh or unheard:
        yield Note("answered", {"slot": "unheard_read_back"})
        yield from run(turn, flow)
    elif view.flow == "order" and _adds(turn):
        yield from _add(turn)
    elif turn.new and (view.moved or "refuse" not in turn.said):
        yield from unchoose(turn)
        yield from run(turn, flow)
    elif view.flow == "order" and not turn.keys and pointed_at(turn) not in (None, view.chosen):
        yield Note("chosen", {"handle": pointed_at(turn)})
        yield from run(turn, flow)
    elif order_answer(turn):
        yield ask(turn, "agree_answer", AGREE, Question.YES_NO, {"answer": order_answer(turn)})
    elif view.flow == "order" and _named_topics(turn):
        yield from _clear_topics(turn)
    elif _yes_or_no(turn) == "no":
        yield ask(turn, "fix", "fix", Question.OPEN)
    elif view.failures[AGREE] >= MAX_UNCLEAR:
        yield CallTool("transfer_to_operator", {"reason": "cannot_help"})
    elif not turn.said & {"repeat", "operator"}:
        yield Note("failed", {"slot": AGREE, "repair": True})
        yield ask(turn, "agree_again", AGREE, Question.YES_NO)
    else:
        yield from run(turn, flow)


def _named_topics(turn: Turn) -> tuple[str, ...]:
    found: list[str] = []
    for pattern, slots in _TOPICS:
        if pattern.search(turn.text):
            found += slots
    return tuple(dict.fromkeys(found))


def _clear_topics(turn: Turn) -> Iterator[Output]:
    slots = list(_named_topics(turn))
    if "phone" in slots:
        yield Note("filled", {"slot": "other_phone", "value": True})
    yield Note("cleared", {"slots": slots})
    yield from run(turn, FLOWS["order"])


def _fix(turn: Turn) -> Iterator[Output]:
    flow = FLOWS.get(turn.view.flow or "")
    if flow is None:
        return
    if turn.new:
        yield from unchoose(turn)
        yield from run(turn, flow)
    elif _yes_or_no(turn) == "no" or turn.heard.value("yes_no") == "yes":
        yield from run(turn, flow)  # nothing to change after all: read back again
    elif turn.view.flow == "order" and _named_topics(turn):
        yield from _clear_topics(turn)


def _numbers(turn: Turn) -> Iterator[Output]:
    """Whose number: the caller's own is a hypothesis, what is said now wins."""
    flow = FLOWS.get(turn.view.flow or "")
    if flow is None or turn.view.expected.slot not in ("caller_number", "phone"):
        return
    if "phone" in turn.new:
        yield from run(turn, flow)
    elif turn.view.expected.slot == "phone":
        if _this_number(turn.text) and turn.view.caller:
            yield Note("filled", {"slot": "phone", "value": turn.view.caller})
            yield from run(turn, flow)
    elif (
        turn.heard.value("yes_no") == "yes"
        or turn.keys == "1"
        or _this_number(turn.text)
        or _MURMUR.fullmatch(turn.text)  # enough for what binds nobody: the number is read back
    ):
        yield Note("filled", {"slot": "phone", "value": turn.view.caller})
        yield from run(turn, flow)
    elif _yes_or_no(turn) == "no" or _OTHER_NUMBER.search(turn.text):
        yield Note("filled", {"slot": "other_phone", "value": True})
        yield from run(turn, flow)
    elif turn.new:
        yield from run(turn, flow)


def _this_number(text: str) -> bool:
    """Whether the caller means the number they call from."""
    return _THIS_NUMBER.search(text) is not None and _NOT_THIS.search(text) is None


def _pay_online(turn: Turn) -> Iterator[Output]:
    answer = _yes_or_no(turn)
    if answer == "yes":
        yield Note("filled", {"slot": "payment", "value": "online"})
        yield from run(turn, FLOWS["order"])
    elif answer == "no" and not turn.new:
        yield Note("cleared", {"slots": ["delivery", "city", "branch", "point", "address", "street"]})
        yield from run(turn, FLOWS["order"])
    elif turn.new:
        yield from run(turn, FLOWS["order"])


def _order_turn(turn: Turn) -> Iterator[Output]:
    """Another tyre besides, another tyre instead, or what the open question asked for."""
    view = turn.view
    asked = view.expected.slot
    if view.chosen is None:
        return
    if _adds(turn):
        yield from _add(turn)
        return
    other = (
        pointed_at(turn)
        if asked not in ("branch", "address", "point", "phone", "quantity", "name") and not turn.said & ASIDES
        else None
    )
    if other not in (None, view.chosen) and not turn.keys:
        yield Note("chosen", {"handle": other})
        yield from run(turn, FLOWS["order"])
        return
    bad = turn.heard.get("quantity")
    if bad is not None and bad.value is None and asked == "quantity":
        return
    if asked == "phone" and "phone_part" in turn.new and "phone" not in turn.new:
        yield from phone_part(turn)
        return
    if "availability" in turn.said and not turn.new - {"city"} and view.value("city") is not None:
        yield CallTool("check_availability", {"option": view.chosen})
        return
    if asked == "branch" and not turn.new and _yes_or_no(turn) == "yes":
        only = only_branch(view)
        if only is not None:
            yield Note("filled", {"slot": "branch", "value": only})
            yield from run(turn, FLOWS["order"])
        return
    if asked == "point" and not turn.new:
        yield from _point(turn)
        return
    if asked == "payment" and "dont_know" in turn.said and not turn.new:
        yield Note("filled", {"slot": "payment", "value": "cod" if "cod" in _ways(turn) else "online"})
        yield from run(turn, FLOWS["order"])
        return
    if turn.new:
        yield from unchoose(turn)
        yield from run(turn, FLOWS["order"])
    elif turn.said & ASIDES and ("when" in turn.said or not turn.said & {"order_status", "fitting"}):
        yield from aside(turn)


def phone_part(turn: Turn) -> Iterator[Output]:
    """A number dictated in pieces: the rest is waited for, nonsense is asked again."""
    held = str(turn.view.value("phone_part") or "")
    if len(held) >= 10 or (len(held) == 7 and not held.startswith(("0", "8", "38"))):
        yield Note("cleared", {"slots": ["phone_part"]})
        yield Note("failed", {"slot": "phone", "repair": True})
        if turn.view.failures["phone"] > MAX_UNCLEAR:
            yield CallTool("transfer_to_operator", {"reason": "cannot_help"})
            return
        yield ask(turn, "bad_phone", "phone", Question.DIGITS)
        return
    yield ask(turn, "phone_more", "phone", Question.DIGITS)


def _ways(turn: Turn) -> tuple[str, ...]:
    return tuple((placed(turn.view) or {}).get("payment_methods", ()))


def _point(turn: Turn) -> Iterator[Output]:
    """A shop picked by its place in the list."""
    listed = (turn.view.latest("get_pickup_points") or ToolRecord(0, "", {}, 0)).result or {"points": []}
    choice = turn.heard.intent("choose_option")
    number = choice.value if choice is not None else int(turn.keys[-1]) if turn.keys[-1:].isdigit() else None
    words = (("перш", 1), ("друг", 2), ("трет", 3))
    number = number or next((n for stem, n in words if re.search(rf"\b{stem}", turn.text)), None)
    number = number or (1 if "any" in turn.said else None)
    points = listed["points"]
    if isinstance(number, int) and 1 <= number <= len(points):
        yield Note("filled", {"slot": "point", "value": points[number - 1]["handle"]})
        yield from run(turn, FLOWS["order"])
    elif match_point(turn.view, turn.text) is not None:
        yield from run(turn, FLOWS["order"])


def _adds(turn: Turn) -> bool:
    return bool(wanted_items(turn.view)) and bool(turn.new & TYRE_SLOTS) and bool(_ADDING.search(turn.text))


def _add(turn: Turn) -> Iterator[Output]:
    """The tyre talked about so far goes to the cart; the new one is chosen from the start."""
    yield Note("cart", {"items": [list(item) for item in _settled(turn)]})
    yield Note("chosen", {"handle": None})
    yield Note("offered", {"handles": []})
    dropped = [
        s for s in ("quantity", "brand", "season", "budget", "studded", "tyre_model") if s not in turn.new
    ]
    yield Note("cleared", {"slots": dropped})
    yield from run(turn, FLOWS["order"])


def _settled(turn: Turn) -> list[tuple[str, int]]:
    """Items as they were before this turn: a quantity said now belongs to the new tyre."""
    draft = turn.view.orders.get(turn.view.draft or "")
    if "quantity" in turn.new and draft is not None:
        return [(str(h), int(n)) for h, n in draft["options"]]
    return wanted_items(turn.view)


def order_result(turn: Turn, record: ToolRecord) -> Iterator[Output]:
    """What follows from the answer of an order tool."""
    if record.ok and record.tool == "confirm_order" and "fitting" in turn.view.paused:
        yield Note("told", {"intent": record.intent})
        yield from after_order(turn, str(record.result["order"]["handle"]))
    elif record.ok:
        yield from tell_ordered(turn) or run(turn, FLOWS[turn.view.flow or "order"])
    elif record.error == "refused":
        yield operator_offer(turn, "store_down")
    elif record.refused:
        yield from _refused(turn, record)
    else:
        yield operator_offer(turn, "store_down")


def _refused(turn: Turn, record: ToolRecord) -> Iterator[Output]:
    """The shop said no: say it, offer what is possible, and read back again."""
    if record.error == "changed":
        yield say(turn, "order_changed")
        yield from run(turn, FLOWS["order"])
    elif record.error in ("stock_gone", "split_stock"):
        yield from _less(turn, record)
    elif record.tool == "update_order_delivery":
        yield Note("cleared", {"slots": ["delivery", "city", "branch", "point", "address", "street"]})
        yield ask(turn, "not_delivered", "delivery", Question.CHOICE)
    else:
        yield operator_offer(turn, "store_down")


def _less(turn: Turn, record: ToolRecord) -> Iterator[Output]:
    view = turn.view
    left = left_of(record.result)
    product = str(view.options.get(view.chosen or "", {}).get("product_id"))
    most = left.get(product, 0)
    if view.cart or (product not in left and left):
        yield operator_offer(turn, "split_items")
        return
    yield Note("cleared", {"slots": ["quantity"]})
    if most < 1:
        yield Note("chosen", {"handle": None})
        yield ask(turn, "stock_gone", "other", Question.YES_NO)
        return
    yield ask(turn, "stock_less", "quantity", Question.DIGITS, {"most": count(most, "шина")})
