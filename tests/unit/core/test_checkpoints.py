"""Playback checkpoints: when they are due, that they are written, what the transcript makes of them."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.core.journal import events as ev
from call_center.core.journal import fold, pending_intents
from call_center.core.ports import Say
from call_center.core.speaking import seconds_to_checkpoint
from call_center.testing.memory_call import MemoryCall
from call_center.testing.scripted import ScriptedConversation, ScriptedVoice
from call_center.testing.virtual_loop import run_virtual

pytestmark = pytest.mark.unit
TEXT = "Є три варіанти: Triangle, Hankook і Michelin. Який обираєте?"


def entries(*happened: ev.Event, epoch: int = 1) -> list[ev.Entry]:
    """One epoch of a journal."""
    return [ev.Entry("call", epoch, seq, 100.0 + seq, event) for seq, event in enumerate(happened, start=1)]


@given(st.text("аб ,.:", max_size=80), st.floats(0, 20), st.floats(0, 20))
def test_checkpoint_is_due_within_a_second_and_not_at_once(text: str, heard: float, total: float) -> None:
    """Whatever the sentence, a kill costs at most a second of knowledge and the loop is not flooded."""
    assert 0.2 <= seconds_to_checkpoint(text, heard, total) <= 1.0


def test_checkpoint_falls_on_the_end_of_a_clause() -> None:
    """The colon of a six-second sentence is played after a quarter of its characters."""
    end = (TEXT.index(":") + 1) / len(TEXT) * 3.0
    assert seconds_to_checkpoint(TEXT, 0.0, 3.0) == pytest.approx(end)


def test_playing_sentence_leaves_checkpoints() -> None:
    """A sentence of three seconds says at least three times how far it is, in rising frames below its end."""

    async def main() -> list[ev.Playing]:
        conversation = ScriptedConversation(greeting=(Say(TEXT),))
        call = MemoryCall(conversation, voice=ScriptedVoice(3.0))
        await asyncio.sleep(4.0)
        await call.hang_up()
        return call.events(ev.Playing)

    found = run_virtual(main())
    frames = [event.frames for event in found]
    assert len(frames) >= 3
    assert frames == sorted(set(frames))
    assert frames[0] > 0
    assert frames[-1] < 150
    assert found[-1].total_frames == 150


def test_checkpoints_end_with_the_sentence() -> None:
    """Nothing is written while nobody speaks."""

    async def main() -> ev.Event:
        call = MemoryCall(ScriptedConversation(greeting=(Say("Так."),)), voice=ScriptedVoice(1.5))
        await asyncio.sleep(3.0)
        last = call.last_event()
        await call.hang_up()
        return last

    assert isinstance(run_virtual(main()), ev.Spoken)


def test_sentence_that_died_with_its_process_is_cut_in_the_transcript() -> None:
    """The next epoch knows from the checkpoint how much of it was heard."""
    first = entries(ev.Speaking(1, 1, "Є три варіанти, вам показати?", "є"), ev.Playing(1, 56, 100))
    assert fold(first).transcript[0].text == "Є три варіанти, вам показати?"
    second = entries(ev.Connected("w2", 8000, True), epoch=2)
    line = fold(first + second).transcript[0]
    assert (line.text, line.complete) == ("Є три варіанти…", False)


def test_sentence_that_never_began_to_play_is_not_in_the_transcript() -> None:
    """What died in the queue was not heard."""
    first = entries(ev.Speaking(1, 1, "Вам показати?", "вам показати"))
    assert fold(first + entries(ev.Connected("w2", 8000, True), epoch=2)).transcript == ()


def test_pending_intents_are_mutations_without_a_known_outcome() -> None:
    """Reads are not repeated; a cancelled or unanswered mutation may have happened and is."""
    view = fold(
        entries(
            ev.ToolIntended(1, "search_tires", {}),
            ev.ToolIntended(2, "create_order_draft", {}, "k2"),
            ev.ToolAnswered(2, "create_order_draft", True, {"draft": 1}),
            ev.ToolIntended(3, "book_fitting", {}, "k3"),
            ev.ToolAnswered(3, "book_fitting", False, error="cancelled"),
            ev.ToolIntended(4, "cancel_fitting", {}, "k4"),
            ev.ToolAnswered(4, "cancel_fitting", False, error="slot_taken"),
            ev.ToolIntended(5, "confirm_order", {}, "k5"),
        )
    )
    assert [run.key for run in pending_intents(view)] == ["k3", "k5"]


def test_agreement_is_kept() -> None:
    """What was agreed to is known to whoever goes on."""
    agreed = ev.Agreed(4, "confirm_order", "sha256:1", "так")
    assert fold(entries(agreed)).agreed == (agreed,)
