"""Work on a turn that may be over: begun on a stable interim transcript, used only if the final means the same.

The interim is understood in a scratch view folded from a copy of the journal, so nothing of it is in journal, ledger or
history; the brain may only begin what it can throw away (a request to a model), no tool runs and nothing is spoken. One
is alive in a call at a time. A caller of whom more than 30 % was begun in vain is left alone for the rest of the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from call_center.agent.acts import acts
from call_center.agent.brain import Ahead, Brain, Foreseeing, Note, Turn
from call_center.agent.commits import AGREE
from call_center.agent.hearing import listen
from call_center.agent.journal import Journal, MemoryJournal
from call_center.agent.settings import AgentSettings
from call_center.agent.view import DialogueView, fold_all
from call_center.core.journal.events import CallerSaid, Noted
from call_center.core.ports import Heard
from call_center.logging.setup import get_logger
from call_center.monitoring import metrics
from call_center.understanding import Catalogue

WASTE_LIMIT = 0.3
TRIED = 4  # before the share of waste says anything
_log = get_logger("agent")


class Foresight:
    """One call's look ahead; does nothing for a brain that cannot begin early."""

    def __init__(
        self,
        journal: Journal,
        catalogue: Catalogue,
        settings: AgentSettings,
        now: Callable[[], datetime],
        brain: Brain,
    ) -> None:
        self._journal = journal
        self._catalogue = catalogue
        self._settings = settings
        self._now = now
        self._brain = brain if isinstance(brain, Foreseeing) else None
        self._task: asyncio.Task[None] | None = None
        self._begun: list[Ahead] = []  # since the last turn; at most the last one is alive
        self.tried = 0
        self.wasted = 0

    @property
    def wasteful(self) -> bool:
        """Whether this caller goes on speaking too often for it to pay."""
        return self.tried >= TRIED and self.wasted > WASTE_LIMIT * self.tried

    def begin(self, heard: Heard) -> None:
        """The turn may be over with these words. Returns at once; a fault costs the head start only."""
        self.forsake()
        if self._brain is not None and not self.wasteful and heard.text.strip():
            self._task = asyncio.get_running_loop().create_task(self._start(self._brain, heard))

    def forsake(self) -> None:
        """The caller goes on: what was begun is stopped."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
        for ahead in self._begun:
            ahead.cancel()

    async def take(self) -> tuple[Ahead, ...]:
        """The turn is over: all that was begun for it, the last one perhaps alive. The taker settles and closes them."""
        task, self._task = self._task, None
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)
        begun, self._begun = self._begun, []
        return tuple(begun)

    def judged(self, ahead: tuple[Ahead, ...]) -> None:
        """Count what came of it."""
        for one in ahead:
            self.tried += 1
            self.wasted += not one.adopted
            metrics.FORESEEN.labels(used="yes" if one.adopted else "no").inc()

    async def close(self) -> None:
        """The call is over."""
        self.forsake()
        for ahead in await self.take():
            await ahead.aclose()

    async def _start(self, brain: Foreseeing, heard: Heard) -> None:
        try:
            scratch = _Scratch(self._journal, self._now())
            turn = scratch.turn(heard, self._catalogue, self._settings)
            ahead = None if turn.view.expected.slot == AGREE else brain.foresee(turn, scratch.note)
        except Exception as fault:
            _log.warning("nothing begun early", turn=heard.turn, fault=type(fault).__name__)
            return
        if ahead is not None:
            self._begun.append(ahead)


class _Scratch:
    """A view of the call that nobody else sees."""

    def __init__(self, journal: Journal, now: datetime) -> None:
        entries = journal.entries
        self._view = fold_all(entries, DialogueView())
        self._own = MemoryJournal(entries[0].call_id if entries else "", now.timestamp)
        self._folded = 0
        self._now = now

    def look(self) -> DialogueView:
        """The view with all that was appended here."""
        entries = self._own.entries
        fold_all(entries[self._folded :], self._view)
        self._folded = len(entries)
        return self._view

    def note(self, note: Note) -> None:
        """Apply a note of the brain."""
        self._own.append(Noted(note.what, note.data))
        self.look()

    def turn(self, heard: Heard, catalogue: Catalogue, settings: AgentSettings) -> Turn:
        """The turn as it would be."""
        self._own.append(CallerSaid(heard.turn, heard.text, heard.confidence, 0, 0))
        utterance, new = listen(heard, self._own, self.look, catalogue, self._now)
        return Turn(
            self.look(), utterance, self._now, poor_line=heard.poor_line, new=new, said=acts(utterance),
            agent_name=settings.name, shop=settings.shop, operators=settings.operators,
        )  # fmt: skip
