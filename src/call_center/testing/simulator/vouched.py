"""Every fact spoken is vouched for: each sentence is grounded once more against the ledger as it stood then. Pure.

The journal holds sentences as they were spoken, their references rendered, so every fact in them is a bare one here.
The session's own fixed lines state no fact; a sentence said again was judged when it was first said.
"""

from __future__ import annotations

import re

from call_center.agent.grounding import ground
from call_center.agent.ledger import Ledger, build
from call_center.agent.phrases import SESSION_PHRASES
from call_center.agent.view import DialogueView, fold
from call_center.core.journal.events import Speaking
from call_center.testing.simulator.play import Outcome

_ODD_NAME = re.compile(r"[A-Za-z]+[^A-Za-z0-9\s-]+[A-Za-z]+|[A-Za-z]{2,}\d+")


def _plain(text: str, ledger: Ledger) -> str:
    """Without the known names whose spelling is no plain word (`i*cept`, `N'Blue`): they cannot be looked up in parts."""
    names = {word for o in ledger.options.values() for word in f"{o['brand']} {o['model']}".split()}
    for name in sorted(filter(_ODD_NAME.fullmatch, names), key=len, reverse=True):
        text = text.replace(name, "")
    return text


def unvouched(outcome: Outcome) -> list[str]:
    """One line per sentence that states what nobody vouched for."""
    view, failed = DialogueView(), []
    told = set(SESSION_PHRASES.all())
    for entry in outcome.journal:
        view.call_id, view.at = entry.call_id, entry.at
        event = entry.event
        if isinstance(event, Speaking) and event.text not in told:
            told.add(event.text)
            ledger = build(view)
            reason = ground(_plain(event.text, ledger), ledger).reason
            if reason:
                failed.append(f"turn {event.turn}: nobody vouches for {reason}: {event.text[:80]}")
        fold(view, event)
    return failed
