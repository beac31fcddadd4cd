"""Failure: what the caller hears after a turn that broke. An apology, until a person has to take over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Remedy(Enum):
    """What comes next."""

    APOLOGY = "apology"
    HANDOVER = "handover"  # said, then a person
    SILENT_HANDOVER = "silent_handover"  # no voice is left to say it


@dataclass(slots=True)
class FailureLadder:
    """`limit` failures in a row give the call to a person; an answer that worked starts over."""

    limit: int = 3
    count: int = 0

    def failed(self, *, mute: bool, can_apologise: bool) -> Remedy:
        """Count a failure; `mute`: the voice failed, `can_apologise`: there is recorded speech all the same."""
        self.count += 1
        if (
            mute and not can_apologise
        ) or self.count > self.limit:  # past the limit even the line of goodbye failed
            return Remedy.SILENT_HANDOVER
        if self.count < self.limit:
            return Remedy.APOLOGY
        return Remedy.SILENT_HANDOVER if mute else Remedy.HANDOVER

    def worked(self) -> None:
        """An answer was made."""
        self.count = 0
