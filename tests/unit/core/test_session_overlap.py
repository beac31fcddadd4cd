"""The caller speaks while the agent does: barge-in, backchannel, noise, the legal notice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from call_center.core.floor import State
from call_center.core.journal import events as ev
from call_center.core.ports import Act, HangUp, Heard, Readiness, Say, Transfer
from call_center.testing.memory_call import MemoryCall
from call_center.testing.scripted import Decode, ScriptedConversation, ScriptedEars, ScriptedVoice
from call_center.testing.virtual_loop import run_virtual

pytestmark = pytest.mark.unit

NOTICE = Say("Розмова обробляється.", interruptible=False)
LONG = Say("Є три варіанти на ваш розмір.")


def judge(text: str) -> Readiness:
    """Judge as a conversation would: one word is a backchannel here."""
    return Readiness(complete=bool(text), backchannel=text == "угу", words=len(text.split()))


async def agent_talks(*script: Decode | str, acts: tuple[Act, ...] = (LONG,)) -> MemoryCall:
    """Return a call in which the agent has been talking for half a second; the tone lasts 3 s a sentence."""
    call = MemoryCall(
        ScriptedConversation(greeting=acts, keep_turns=True, judge_with=judge),
        ears=ScriptedEars(script or ("стоп",)),
        voice=ScriptedVoice(3.0, cached=True),
    )
    await call.line.quiet(500)
    assert call.line.heard_clips() == [1]
    return call


def turns(call: MemoryCall) -> list[Heard]:
    """Return what the conversation was told."""
    assert isinstance(call.conversation, ScriptedConversation)
    return call.conversation.turns


def test_voice_pauses_the_agent_within_60_ms() -> None:
    """After 200 ms of voice no frame of the agent's sentence goes out later than 60 ms."""

    async def main() -> None:
        call = await agent_talks()
        began = call.line.loop.time()
        await call.line.speak(400)
        last = max(at for at, clip in call.line.heard if clip is not None)
        assert call.state is State.OVERLAP
        assert 0.17 <= last - began <= 0.26
        await call.hang_up()

    run_virtual(main())


def test_barge_in_with_words_cuts_the_agent_and_is_answered() -> None:
    """Words that are no backchannel take the floor; how much was heard is journalled; the words become a turn."""

    async def main() -> None:
        call = await agent_talks("а дешевші є")
        await call.line.speak(400)
        await call.line.quiet(900)
        (cut,) = call.events(ev.Interrupted)
        assert (cut.sentence, cut.by) == (1, "words")
        assert 30 <= cut.heard_frames <= 40
        assert call.events(ev.Spoken)[0] == ev.Spoken(1, cut.heard_frames, False, 150)
        assert [heard.text for heard in turns(call)] == ["а дешевші є"]
        await call.line.quiet(1_000)
        assert call.line.heard_clips() == [1, 2]
        await call.hang_up()

    run_virtual(main())


def test_long_voice_cuts_the_agent_before_it_is_understood() -> None:
    """600 ms of voice take the floor without a transcript."""

    async def main() -> None:
        call = await agent_talks()
        await call.line.speak(700)
        assert call.state is State.CALLER_SPEAKING
        assert call.events(ev.Interrupted)[0].by == "voice"
        await call.hang_up()

    run_virtual(main())


def test_backchannel_lets_the_agent_go_on() -> None:
    """After "угу" the same sentence goes on to its end, and no turn comes of it."""

    async def main() -> None:
        call = await agent_talks("угу")
        await call.line.speak(300)
        await call.line.quiet(4_500)
        assert call.events(ev.Resumed) == [ev.Resumed(1)]
        assert call.events(ev.Spoken) == [ev.Spoken(1, 150, True, 150)]
        assert turns(call) == []
        assert call.state is State.LISTENING
        await call.hang_up()

    run_virtual(main())


def test_noise_lets_the_agent_go_on() -> None:
    """A sound that the recogniser rejects resumes the agent."""

    async def main() -> None:
        call = await agent_talks(Decode(rejected="no_speech"))
        await call.line.speak(300)
        await call.line.quiet(500)
        assert call.state is State.AGENT_SPEAKING
        assert len(call.events(ev.Resumed)) == 1
        assert call.events(ev.Interrupted) == []
        await call.hang_up()

    run_virtual(main())


def test_noisy_room_does_not_make_the_agent_stutter() -> None:
    """Bursts of noise every second pause the agent a few times, then no more: the sentence is finished."""

    async def main() -> None:
        call = await agent_talks(Decode(rejected="no_speech", seconds=0.2))
        for _ in range(12):
            await call.line.speak(260)
            await call.line.quiet(740)
        assert call.events(ev.Spoken)[0].complete
        assert len(call.events(ev.Resumed)) <= 3
        await call.hang_up()

    run_virtual(main())


def test_click_does_not_pause_the_agent() -> None:
    """Less than 200 ms of voice changes nothing."""

    async def main() -> None:
        call = await agent_talks()
        await call.line.speak(120)
        await call.line.quiet(200)
        assert call.state is State.AGENT_SPEAKING
        assert all(clip == 1 for _, clip in call.line.heard)
        await call.hang_up()

    run_virtual(main())


