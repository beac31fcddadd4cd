"""What follows from a sentence that a model speaks: whether it may be spoken, what it asks, what it told. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from call_center.agent.brain import Note, Output, Speak, Turn
from call_center.agent.claude.plan import standing
from call_center.agent.claude.questions import asks, type_of
from call_center.agent.commits import AGREE, CONFIRM
from call_center.agent.grounding import ground
from call_center.agent.ledger import REFERENCE, build
from call_center.agent.phrases import line
from call_center.core.ports import Expected, Question

KEY: Final = "claude"
MAX_WORDS: Final = 35
_ASKED_ONCE: Final = frozenset(
    {"tyre_size", "season", "quantity", "city", "delivery", "branch", "name", "phone", "payment", "address", "year"}
)  # fmt: skip


@dataclass(slots=True)
class Spoken:
    """What was spoken in this round so far."""

    sentences: int = 0
    words: int = 0
    asked: bool = False
    handles: list[str] = field(default_factory=list)


def problem(turn: Turn, sentence: str, spoken: Spoken) -> str:
    """Why the sentence may not be spoken; empty when it may."""
    found = ground(sentence, build(turn.view))
    if not found.ok:
        return found.reason
    if sentence.count("?") > 1:
        return "one question at a time"
    if spoken.words + len(found.text.split()) > MAX_WORDS:
        return f"more than {MAX_WORDS} words"
    if asks(sentence) and known_already(turn, sentence):
        return "that is known already"
    if asks(sentence) and expected_of(turn, sentence).slot == AGREE and turn.view.read_back is None:
        return "nothing was read back"
    return ""


def known_already(turn: Turn, sentence: str) -> bool:
    """Whether the sentence asks for a slot that is filled and not due."""
    kind = type_of(sentence)
    if kind is None or kind.slot not in _ASKED_ONCE or turn.view.value(kind.slot) is None:
        return False
    due = standing(turn).ask
    return due is None or due.slot != kind.slot


def expected_of(turn: Turn, sentence: str) -> Expected:
    """What a question asks for: its type, else the first open slot of the flow, else anything."""
    kind = type_of(sentence)
    if kind is not None:
        if kind.slot == "option" and len(turn.view.offered) == 1:
            return Expected("option", Question.YES_NO)
        return kind
    due = standing(turn).ask
    return Expected(due.slot, due.question) if due is not None else Expected("open", Question.OPEN)


def speak(turn: Turn, sentence: str, spoken: Spoken) -> Iterator[Output]:
    """The sentence, after the notes that follow from it."""
    yield from _told(turn, sentence, spoken)
    expected = expected_of(turn, sentence) if asks(sentence) else None
    view = turn.view
    alone = not spoken.sentences and not view.dialogue.now and not turn.new
    if alone and expected is not None and view.asked is not None and expected.slot == view.asked.slot:
        yield Note("failed", {"slot": expected.slot, "repair": True})
    spoken.sentences += 1
    spoken.words += len(ground(sentence, build(view)).text.split())
    spoken.asked = expected is not None
    if expected is not None and expected.slot == AGREE:  # what a yes binds is asked in the shop's words only
        of_order = view.read_back is not None and view.read_back.tool == CONFIRM
        words = (
            line("agree_answer", answer="") if of_order else line("read_question", view.lines["read_back"])
        )
        yield Speak(words.strip(), "agree_answer", expected)
        return
    yield Speak(sentence, KEY, expected)


def _told(turn: Turn, sentence: str, spoken: Spoken) -> Iterator[Output]:
    """Which results the caller now has heard of."""
    view = turn.view
    spoken.handles += [h for h, _ in REFERENCE.findall(sentence) if h not in spoken.handles]
    search = view.latest("search_tires")
    if (search is not None and search.ok and search.intent not in view.told) or _grew(turn, spoken):
        listed = [o["handle"] for o in search.result["options"]] if search and search.ok else []
        named = [h for h in listed if h in spoken.handles]
        if search is not None and (named or not listed):
            yield Note("told", {"intent": search.intent})
            if named:
                yield Note("offered", {"handles": named})
                yield Note("announced", {"size": str(view.value("tyre_size"))})
    for tool in ("check_availability", "get_order_status"):
        record = view.latest(tool)
        if record is None or not record.ok or record.intent in view.told:
            continue
        handle = record.result.get("handle")
        mentioned = re.search(r"\[\[[oq]\d+\.", sentence) is not None
        if tool == "check_availability" and mentioned and handle:
            yield Note("told", {"intent": record.intent})
            if not view.offered:
                yield Note("offered", {"handles": [handle]})
            yield Note("focus", {"handle": handle})
        elif tool == "get_order_status" and mentioned:
            yield Note("told", {"intent": record.intent})
            yield Note("flow", {"name": None})


def _grew(turn: Turn, spoken: Spoken) -> bool:
    """Whether this sentence names further options of the search that is being told."""
    search = turn.view.latest("search_tires")
    if search is None or not search.ok or search.turn != turn.view.turn or not turn.view.offered:
        return False
    listed = {o["handle"] for o in search.result["options"]}
    return bool((set(spoken.handles) & listed) - set(turn.view.offered))
