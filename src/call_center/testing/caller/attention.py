"""Whether the agent has said all it is going to say, by its journal. Pure.

A person hears from tone and wording that a sentence is not the last, or that "one moment" promises an answer; the
synthetic caller reads it in the journal: sentences under way, tools in flight, a turn of the caller not yet answered.
Events come in order; `spoke` is called when the caller begins to say something.
"""

from __future__ import annotations

from call_center.core.journal.events import (
    CallerSaid,
    CallerSilent,
    Ended,
    Event,
    KeyPressed,
    Speaking,
    Spoken,
    ToolAnswered,
    ToolIntended,
    TransferRequested,
)


class Attention:
    """One connection's worth; pass `expects_more` to a `SyntheticCaller`."""

    def __init__(self) -> None:
        self._said = False  # the caller said something that the agent has not taken as a turn
        self._owed = False  # a turn that has no answer yet
        self._playing: dict[int, str] = {}
        self._tools: set[int] = set()
        self._over = False

    def spoke(self) -> None:
        """The caller says something that wants an answer."""
        self._said = True

    def expects_more(self) -> bool:
        """Whether more of the agent's turn is to come."""
        return not self._over and bool(self._said or self._owed or self._playing or self._tools)

    @property
    def being_said(self) -> str:
        """The sentences that are playing or about to."""
        return " ".join(filter(None, self._playing.values()))

    def on_event(self, event: Event) -> None:
        """Take one event of the call's journal."""
        match event:
            case CallerSaid() | CallerSilent() | KeyPressed():
                self._said, self._owed = False, True
            case Speaking():
                self._owed = self._owed and event.filler
                self._playing[event.sentence] = "" if event.filler else event.text
            case Spoken():
                self._playing.pop(event.sentence, None)
            case ToolIntended():
                self._tools.add(event.intent)
            case ToolAnswered():
                self._tools.discard(event.intent)
            case TransferRequested() | Ended():
                self._over = True
            case _:
                pass
