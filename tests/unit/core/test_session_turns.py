"""Whole calls in virtual time: turns, silence, keys, endings."""

from __future__ import annotations

import pytest

from call_center.core.floor import State
from call_center.core.journal import events as ev
from call_center.core.ports import Act, HangUp, Say
from call_center.testing.memory_call import MemoryCall
from call_center.testing.scripted import ScriptedConversation, ScriptedEars, ScriptedVoice
from call_center.testing.virtual_loop import run_virtual

pytestmark = pytest.mark.unit


def test_caller_turn_is_answered() -> None:
    """A caller who says something and stops hears the answer."""

    async def main() -> None:
        call = MemoryCall(ScriptedConversation(keep_turns=True), ears=ScriptedEars(["зимові шини"]))
        await call.line.quiet(500)
        await call.line.speak(1_000)
        await call.line.quiet(2_000)
        assert [said.text for said in call.events(ev.CallerSaid)] == ["зимові шини"]
        assert call.line.heard_clips() == [1]
        await call.line.quiet(3_000)
        assert call.state is State.LISTENING
        assert call.events(ev.Spoken) == [ev.Spoken(1, 150, True, 150)]
        await call.hang_up()

    run_virtual(main())


def test_cached_greeting_is_in_the_first_frame() -> None:
    """A cached greeting is queued while the session starts: the first frame of the call is speech."""

    async def main() -> None:
        call = MemoryCall(
            ScriptedConversation(greeting=[Say("Вітаю!", interruptible=False), Say("Чим допомогти?")]),
            voice=ScriptedVoice(1.0, cached=True),
        )
        await call.line.quiet(100)
        assert call.line.heard[0][1] == 1
        assert call.observer.first_audio_s == [pytest.approx(0.0, abs=0.001)]
        await call.line.quiet(3_000)
        assert call.line.heard_clips() == [1, 2]
        await call.hang_up()

    run_virtual(main())


def test_hang_up_waits_for_the_last_word() -> None:
    """The line is closed only after the goodbye was played to its end."""

    async def main() -> None:
        goodbye: list[Act] = [Say("До побачення!"), HangUp("done")]
        call = MemoryCall(ScriptedConversation(answer=goodbye), voice=ScriptedVoice(1.0))
        await call.line.speak(500)
        await call.line.quiet(4_000)
        assert (await call.session.wait_closed()).reason == "agent_hangup"
        assert call.events(ev.Spoken) == [ev.Spoken(1, 50, True, 50)]
        assert call.last_event() == ev.Ended("agent_hangup")

    run_virtual(main())
