"""The journal of calls: events, their order, the spool file, JSON lines and the fold that is a call's state.

`Journal(call_id, epoch, spool)` is written by the session and the conversation of one call; `Spool(path)` is one per
process; `fold(entries)` gives a `CallView`. Redis is fed from the spool files by the supervisor, never from here.
"""

from call_center.core.journal.fold import (
    Asked,
    CallView,
    Fold,
    ToolRun,
    Utterance,
    fold,
    heard_text,
    pending_intents,
)
from call_center.core.journal.journal import Fence, Journal, StaleWriter, Unfenced
from call_center.core.journal.spool import Sink, Spool, SpoolReading, read_spool

__all__ = [
    "Asked",
    "CallView",
    "Fence",
    "Fold",
    "Journal",
    "Sink",
    "Spool",
    "SpoolReading",
    "StaleWriter",
    "ToolRun",
    "Unfenced",
    "Utterance",
    "fold",
    "heard_text",
    "pending_intents",
    "read_spool",
]
