"""The brain port: a stateless speaker of one call.

`respond(turn)` yields what to say, note, read back or do next. It ends when the turn is done, or with a `CallTool`; after a tool
answered the runtime calls it again with the refreshed turn. It knows only what is in `turn`. Text may hold references
(`[[o1.price]]`) that code renders; a bare fact must match the ledger or the sentence is not spoken.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from call_center.agent.view import DialogueView
from call_center.core.ports import Expected
from call_center.understanding import Utterance


class Ahead(Protocol):
    """Work of a brain on a turn that may be over. It has a task of its own; whoever holds it closes it."""

    @property
    def adopted(self) -> bool:
        """Whether the turn used it."""

    def cancel(self) -> None:
        """Stop it; returns at once."""

    async def aclose(self) -> None:
        """Stop it and wait until it has."""


@dataclass(frozen=True, slots=True)
class Turn:
    """All that a brain may use. `round` counts tool answers within the turn; `new` names slots heard in it."""

    view: DialogueView
    heard: Utterance
    now: datetime
    keys: str = ""
    silence: int = 0
    poor_line: bool = False
    round: int = 0
    new: frozenset[str] = frozenset()
    told: tuple[
        str, ...
    ] = ()  # what a dead process had said of this round: a repetition is left out by its words
    said: frozenset[str] = frozenset()  # dialogue acts of this utterance (`acts.acts`)
    agent_name: str = "Олена"
    shop: str = "Шинний двір"
    operators: tuple[int, int] = (9, 19)  # hours from and to which people are there
    ahead: tuple[Ahead, ...] = ()  # what the brain began before the turn was over

    @property
    def text(self) -> str:
        """The caller's words."""
        return self.heard.text


@dataclass(frozen=True, slots=True)
class Speak:
    """One or two sentences from the line `key`; `expected` is set when they ask."""

    text: str
    key: str
    expected: Expected | None = None
    interruptible: bool = True


@dataclass(frozen=True, slots=True)
class CallTool:
    """Ask for a tool by its canonical name."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """Change the dialogue's own state (`view.fold`)."""

    what: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recite:
    """Ask for the read-back of a commit: code renders it from exactly what would be sent, and asks."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DropDraft:
    """Take back the order that nobody confirmed; nothing happens when there is none."""

    reason: str


@dataclass(frozen=True, slots=True)
class Finish:
    """End the call after what was said."""

    reason: str


Output = Speak | CallTool | Note | Recite | DropDraft | Finish


class Brain(Protocol):
    """Either brain can take the next turn of a call that the other began."""

    def respond(self, turn: Turn) -> AsyncIterator[Output]:
        """What to do next; ends with `CallTool` when it needs a result first."""


@runtime_checkable
class Foreseeing(Brain, Protocol):
    """A brain that can begin early."""

    def foresee(self, turn: Turn, note: Callable[[Note], None]) -> Ahead | None:
        """Begin on a turn of a scratch view, where `note` applies notes; None when there is nothing to begin."""
