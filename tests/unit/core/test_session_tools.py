"""What tests of calls rest on: virtual time, the memory line; and what a call costs."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from call_center.core.floor import State
from call_center.core.ports import Say
from call_center.testing.memory_call import MemoryCall
from call_center.testing.scripted import ScriptedConversation, ScriptedVoice
from call_center.testing.virtual_loop import VirtualLoop, run_virtual

pytestmark = pytest.mark.unit


def test_an_hour_of_timers_takes_no_time() -> None:
    """The loop's clock jumps; timers fire in order and exactly when they are due."""
    fired: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        for delay in (3_600.0, 0.5, 60.0):
            loop.call_later(delay, lambda: fired.append(round(loop.time() - start, 6)))
        await asyncio.sleep(3_601.0)

    began = time.monotonic()
    run_virtual(main())
    assert fired == [0.5, 60.0, 3_600.0]
    assert time.monotonic() - began < 5.0


def test_threads_are_waited_for_in_virtual_time() -> None:
    """A callback from a thread arrives although no timer is due."""

    async def main() -> str:
        return await asyncio.to_thread(str, 42)

    assert run_virtual(main()) == "42"


def test_virtual_runs_repeat_exactly() -> None:
    """Two runs of the same call give the same journal, times included."""

    async def main() -> list[object]:
        call = MemoryCall(ScriptedConversation(greeting=[Say("Вітаю!")]), voice=ScriptedVoice(0.7))
        await call.line.speak(900)
        await call.line.quiet(2_500)
        await call.hang_up()
        return list(call.sink.entries)

    assert run_virtual(main()) == run_virtual(main())


def test_calls_cost_no_threads() -> None:
    """Starting calls creates no thread."""

    async def main() -> None:
        before = threading.active_count()
        calls = [MemoryCall(ScriptedConversation(greeting=[Say("Вітаю!")])) for _ in range(20)]
        await asyncio.gather(*(call.line.quiet(200) for call in calls))
        assert threading.active_count() == before
        assert {call.state for call in calls} == {State.AGENT_SPEAKING}
        await asyncio.gather(*(call.hang_up() for call in calls))

    run_virtual(main())


def test_silent_call_runs_no_task() -> None:
    """A call in which nobody speaks has one timer, the silence prompt, and no task."""

    async def main() -> None:
        call = MemoryCall(ScriptedConversation(greeting=[Say("Вітаю!")]), voice=ScriptedVoice(0.5))
        await call.line.quiet(1_500)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await call.hang_up()

    run_virtual(main())


def test_virtual_loop_starts_at_a_known_time() -> None:
    """Times in failed assertions can be read."""
    loop = VirtualLoop()
    assert loop.time() == 1_000.0
    loop.close()
