"""Whole calls in virtual time: turns, silence, keys, endings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from call_center.core.floor import State
from call_center.core.journal import events as ev
from call_center.core.ports import Act, Expected, HangUp, Heard, Question, Readiness, Say
from call_center.testing.memory_call import PHRASES, MemoryCall
from call_center.testing.scripted import Decode, ScriptedConversation, ScriptedEars, ScriptedVoice
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


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_times_do_not_depend_on_the_rate(rate: int) -> None:
    """A wide-band line has the same turns, sentence lengths and pauses."""

    async def main() -> None:
        call = MemoryCall(ScriptedConversation(), voice=ScriptedVoice(1.0), rate=rate)
        await call.line.quiet(500)
        await call.line.speak(1_000)
        await call.line.quiet(3_000)
        (said,) = call.events(ev.CallerSaid)
        assert said.started_ms == pytest.approx(500, abs=40)
        assert said.ended_ms == pytest.approx(1_500, abs=40)
        assert call.events(ev.TurnTimed)[0].endpoint_ms == pytest.approx(600, abs=50)
        assert call.events(ev.Spoken) == [ev.Spoken(1, 50, True, 50)]
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


def ends_after(question: Question, readiness: Readiness, pause_ms: float = 3_000) -> float:
    """Return ms from the end of speech to the end of turn."""
    ended: list[float] = []

    async def main() -> None:
        conversation = ScriptedConversation(
            asking=Expected("slot", question), judge_with=lambda text: readiness
        )
        call = MemoryCall(conversation)
        await call.line.quiet(300)
        await call.line.speak(640)
        stopped = call.line.loop.time()
        call.journal.listen(
            lambda entry: ended.append(entry.at - stopped) if isinstance(entry.event, ev.CallerSaid) else None
        )
        await call.line.quiet(pause_ms)
        await call.hang_up()

    run_virtual(main())
    (seconds,) = ended
    return seconds * 1_000


def test_yes_ends_its_turn_fast() -> None:
    """A complete answer to a yes/no question ends after a quarter of a second."""
    assert 240 <= ends_after(Question.YES_NO, Readiness(complete=True, words=1)) <= 300


def test_open_answer_waits_600_ms() -> None:
    """An open answer ends after 0.6 s."""
    assert 590 <= ends_after(Question.OPEN, Readiness(complete=True, words=4)) <= 660


def test_dangling_answer_waits_longer() -> None:
    """Words that cannot be the end wait for the rest."""
    assert 1_490 <= ends_after(Question.OPEN, Readiness(dangling=True, words=3)) <= 1_560


def test_dictated_digits_wait_for_the_rest() -> None:
    """Pieces of a size or a phone are not a turn each."""
    assert 1_200 <= ends_after(Question.DIGITS, Readiness(words=2)) <= 1_500


def test_pause_inside_a_dictation_is_one_turn() -> None:
    """Two pieces within the pause are one utterance; the hypothesis of the first piece is not used."""

    async def main() -> None:
        conversation = ScriptedConversation(
            asking=Expected("tyre_size", Question.DIGITS),
            judge_with=lambda text: Readiness(words=2),
            keep_turns=True,
        )
        call = MemoryCall(conversation, ears=ScriptedEars(["двісті п'ять", "двісті п'ять п'ятдесят п'ять"]))
        await call.line.speak(640)
        await call.line.quiet(900)
        await call.line.speak(640)
        await call.line.quiet(2_000)
        assert [turn.text for turn in conversation.turns] == ["двісті п'ять п'ятдесят п'ять"]
        await call.hang_up()

    run_virtual(main())


def test_late_hypothesis_is_ignored() -> None:
    """A hypothesis of audio after which there was more voice never ends the turn."""

    async def main() -> None:
        conversation = ScriptedConversation(keep_turns=True)
        ears = ScriptedEars([Decode("літні", seconds=0.4), Decode("літні ні зимові", seconds=0.1)])
        call = MemoryCall(conversation, ears=ears)
        await call.line.speak(640)
        await call.line.quiet(400)
        await call.line.speak(800)
        await call.line.quiet(1_000)
        assert [turn.text for turn in conversation.turns] == ["літні ні зимові"]
        assert call.observer.adopted[-1] is True
        await call.hang_up()

    run_virtual(main())


def test_speech_while_thinking_joins_the_turn() -> None:
    """Words before the answer was heard cancel it and belong to the same turn."""

    async def answer(heard: Heard) -> AsyncIterator[Act]:
        await asyncio.sleep(1.2)
        yield Say(heard.text)

    async def main() -> None:
        conversation = ScriptedConversation(responder=answer, keep_turns=True)
        call = MemoryCall(conversation, ears=ScriptedEars(["зимові шини", "на шістнадцять"]))
        await call.line.speak(640)
        await call.line.quiet(900)
        assert call.state is State.THINKING
        await call.line.speak(640)
        await call.line.quiet(2_500)
        assert [(turn.turn, turn.text) for turn in conversation.turns] == [
            (1, "зимові шини"),
            (1, "зимові шини на шістнадцять"),
        ]
        assert [line.text for line in call.journal.view.transcript if line.who == "caller"] == [
            "зимові шини на шістнадцять"
        ]
        await call.hang_up()

    run_virtual(main())


def test_noise_while_thinking_is_answered_all_the_same() -> None:
    """A cough that cancelled an answer in the making does not lose the turn."""

    async def answer(heard: Heard) -> AsyncIterator[Act]:
        await asyncio.sleep(0.8)
        yield Say("Ось варіанти.")

    async def main() -> None:
        conversation = ScriptedConversation(responder=answer, keep_turns=True)
        ears = ScriptedEars(["зимові шини", Decode(rejected="no_speech")])
        call = MemoryCall(conversation, ears=ears)
        await call.line.speak(640)
        await call.line.quiet(800)
        await call.line.speak(300)
        await call.line.quiet(2_500)
        assert [turn.text for turn in conversation.turns] == ["зимові шини", "зимові шини"]
        assert call.line.heard_clips() != []
        await call.hang_up()

    run_virtual(main())


def test_noise_is_not_a_turn() -> None:
    """A sound that is no speech is ignored."""

    async def main() -> None:
        conversation = ScriptedConversation(keep_turns=True)
        call = MemoryCall(conversation, ears=ScriptedEars([Decode(rejected="no_speech")]))
        await call.line.speak(900)
        await call.line.quiet(2_000)
        assert conversation.turns == []
        assert call.state is State.LISTENING
        await call.hang_up()

    run_virtual(main())


def test_speech_that_was_not_understood_is_a_turn_without_text() -> None:
    """Long speech of which nothing was recognised is answered, as text ""."""

    async def main() -> None:
        conversation = ScriptedConversation(keep_turns=True)
        call = MemoryCall(conversation, ears=ScriptedEars([Decode(rejected="repetition")]))
        await call.line.speak(1_500)
        await call.line.quiet(1_000)
        assert [(turn.text, turn.confidence) for turn in conversation.turns] == [("", 0.0)]
        assert call.events(ev.CallerSaid)[0].rejected == "repetition"
        await call.hang_up()

    run_virtual(main())


def test_slow_ears_are_covered() -> None:
    """A recogniser that takes long does not leave the caller in silence: one filler, then the answer."""

    async def main() -> None:
        conversation = ScriptedConversation(keep_turns=True, answer=[Say("Шукаю.", filler=True), Say("Ось.")])
        voice = ScriptedVoice(0.5, cached=True)
        call = MemoryCall(conversation, ears=ScriptedEars([Decode("шини", seconds=2.5)]), voice=voice)
        await call.line.speak(640)
        await call.line.quiet(2_300)
        assert [speaking.text for speaking in call.events(ev.Speaking)] == [PHRASES.wait]
        await call.line.quiet(2_000)
        assert [speaking.text for speaking in call.events(ev.Speaking)] == [PHRASES.wait, "Ось."]
        assert [(turn.turn, turn.text) for turn in conversation.turns] == [(1, "шини")]
        assert call.state is State.LISTENING
        await call.hang_up()

    run_virtual(main())


def test_dead_ears_give_a_turn_without_text() -> None:
    """A recogniser that does not answer in time does not leave the caller in silence."""

    async def main() -> None:
        conversation = ScriptedConversation(keep_turns=True)
        call = MemoryCall(conversation, ears=ScriptedEars([Decode("так", seconds=60)]))
        await call.line.speak(600)
        await call.line.quiet(6_000)
        assert [turn.text for turn in conversation.turns] == [""]
        assert call.events(ev.CallerSaid)[0].rejected == "failed"
        await call.hang_up()

    run_virtual(main())


def test_audio_that_stops_coming_counts_as_silence() -> None:
    """When the PBX sends no audio after speech (hold), the turn still ends."""

    async def main() -> None:
        conversation = ScriptedConversation(keep_turns=True)
        call = MemoryCall(conversation)
        await call.line.speak(640)
        await asyncio.sleep(3.0)
        assert len(conversation.turns) == 1
        await call.hang_up()

    run_virtual(main())


def test_turn_is_timed_where_it_happens() -> None:
    """The split of a turn's time adds up to what the caller waited."""

    async def answer(heard: Heard) -> AsyncIterator[Act]:
        await asyncio.sleep(0.3)
        yield Say("Відповідь.")

    async def main() -> None:
        conversation = ScriptedConversation(responder=answer)
        call = MemoryCall(
            conversation, ears=ScriptedEars([Decode("шини", seconds=0.2)]), voice=ScriptedVoice(wait_s=0.1)
        )
        await call.line.speak(640)
        await call.line.quiet(2_000)
        (timing,) = call.events(ev.TurnTimed)
        assert timing == call.observer.timings[0]
        assert timing.endpoint_ms == pytest.approx(600, abs=50)
        assert timing.stt_ms == pytest.approx(200, abs=1)
        assert timing.brain_ms == pytest.approx(300, abs=1)
        assert timing.tts_ms == pytest.approx(100, abs=1)
        parts = timing.endpoint_ms + timing.brain_ms + timing.tts_ms
        assert parts <= timing.total_ms <= parts + 21
        await call.hang_up()

    run_virtual(main())


def test_monologue_is_recognised_in_pieces() -> None:
    """Voice without a pause for more than 28 s is decoded in pieces; the agent waits for its end."""

    async def main() -> None:
        conversation = ScriptedConversation(keep_turns=True)
        call = MemoryCall(conversation, ears=ScriptedEars(["перша частина", "друга частина"]))
        await call.line.speak(40_000)
        await call.line.quiet(1_000)
        assert [turn.text for turn in conversation.turns] == ["перша частина друга частина"]
        await call.hang_up()

    run_virtual(main())
