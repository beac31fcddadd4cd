"""How finished a (partial) transcript looks: the turn-taking side of understanding. Pure, at most 1 ms."""

from __future__ import annotations

from call_center.core.ports import Question, Readiness
from call_center.understanding.words import tokens


def judge(text: str, expected_slot: str = "open", question: Question = Question.OPEN) -> Readiness:
    """Judge `text` against the slot being asked and the type of the question."""
    words = [t for t in tokens(text) if t.kind != "sign"]
    return Readiness(words=len(words))
