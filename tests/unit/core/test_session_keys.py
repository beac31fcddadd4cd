"""Whole calls in virtual time: silence prompts and keys."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from call_center.core.floor import State
from call_center.core.journal import events as ev
from call_center.core.ports import Act, Expected, HangUp, Heard, Question, Say
from call_center.testing.memory_call import MemoryCall
from call_center.testing.scripted import Decode, ScriptedConversation, ScriptedEars, ScriptedVoice
from call_center.testing.virtual_loop import run_virtual

pytestmark = pytest.mark.unit


def silence_ladder() -> ScriptedConversation:
    """Return a conversation that asks in words of its own at every silence prompt and says goodbye at the third."""

    async def answer(heard: Heard) -> AsyncIterator[Act]:
        yield Say(f"Підказка {heard.silence}.")
        if heard.silence == 3:
            yield HangUp("silence")

    return ScriptedConversation(greeting=[Say("Чим допомогти?")], responder=answer, keep_turns=True)


def test_silence_is_prompted_every_8_seconds_and_ends_at_the_third() -> None:
    """Prompts come 8 s after the last played frame of the one before; the third ends the call."""

    async def main() -> None:
        conversation = silence_ladder()
        call = MemoryCall(conversation, voice=ScriptedVoice(1.0, cached=True))
        await call.line.quiet(8_900)
        assert conversation.turns == []
        await call.line.quiet(200)
        assert [turn.silence for turn in conversation.turns] == [1]
        await call.line.quiet(20_000)
        assert [turn.silence for turn in conversation.turns] == [1, 2, 3]
        assert (await call.session.wait_closed()).reason == "agent_hangup"
        assert call.line.closed_at == pytest.approx(1_000 + 4 * 1 + 3 * 8, abs=0.2)

    run_virtual(main())


def test_speech_resets_the_silence_ladder() -> None:
    """After something was said the next prompt is the first again."""

    async def main() -> None:
        conversation = silence_ladder()
        call = MemoryCall(conversation, voice=ScriptedVoice(1.0, cached=True))
        await call.line.quiet(12_000)
        await call.line.speak(600)
        await call.line.quiet(11_000)
        assert [(turn.silence, bool(turn.text)) for turn in conversation.turns] == [
            (1, False),
            (0, True),
            (1, False),
        ]
        await call.hang_up()

    run_virtual(main())


def test_noise_does_not_reset_the_silence_ladder() -> None:
    """A rejected sound only puts the prompt off a little."""

    async def main() -> None:
        conversation = silence_ladder()
        ears = ScriptedEars([Decode(rejected="no_speech")])
        call = MemoryCall(conversation, ears=ears, voice=ScriptedVoice(1.0, cached=True))
        await call.line.quiet(5_000)
        await call.line.speak(300)
        await call.line.quiet(4_000)
        assert [turn.silence for turn in conversation.turns] == [1]
        await call.hang_up()

    run_virtual(main())


def test_key_answers_at_once() -> None:
    """Where no digits are asked for, one key is an answer and stops the agent."""

    async def main() -> None:
        conversation = ScriptedConversation(greeting=[Say("Довге питання?")], keep_turns=True)
        call = MemoryCall(conversation, voice=ScriptedVoice(3.0, cached=True))
        await call.line.quiet(500)
        call.line.key("1")
        assert [(turn.keys, turn.text) for turn in conversation.turns] == [("1", "")]
        assert call.events(ev.Interrupted)[0].by == "key"
        assert call.events(ev.KeyPressed) == [ev.KeyPressed("1")]
        await call.hang_up()

    run_virtual(main())


def digits_call() -> tuple[MemoryCall, ScriptedConversation]:
    """Return a call in which digits are asked for."""
    conversation = ScriptedConversation(
        greeting=[Say("Наберіть номер.")], asking=Expected("phone", Question.DIGITS), keep_turns=True
    )
    return MemoryCall(conversation, voice=ScriptedVoice(0.5, cached=True)), conversation


def test_keys_are_collected_until_hash() -> None:
    """Digits end on #, which is not part of them."""

    async def main() -> None:
        call, conversation = digits_call()
        await call.line.quiet(700)
        for digit in "0991":
            call.line.key(digit)
            await call.line.quiet(500)
        assert conversation.turns == []
        call.line.key("#")
        assert [turn.keys for turn in conversation.turns] == ["0991"]
        assert [(said.turn, said.text, said.keys) for said in call.events(ev.CallerSaid)] == [(1, "", "0991")]
        await call.hang_up()

    run_virtual(main())


def test_keys_are_collected_until_a_pause() -> None:
    """Digits end after 2 s without a key."""

    async def main() -> None:
        call, conversation = digits_call()
        await call.line.quiet(700)
        for digit in "205":
            call.line.key(digit)
            await call.line.quiet(1_500)
        assert conversation.turns == []
        await call.line.quiet(600)
        assert [turn.keys for turn in conversation.turns] == ["205"]
        await call.hang_up()

    run_virtual(main())


def test_tone_of_a_key_is_not_speech() -> None:
    """What the detector takes for voice while a key sounds opens no turn."""

    async def main() -> None:
        call, conversation = digits_call()
        await call.line.quiet(700)
        call.line.key("5")
        await call.line.speak(280)
        await call.line.quiet(1_000)
        assert call.state is State.LISTENING
        await call.line.quiet(1_500)
        assert [(turn.keys, turn.text) for turn in conversation.turns] == [("5", "")]
        await call.hang_up()

    run_virtual(main())


def test_key_over_the_notice_is_kept() -> None:
    """A key pressed during the legal notice neither stops it nor is lost."""

    async def main() -> None:
        conversation = ScriptedConversation(
            greeting=[Say("Сповіщення.", interruptible=False), Say("Питання?")], keep_turns=True
        )
        call = MemoryCall(conversation, voice=ScriptedVoice(1.0, cached=True))
        await call.line.quiet(300)
        call.line.key("0")
        await call.line.quiet(500)
        assert conversation.turns == []
        await call.line.quiet(400)
        assert [turn.keys for turn in conversation.turns] == ["0"]
        assert call.events(ev.Spoken)[0].complete
        await call.hang_up()

    run_virtual(main())


def test_words_after_keys_go_with_them() -> None:
    """Keys that are followed by words are one turn with both."""

    async def main() -> None:
        call, conversation = digits_call()
        await call.line.quiet(700)
        for digit in "205":
            call.line.key(digit)
            await call.line.quiet(400)
        await call.line.speak(640)
        await call.line.quiet(2_500)
        assert [(turn.keys, bool(turn.text)) for turn in conversation.turns] == [("205", True)]
        assert call.events(ev.CallerSaid)[-1].keys == "205"
        await call.hang_up()

    run_virtual(main())


def test_keys_survive_noise() -> None:
    """A cough after the digits does not lose them."""

    async def main() -> None:
        conversation = ScriptedConversation(asking=Expected("phone", Question.DIGITS), keep_turns=True)
        call = MemoryCall(conversation, ears=ScriptedEars([Decode(rejected="no_speech")]))
        await call.line.quiet(700)
        call.line.key("7")
        await call.line.quiet(1_600)
        await call.line.speak(300)
        await call.line.quiet(3_000)
        assert [(turn.keys, turn.text) for turn in conversation.turns] == [("7", "")]
        await call.hang_up()

    run_virtual(main())
