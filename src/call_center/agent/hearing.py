"""A finished caller turn becomes events: what was understood, which slots it fills. Used for real and for scratch views.

`listen` appends to the journal it is given and returns the utterance with the names of the slots that it filled. It
asks nobody and calls no tool.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from call_center.agent.dictation import redact
from call_center.agent.journal import Journal
from call_center.agent.tracking import corrected, heard_as, track
from call_center.agent.view import DialogueView
from call_center.core.journal.events import Event, Noted
from call_center.core.ports import Heard, Question
from call_center.understanding import Catalogue, Utterance, understand

MAX_WORDS = 400  # of one utterance; the rest of a monologue is not analysed


def listen(
    heard: Heard, journal: Journal, look: Callable[[], DialogueView], catalogue: Catalogue, now: datetime
) -> tuple[Utterance, frozenset[str]]:
    """Understand one turn; `look` gives the view as it stands with all that was appended."""
    utterance = understood(heard, look(), catalogue, now)
    data = {
        "turn": heard.turn,
        "intents": sorted({i.name for i in utterance.intents}),
        "keys": heard.keys,
        "silence": heard.silence,
        "poor_line": heard.poor_line,
    }
    journal.append(Noted("turn", data))
    events, new = filled(heard, utterance, look(), catalogue, now)
    for event in events:
        journal.append(event)
    return utterance, new


def understood(heard: Heard, view: DialogueView, catalogue: Catalogue, now: datetime) -> Utterance:
    """What the words mean where the dialogue stands."""
    text = " ".join(redact(heard.text).split()[:MAX_WORDS])
    if not text and heard.keys and view.expected.question is Question.DIGITS:
        text = heard.keys  # a number entered on the keypad answers a question for digits
    slot = heard_as(view.expected.slot)
    utterance = understand(text, slot, catalogue=catalogue, today=now.date())
    return corrected(utterance, view, catalogue, now.date())


def filled(
    heard: Heard, utterance: Utterance, view: DialogueView, catalogue: Catalogue, now: datetime
) -> tuple[list[Event], frozenset[str]]:
    """The events of what was understood, and the slots that it fills."""
    return track(view, utterance, heard.turn, now.year, catalogue.sizes)
