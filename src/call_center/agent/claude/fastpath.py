"""Who answers a turn, decided by code before any model is asked. Pure.

`offline` turns are never a model's: silence, keys, a yes to a read-back, answers with a name or phone, a wish for a
person, a call that is over its money. `fast` turns answer just what was asked, surely, with nothing besides. The rest
is the model's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from call_center.agent.brain import Turn
from call_center.agent.claude.settings import SPARE
from call_center.agent.commits import AGREE, CONFIRM
from call_center.agent.exchanges import PRIVATE
from call_center.agent.tracking import heard_as
from call_center.core.ports import Question

SURE: Final = 0.8
REPAIRS: Final = 2
_CLOSED: Final = frozenset({Question.YES_NO, Question.CHOICE})
_SETTLED: Final = frozenset({"operator", "goodbye", "repeat", "wait"})


@dataclass(frozen=True, slots=True)
class Owner:
    """Who takes the turn and why."""

    name: str
    why: str = ""


def owner(turn: Turn, *, fast_path: bool, call_cap: float, day_open: bool) -> Owner:
    """The owner of a fresh turn."""
    view = turn.view
    if turn.silence:
        return Owner("offline", "silence")
    if turn.keys and not turn.text.strip():
        return Owner("offline", "keys")
    if not turn.text.strip():
        return Owner("offline", "unheard")
    if view.dialogue.cost >= call_cap * SPARE:
        return Owner("offline", "call_cap")
    if not day_open:
        return Owner("offline", "day_cap")
    if view.expected.slot in PRIVATE:
        return Owner("offline", "private")
    agreed = (
        view.agreements and view.read_back is not None and view.agreements[-1][1] == view.read_back.digest
    )
    if view.expected.slot == AGREE and (agreed or view.failures["unheard_read_back"]):
        return Owner("offline", "agreed")
    if _settled_late(turn):
        return Owner("offline", "settled")
    if "operator" in turn.said:
        return Owner("offline", "operator")
    if view.repairs >= REPAIRS and not turn.new:
        return Owner("offline", "ladder")
    if fast_path and answers_just_that(turn):
        return Owner("fast", view.expected.slot)
    return Owner("claude")


def _settled_late(turn: Turn) -> bool:
    """A confirmation that was half sent before has come through just now: the script tells it, nobody orders again."""
    record = turn.view.last_answer
    late = record is not None and record.turn == turn.view.turn and record.tool == CONFIRM
    return bool(late and record is not None and record.ok and record.intent not in turn.view.told)


def answers_just_that(turn: Turn) -> bool:
    """Whether the utterance is the answer that was asked for, heard surely, and nothing else."""
    heard, view = turn.heard, turn.view
    asked = view.expected
    if view.asked is None or heard.unexplained:
        return False
    slot = heard_as(asked.slot)
    others = {i.name for i in heard.intents} - {"agree", "thanks", "choose_option", "refuse"}
    if others - _SETTLED:
        return False
    if heard.only(slot) and not turn.new - {asked.slot, slot}:
        return True
    if others & _SETTLED and not turn.new and not heard.filled:
        return True
    if asked.question in _CLOSED and not turn.new:
        yes_no = heard.get("yes_no")
        plain = (
            yes_no is not None and yes_no.confidence >= SURE and all(f.slot == "yes_no" for f in heard.filled)
        )
        return bool(plain or (heard.has("choose_option") and not heard.filled))
    return False
