"""The values that a dialogue view is made of; frozen, in the order in which a call gives rise to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from call_center.core.ports import Question


@dataclass(frozen=True, slots=True)
class SlotValue:
    """A filled slot. `origin`: caller (heard), tool (from a result), code (derived, announced to the caller)."""

    value: Any
    turn: int
    confidence: float = 1.0
    origin: str = "caller"


@dataclass(frozen=True, slots=True)
class Asked:
    """The last question spoken."""

    slot: str
    question: Question
    key: str
    turn: int


@dataclass(frozen=True, slots=True)
class ToolRecord:
    """One tool call and its outcome; `ok` is None while it is under way."""

    intent: int
    tool: str
    args: dict[str, Any]
    turn: int
    ok: bool | None = None
    result: Any = None
    error: str | None = None
    key: str | None = None  # set for what changes the shop
    answered: int = 0  # place of the answer among the events of the call

    @property
    def refused(self) -> bool:
        """Whether the shop answered that it did not do it."""
        status = self.result.get("status") if isinstance(self.result, dict) else None
        return isinstance(status, int) and 400 <= status < 500 and status != 429


@dataclass(frozen=True, slots=True)
class ReadBack:
    """The newest read-back: what it binds, its facts as spoken, and which of them the caller heard to the end."""

    tool: str
    digest: str
    facts: tuple[str, ...]
    turn: int
    playing: dict[int, str] = field(default_factory=dict)  # sentence number -> fact
    heard: frozenset[str] = frozenset()
    heard_at: float | None = None  # Unix time at which the last of them ended

    @property
    def heard_all(self) -> bool:
        """Whether every fact was played to its end."""
        return self.heard >= set(self.facts)