def test_ears_that_never_answer_let_the_agent_go_on() -> None:
    """With a dead recogniser a short sound pauses the agent for at most two seconds."""

    async def main() -> None:
        call = await agent_talks(Decode("стоп", seconds=60.0))
        await call.line.speak(300)
        await call.line.quiet(2_000)
        assert call.state is State.AGENT_SPEAKING
        await call.hang_up()

    run_virtual(main())


def test_notice_is_not_paused() -> None:
    """Voice over a sentence that must not be interrupted does not stop it."""

    async def main() -> None:
        call = await agent_talks(acts=(NOTICE,))
        await call.line.speak(1_500)
        await call.line.quiet(900)
        assert [clip for _, clip in call.line.heard[:140] if clip != 1] == []
        assert call.events(ev.Interrupted) == []
        await call.hang_up()

    run_virtual(main())


def test_words_over_the_notice_are_kept() -> None:
    """What was said during the notice is answered when it ends, before the agent's next sentence."""

    async def main() -> None:
        call = await agent_talks("мені треба шини", acts=(NOTICE, LONG))
        await call.line.speak(1_000)
        await call.line.quiet(1_200)
        assert turns(call) == []
        await call.line.quiet(1_000)
        assert [heard.text for heard in turns(call)] == ["мені треба шини"]
        assert call.events(ev.Spoken)[0] == ev.Spoken(1, 150, True, 150)
        assert call.events(ev.Spoken)[1].frames == 0
        await call.hang_up()

    run_virtual(main())


def test_backchannel_over_the_notice_is_forgotten() -> None:
    """An "угу" during the notice does not stop what follows it."""

    async def main() -> None:
        call = await agent_talks("угу", acts=(NOTICE, LONG))
        await call.line.speak(300)
        await call.line.quiet(6_500)
        assert turns(call) == []
        assert [spoken.complete for spoken in call.events(ev.Spoken)] == [True, True]
        await call.hang_up()

    run_virtual(main())


def test_barge_in_keeps_tool_result() -> None:
    """A barge-in during an answer cancels its work, and what the tool returned before stays in the journal."""
    closed: list[str] = []
    calls: list[MemoryCall] = []

    async def answer(heard: Heard) -> AsyncIterator[Act]:
        if heard.turn > 1:
            yield Say("Добре.")
            return
        calls[0].journal.append(ev.ToolIntended(1, "search_tires", {}))
        await asyncio.sleep(0.1)
        calls[0].journal.append(ev.ToolAnswered(1, "search_tires", True, result=[1, 2]))
        try:
            yield LONG
            await asyncio.sleep(10.0)
            yield Say("Ще одне речення.")
        finally:
            closed.append("closed")

    async def main() -> None:
        conversation = ScriptedConversation(responder=answer, judge_with=judge)
        call = MemoryCall(conversation, ears=ScriptedEars(["літні шини", "стоп"]))
        calls.append(call)
        await call.line.speak(600)
        await call.line.quiet(1_500)
        assert call.state is State.AGENT_SPEAKING
        await call.line.speak(700)
        assert closed == ["closed"]
        (run,) = call.journal.view.tools
        assert (run.ok, run.result) == (True, [1, 2])
        await call.hang_up()

    run_virtual(main())


def test_cut_stops_the_synthesis_for_real() -> None:
    """Barge-in closes the stream of the sentence that is being synthesised."""

    async def main() -> None:
        voice = ScriptedVoice(3.0, cached=frozenset({LONG.text}), wait_s=20.0)
        call = MemoryCall(ScriptedConversation(greeting=(LONG, Say("Друге речення."))), voice=voice)
        await call.line.quiet(500)
        await call.line.speak(700)
        assert voice.stopped == 1
        assert [spoken.frames for spoken in call.events(ev.Spoken)][1:] == [0]
        await call.hang_up()

    run_virtual(main())


def test_voice_during_handover_changes_nothing() -> None:
    """Once the call goes to a person its last line is played to the end, whoever speaks."""

    async def main() -> None:
        call = await agent_talks(acts=(LONG, Transfer("customer_request", "просить оператора")))
        assert call.state is State.HANDOVER
        await call.line.speak(1_500)
        await call.line.quiet(2_000)
        outcome = await call.session.wait_closed()
        assert outcome.reason == "transfer"
        assert outcome.transfer == Transfer("customer_request", "просить оператора")
        assert call.events(ev.Spoken) == [ev.Spoken(1, 150, True, 150)]
        assert call.line.hung_up_at == pytest.approx(1_003.0, abs=0.05)

    run_virtual(main())


def test_interrupted_goodbye_keeps_the_call() -> None:
    """Words over the goodbye cancel the hang-up: the caller wants something else."""

    async def main() -> None:
        call = await agent_talks("ще одне питання", acts=(LONG, HangUp("done")))
        await call.line.speak(700)
        await call.line.quiet(1_000)
        assert call.line.hung_up_at is None
        assert [heard.text for heard in turns(call)] == ["ще одне питання"]
        await call.hang_up()

    run_virtual(main())
