"""Exactly once: numbered intents, their idempotency keys, and when an equal intent is no new one. Pure.

The key of an intent is uuid5(call id, intent number), so every process that holds the journal sends the same one. A
wish equal to an earlier intent is a new intent only when another mutation of the same resource succeeded in between or
a new read-back was agreed to since; else its result is returned, or, when the outcome is not known, it is sent again.
"""

from __future__ import annotations

import uuid
from typing import Any

from call_center.agent.view import DialogueView, ToolRecord

REQUEST = "request"
"""The argument of an intent under which the exact request is journalled."""


def key_of(call_id: str, intent: int) -> str:
    """The idempotency key of an intent. A call id that is no UUID names one."""
    try:
        space = uuid.UUID(call_id)
    except ValueError:
        space = uuid.uuid5(uuid.NAMESPACE_OID, call_id)
    return str(uuid.uuid5(space, str(intent)))


def unknown(record: ToolRecord) -> bool:
    """Whether the request of a mutation may or may not have reached the shop."""
    if record.key is None or record.ok:
        return False
    return record.ok is None or not record.refused


def equal_intent(view: DialogueView, tool: str, request: dict[str, Any]) -> ToolRecord | None:
    """The earlier intent that stands for this wish: to be sent again (unknown) or to be answered from (ok)."""
    same = [r for r in view.records.values() if r.tool == tool and r.args.get(REQUEST) == request and r.key]
    if not same:
        return None
    newest = same[-1]
    if unknown(newest):
        return newest
    if not newest.ok or _changed_since(view, newest) or _agreed_since(view, newest):
        return None
    return newest


def mutations(view: DialogueView) -> int:
    """How many intents of this call change the shop."""
    return sum(1 for record in view.records.values() if record.key is not None)


def _changed_since(view: DialogueView, earlier: ToolRecord) -> bool:
    mine = resource(earlier)
    return any(
        r.key is not None and r.ok and r.answered > earlier.answered and resource(r) == mine
        for r in view.records.values()
    )


def _agreed_since(view: DialogueView, earlier: ToolRecord) -> bool:
    return any(at > earlier.answered for _, _, at in view.agreements)


def resource(record: ToolRecord) -> str:
    """What a mutation changed: an order, a booking, or the list of callbacks."""
    result = record.result if isinstance(record.result, dict) else {}
    changed = result.get("order") or result.get("booking") or {}
    named = record.args.get("order") or record.args.get("booking")
    return str(changed.get("handle") or named or record.tool)
