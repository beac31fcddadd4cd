"""What a session does when a part fails or the caller is gone: apology, person, release."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from call_center.core.floor import State
from call_center.core.journal import events as ev
from call_center.core.ports import Act, Ears, EarStream, Heard, Hypothesis, Readiness, Say, Transfer
from call_center.errors import EarsError
from call_center.testing.memory_call import PHRASES, MemoryCall
from call_center.testing.scripted import ScriptedConversation, ScriptedVoice
from call_center.testing.virtual_loop import run_virtual

pytestmark = pytest.mark.unit

READY = frozenset(PHRASES.all())


def said(call: MemoryCall) -> list[str]:
    """Return the sentences handed to the voice."""
    return [speaking.text for speaking in call.events(ev.Speaking)]


async def turn(call: MemoryCall, wait_ms: float = 2_500) -> None:
    """Speak one turn and wait."""
    await call.line.speak(640)
    await call.line.quiet(wait_ms)


def test_exception_in_turn_is_spoken_over() -> None:
    """An exception in the conversation is journalled, counted and apologised for; the next turn is answered."""

    async def answer(heard: Heard) -> AsyncIterator[Act]:
        if heard.turn == 1:
            raise AttributeError("str has no items")
        yield Say("Ось шини.")

    async def main() -> None:
        call = MemoryCall(ScriptedConversation(responder=answer), voice=ScriptedVoice(0.5))
        await turn(call)
        assert said(call) == [PHRASES.failed]
        assert call.events(ev.TurnFailed) == [ev.TurnFailed(1, "AttributeError: str has no items")]
        assert [type(error) for error in call.observer.errors] == [AttributeError]
        assert call.state is State.LISTENING
        await turn(call)
        assert said(call) == [PHRASES.failed, "Ось шини."]
        await call.hang_up()

    run_virtual(main())


def test_exception_after_a_sentence_apologises_after_it() -> None:
    """What was said before the exception is played to its end, then the apology."""

    async def answer(heard: Heard) -> AsyncIterator[Act]:
        yield Say("Перше речення.")
        raise ValueError("second sentence")

    async def main() -> None:
        call = MemoryCall(ScriptedConversation(responder=answer), voice=ScriptedVoice(0.5))
        await turn(call)
        assert said(call) == ["Перше речення.", PHRASES.failed]
        assert all(spoken.complete for spoken in call.events(ev.Spoken))
        await call.hang_up()

    run_virtual(main())


def test_three_failures_in_a_row_give_the_call_to_a_person() -> None:
    """After the third failed turn the caller is told and transferred."""

    async def answer(heard: Heard) -> AsyncIterator[Act]:
        if heard.turn > 0:
            raise ValueError("always")
        yield Say("Так.")

    async def main() -> None:
        call = MemoryCall(ScriptedConversation(responder=answer), voice=ScriptedVoice(0.5))
        for _ in range(3):
            await turn(call)
        outcome = await call.session.wait_closed()
        assert said(call) == [PHRASES.failed, PHRASES.failed, PHRASES.handover]
        assert outcome.transfer == Transfer("cannot_help")
        assert call.events(ev.TransferRequested) == [ev.TransferRequested("cannot_help", "")]

    run_virtual(main())


def test_success_between_failures_keeps_the_call() -> None:
    """Only failures in a row count."""

    async def answer(heard: Heard) -> AsyncIterator[Act]:
        if heard.turn % 2:
            raise ValueError("every other")
        yield Say("Так.")

    async def main() -> None:
        call = MemoryCall(ScriptedConversation(responder=answer), voice=ScriptedVoice(0.5))
        for _ in range(6):
            await turn(call)
        assert said(call).count(PHRASES.failed) == 3
        assert call.line.hung_up_at is None
        await call.hang_up()

    run_virtual(main())


def test_broken_voice_uses_recorded_phrases_and_then_a_person() -> None:
    """A sentence without a voice is apologised for from the cache; three of them end at a person."""

    async def main() -> None:
        voice = ScriptedVoice(0.5, cached=READY, broken=frozenset({"Шини є."}))
        call = MemoryCall(ScriptedConversation(answer=[Say("Шини є.")]), voice=voice)
        await turn(call)
        assert said(call) == ["Шини є.", PHRASES.failed]
        await turn(call)
        await turn(call)
        assert (await call.session.wait_closed()).transfer == Transfer("cannot_help")

    run_virtual(main())


def test_dead_voice_gives_the_call_to_a_person_at_once() -> None:
    """With no voice and nothing recorded the operators ring: nobody is left in silence."""

    async def main() -> None:
        voice = ScriptedVoice(broken=READY | {"Вітаю!"})
        call = MemoryCall(ScriptedConversation(greeting=[Say("Вітаю!")]), voice=voice)
        await call.line.quiet(500)
        assert (await call.session.wait_closed()).transfer == Transfer("cannot_help")

    run_virtual(main())


class DeafEars:
    """No recogniser to be had."""

    def open(self, rate: int, on_hypothesis: Callable[[Hypothesis], None]) -> EarStream:
        """Fail."""
        raise EarsError("the recogniser is down")


def test_missing_ears_give_the_call_to_a_person() -> None:
    """A call that cannot be heard is handed over with a line."""

    async def main() -> None:
        ears: Ears = DeafEars()
        call = MemoryCall(ears=ears, voice=ScriptedVoice(0.5, cached=True))
        await call.line.quiet(1_000)
        assert said(call) == [PHRASES.handover]
        assert (await call.session.wait_closed()).transfer == Transfer("cannot_help")

    run_virtual(main())


def slow(
    seconds: float, *, tool: bool = False, filler: bool = False
) -> tuple[MemoryCall, ScriptedConversation]:
    """Return a call whose every answer takes `seconds`."""
    calls: list[MemoryCall] = []

    async def answer(heard: Heard) -> AsyncIterator[Act]:
        if tool:
            calls[0].journal.append(ev.ToolIntended(heard.turn, "search_tires", {}))
        if filler:
            await asyncio.sleep(0.7)
            yield Say("Шукаю шини.", filler=True)
        await asyncio.sleep(seconds)
        yield Say("Ось шини.")

    conversation = ScriptedConversation(responder=answer)
    call = MemoryCall(conversation, voice=ScriptedVoice(0.5, cached=READY))
    calls.append(call)
    return call, conversation


def test_slow_answer_is_covered_after_1500_ms() -> None:
    """The caller hears something 1.5 s after the end of the turn at the latest, once."""

    async def main() -> None:
        call, _ = slow(3.0)
        await turn(call, 600 + 1_600)
        assert said(call) == [PHRASES.wait]
        await call.line.quiet(2_000)
        assert said(call) == [PHRASES.wait, "Ось шини."]
        assert call.events(ev.TurnTimed)[0].total_ms > 3_500
        await call.hang_up()

    run_virtual(main())


def test_conversation_s_filler_makes_the_cover_unnecessary() -> None:
    """One filler a turn."""

    async def main() -> None:
        call, _ = slow(2.0, filler=True)
        await turn(call, 4_500)
        assert said(call) == ["Шукаю шини.", "Ось шини."]
        await call.hang_up()

    run_virtual(main())


def test_cover_that_is_not_wanted_any_more_is_dropped() -> None:
    """Speech while the covering phrase is being synthesised stops it for real, without a fault."""

    async def answer(heard: Heard) -> AsyncIterator[Act]:
        await asyncio.sleep(3.0)
        yield Say("Ось шини.")

    async def main() -> None:
        voice = ScriptedVoice(0.5, wait_s=1.0)
        call = MemoryCall(ScriptedConversation(responder=answer), voice=voice)
        await turn(call, 600 + 1_700)
        assert said(call) == [PHRASES.wait]
        await turn(call, 1_500)
        assert call.observer.errors == []
        assert call.line.heard_clips() == []
        assert voice.stopped == 1
        await call.hang_up()

    run_virtual(main())


def test_late_answer_becomes_an_apology() -> None:
    """No answer after 4 s: it is given up, the caller hears an apology."""

    async def main() -> None:
        call, _ = slow(30.0)
        await turn(call, 6_000)
        assert said(call) == [PHRASES.wait, PHRASES.late]
        assert call.events(ev.TurnFailed)[0].error == "TimeoutError: no answer in time"
        assert call.state is State.LISTENING
        await call.hang_up()

    run_virtual(main())


def test_turn_with_tools_has_8_seconds() -> None:
    """A turn that called a tool may take 8 s, not more."""

    async def main() -> None:
        call, _ = slow(6.5, tool=True)
        await turn(call, 8_500)
        assert said(call) == [PHRASES.wait, "Ось шини."]
        await call.hang_up()
        call, _ = slow(30.0, tool=True)
        await turn(call, 9_500)
        assert said(call) == [PHRASES.wait, PHRASES.late]
        await call.hang_up()

    run_virtual(main())


def test_speech_after_a_filler_still_joins_the_turn() -> None:
    """A filler is no answer: what is said after it belongs to the same turn."""
    calls: list[MemoryCall] = []

    async def main() -> None:
        call, conversation = slow(3.0, filler=True)
        conversation.keep_turns = True
        calls.append(call)
        await turn(call, 600 + 1_500)
        assert call.state is State.THINKING
        await turn(call)
        assert [heard.turn for heard in conversation.turns] == [1, 1]
        await call.hang_up()

    run_virtual(main())


def test_words_over_a_filler_join_the_turn() -> None:
    """Who goes on speaking over "one moment" adds to the question; nothing of it is lost."""

    async def main() -> None:
        call, conversation = slow(3.0, filler=True)
        conversation.keep_turns = True
        await turn(call, 600 + 900)
        assert call.state is State.AGENT_SPEAKING
        await turn(call, 1_000)
        first, second = conversation.turns
        assert (second.turn, second.text) == (first.turn, f"{first.text} {first.text}")
        await call.hang_up()

    run_virtual(main())


def test_faulty_judge_does_not_end_the_call() -> None:
    """An exception in `judge` counts as a fault and the turn goes on with plain word counts."""

    def judge(text: str) -> Readiness:
        raise KeyError("slot")

    async def main() -> None:
        conversation = ScriptedConversation(judge_with=judge, keep_turns=True)
        call = MemoryCall(conversation)
        await turn(call)
        assert len(conversation.turns) == 1
        assert "KeyError" in call.events(ev.TurnFailed)[0].error
        await call.hang_up()

    run_virtual(main())


class StallingVoice(ScriptedVoice):
    """A voice that makes half a second of a sentence and then hangs."""

    async def synthesise(self, text: str, rate: int) -> AsyncIterator[bytes]:
        """Stream a little."""
        yield bytes(rate)
        await asyncio.sleep(1_000.0)


def test_stalled_voice_is_given_up() -> None:
    """A synthesiser that hangs in mid-sentence ends in a recorded apology, not in silence."""

    async def main() -> None:
        call = MemoryCall(
            ScriptedConversation(answer=[Say("Шини є.")]), voice=StallingVoice(0.5, cached=READY)
        )
        await turn(call, 5_000)
        assert said(call) == ["Шини є.", PHRASES.failed]
        assert call.events(ev.TurnFailed)[0].error == "VoiceError: the voice stalled"
        assert call.events(ev.Spoken)[0].complete is False
        await call.hang_up()

    run_virtual(main())


def test_voice_that_never_starts_keeps_the_deadline() -> None:
    """A sentence that was made but cannot be heard is no answer: the wait is covered and then apologised for."""

    async def main() -> None:
        voice = ScriptedVoice(0.5, cached=READY, wait_s=60.0)
        call = MemoryCall(ScriptedConversation(answer=[Say("Шини є.")]), voice=voice)
        await turn(call, 6_000)
        assert said(call)[-1] == PHRASES.failed
        assert call.state is State.LISTENING
        await call.hang_up()

    run_virtual(main())


def test_answer_that_stops_in_the_middle_is_given_up() -> None:
    """8 s of silence between two sentences of an answer end in an apology."""

    async def answer(heard: Heard) -> AsyncIterator[Act]:
        yield Say("Зараз подивлюся.")
        await asyncio.sleep(60.0)
        yield Say("Ось шини.")

    async def main() -> None:
        call = MemoryCall(ScriptedConversation(responder=answer), voice=ScriptedVoice(0.5))
        await turn(call, 9_000)
        assert said(call) == ["Зараз подивлюся."]
        await call.line.quiet(1_500)
        assert said(call) == ["Зараз подивлюся.", PHRASES.late]
        await call.hang_up()

    run_virtual(main())


def test_empty_sentence_is_skipped() -> None:
    """A conversation that says nothing in between does no harm."""

    async def main() -> None:
        conversation = ScriptedConversation(answer=[Say(" "), Say("Так.")])
        call = MemoryCall(conversation, voice=ScriptedVoice(0.5))
        await turn(call)
        assert said(call) == ["Так."]
        assert call.observer.errors == []
        await call.hang_up()

    run_virtual(main())
