"""What binds the shop, its read-back, and the caller's yes. Pure.

A read-back is rendered from exactly the request about to be sent and the draft as the store returned it; `digest` is
the hash of both. A yes counts when the words began after the last fact was played to its end, are a plain yes and
nothing else, and were heard surely; or when it is key 1. Everything else is no yes.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from call_center.agent.fitting_facts import fitting_facts, spoken_phone
from call_center.agent.phrases import line
from call_center.agent.view import DialogueView
from call_center.core.ports import Expected, Question
from call_center.understanding import Utterance

AGREE = "agree"
AGREED_LINES = frozenset({"read_back", "agree_again", "agree_silence", "agree_answer"})
SURE_YES = 0.6  # confidence of the recogniser below which a yes is asked for again
CONFIRM: Final = "confirm_order"
CALLBACK: Final = "request_callback"
FITTING: Final = frozenset({"book_fitting", "cancel_fitting"})
EARLIER = 0.02  # seconds, one frame: the clocks of ears and voice differ by no more
_QUESTION = re.compile(r"\?\s*$")
_HARMLESS = frozenset({"agree", "thanks", "order"})


@dataclass(frozen=True, slots=True)
class Readback:
    """Sentences with references, the question after them, and the hash that a yes will bind."""

    facts: tuple[str, ...]
    question: str
    digest: str

    @property
    def expected(self) -> Expected:
        """What the question asks for."""
        return Expected(AGREE, Question.YES_NO)


def binds(view: DialogueView, tool: str, request: dict[str, Any]) -> bool:
    """Whether this call commits the shop: an order, a booking, or a callback to a number that is not the caller's."""
    return tool == CONFIRM or tool in FITTING or (tool == CALLBACK and request.get("phone") != view.caller)


def digest(view: DialogueView, tool: str, args: dict[str, Any], request: dict[str, Any]) -> str:
    """The hash of the request and of the draft as the store returned it."""
    draft = view.orders.get(str(args.get("order"))) or view.bookings.get(str(args.get("booking")), {})
    text = json.dumps([tool, request, draft], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def agreed(view: DialogueView, tool: str, digest_now: str) -> bool:
    """Whether the caller said yes to exactly this; a yes is spent by the commit that followed it."""
    spent = max((r.answered for r in view.records.values() if r.tool == tool and r.ok), default=0)
    return any(name == tool and bound == digest_now and at > spent for name, bound, at in view.agreements)


def readback(view: DialogueView, tool: str, args: dict[str, Any], request: dict[str, Any]) -> Readback:
    """The read-back of a commit."""
    bound = digest(view, tool, args, request)
    if tool == CALLBACK:
        facts: tuple[str, ...] = (line("read_callback", phone=spoken_phone(str(request["phone"]))),)
        return Readback(facts, line("agree_callback"), bound)
    if tool in FITTING:
        question = line("read_question", view.lines["read_back"])
        return Readback(fitting_facts(view, tool, args, request), question, bound)
    handle = str(args["order"])
    order = view.orders[handle]
    method = (order.get("delivery") or {}).get("method", "own_shop")
    free = not (order.get("delivery") or {}).get("cost")
    total = (
        "read_total_shop" if method == "own_shop" and free else "read_total_free" if free else "read_total"
    )
    payment = line(f"payment_{request['payment']}")
    phone = spoken_phone(str(order["phone"]))
    facts = (
        line("read_items", d=handle),
        line(f"read_{method}", d=handle),
        line("read_recipient", phone=phone, payment=payment),
        line(total, d=handle),
    )
    return Readback(facts, line("read_question", view.lines["read_back"]), bound)


def answer(
    view: DialogueView, heard: Utterance, confidence: float, keys: str, began: float
) -> Literal["yes", "unheard", "other"]:
    """What the caller's turn means for the open read-back; `began` is Unix time in seconds."""
    open_now = view.read_back
    if open_now is None or view.asked is None or view.asked.slot != AGREE:
        return "other"
    if not _plain_yes(heard, confidence, keys) or view.asked.key not in AGREED_LINES:
        return "other"
    played = open_now.heard_at
    if not open_now.heard_all or played is None or began < played - EARLIER:
        return "unheard"
    return "yes"


def _plain_yes(heard: Utterance, confidence: float, keys: str) -> bool:
    if keys or not heard.text.strip():
        return keys == "1" and not heard.text.strip()
    plain = heard.value("yes_no") == "yes" and heard.unexplained == 0 and not _QUESTION.search(heard.text)
    alone = all(f.slot == "yes_no" for f in heard.filled)
    return plain and alone and confidence >= SURE_YES and {i.name for i in heard.intents} <= _HARMLESS
