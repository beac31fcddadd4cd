"""Looking ahead: begun in a scratch view, one at a time, counted, left off where it does not pay. Virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from call_center.agent.brain import Note, Output, Turn
from call_center.agent.foresight import TRIED, Foresight
from call_center.agent.journal import MemoryJournal
from call_center.agent.settings import AgentSettings
from call_center.agent.view import fold_all
from call_center.core.journal.events import Announced
from call_center.core.ports import Heard
from call_center.testing.virtual_loop import run_virtual
from call_center.understanding import load_catalogue

pytestmark = pytest.mark.unit
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


class Work:
    """A second of work that may be stopped."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.adopted = False
        self.task = asyncio.get_running_loop().create_task(asyncio.sleep(1.0))

    def cancel(self) -> None:
        """Stop."""
        self.task.cancel()

    async def aclose(self) -> None:
        """Stop and wait."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


class Eager:
    """A brain that begins on every turn and notes what it likes."""

    def __init__(self) -> None:
        self.seen: list[Turn] = []
        self.works: list[Work] = []

    async def respond(self, turn: Turn) -> AsyncIterator[Output]:
        """Never asked here."""
        yield Note("asked", {"of": turn.text})

    def foresee(self, turn: Turn, note: Callable[[Note], None]) -> Work:
        """Begin."""
        note(Note("flow", {"name": "select_tyres"}))
        self.seen.append(turn)
        self.works.append(Work(turn.text))
        return self.works[-1]


def looking() -> tuple[Foresight, Eager, MemoryJournal]:
    """A call's look ahead."""
    journal, brain = MemoryJournal("0c1d", NOW.timestamp), Eager()
    journal.append(Announced("+380990001234", None, None, None))
    return Foresight(journal, load_catalogue(), AgentSettings(), lambda: NOW, brain), brain, journal


def test_the_scratch_view_is_nobody_elses() -> None:
    """The brain sees the interim understood and its own note; the journal holds neither."""

    async def main() -> None:
        foresight, brain, journal = looking()
        foresight.begin(Heard(1, "зимові двісті п'ять п'ятдесят п'ять шістнадцять"))
        (work,) = await foresight.take()
        assert brain.seen[0].view.value("season") == "winter"
        assert brain.seen[0].view.flow == "select_tyres"
        assert len(journal.entries) == 1
        assert fold_all(journal.entries).flow is None
        await work.aclose()

    run_virtual(main())


def test_a_card_number_never_reaches_the_brain() -> None:
    """The core does not redact an interim: whoever reads it does (view, dialogue, understanding)."""

    async def main() -> None:
        foresight, brain, _ = looking()
        foresight.begin(Heard(1, "моя картка 4111 1111 1111 1111"))
        (work,) = await foresight.take()
        assert "картка" in repr(brain.seen[0].view)
        assert "1111" not in repr(brain.seen[0])
        await work.aclose()

    run_virtual(main())


def test_one_is_alive_at_a_time() -> None:
    """A newer interim stops the work on the older one; a caller who goes on stops it too."""

    async def main() -> None:
        foresight, brain, _ = looking()
        for text in ("зимові", "зимові шини"):
            foresight.begin(Heard(1, text))
            await asyncio.sleep(0.1)
        assert [work.task.cancelled() for work in brain.works] == [True, False]
        foresight.forsake()
        await asyncio.sleep(0.1)
        assert all(work.task.cancelled() for work in brain.works)
        await foresight.close()

    run_virtual(main())


def test_a_wasteful_caller_is_left_alone() -> None:
    """More than 30 % in vain after some tries: nothing is begun any more in this call."""

    async def main() -> None:
        foresight, brain, _ = looking()
        for number in range(TRIED + 2):
            foresight.begin(Heard(number, "зимові"))
            begun = await foresight.take()
            foresight.judged(begun)
            for work in begun:
                await work.aclose()
        assert len(brain.works) == TRIED
        assert foresight.wasteful

    run_virtual(main())


def test_what_is_used_is_no_waste() -> None:
    """A caller whose interims hold is always answered early."""

    async def main() -> None:
        foresight, brain, _ = looking()
        for number in range(2 * TRIED):
            foresight.begin(Heard(number, "зимові"))
            begun = await foresight.take()
            brain.works[-1].adopted = True
            foresight.judged(begun)
            await brain.works[-1].aclose()
        assert len(brain.works) == 2 * TRIED
        assert not foresight.wasteful

    run_virtual(main())
