"""How a call ends: transfer, hang-up, release of everything."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from call_center.core.journal import events as ev
from call_center.core.line import CloseReason
from call_center.core.ports import Act, Heard, Say, Transfer
from call_center.testing.memory_call import MemoryCall
from call_center.testing.scripted import ScriptedConversation, ScriptedEars, ScriptedVoice
from call_center.testing.virtual_loop import run_virtual

pytestmark = pytest.mark.unit


async def turn(call: MemoryCall, wait_ms: float = 2_500) -> None:
    """Speak one turn and wait."""
    await call.line.speak(640)
    await call.line.quiet(wait_ms)


def test_hang_up_in_mid_sentence_releases_everything() -> None:
    """The caller hangs up while the agent speaks and the next sentence is synthesised: nothing is left."""

    async def main() -> None:
        before = asyncio.all_tasks()
        ears = ScriptedEars()
        ears.keep_streams = True
        voice = ScriptedVoice(3.0, cached=frozenset({"Перше."}), wait_s=60.0)
        call = MemoryCall(
            ScriptedConversation(greeting=[Say("Перше."), Say("Друге.")]), ears=ears, voice=voice
        )
        await call.line.quiet(1_000)
        gone = call.line.loop.time()
        outcome = await call.hang_up()
        assert outcome.reason == "caller_hangup"
        assert call.line.loop.time() - gone <= 0.5
        assert voice.stopped == 1
        assert ears.streams[0].closed
        assert asyncio.all_tasks() == before
        assert [spoken.frames for spoken in call.events(ev.Spoken)] == [pytest.approx(50, abs=1), 0]
        assert call.last_event() == ev.Ended("caller_hangup")
        assert call.observer.outcomes == [(outcome, 0)]

    run_virtual(main())


def test_stubborn_task_does_not_hold_the_release() -> None:
    """A conversation that will not be cancelled is reported, and the session is over after 500 ms."""

    async def answer(heard: Heard) -> AsyncIterator[Act]:
        for _ in range(4):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(5.0)
        yield Say("Пізно.")

    async def main() -> None:
        call = MemoryCall(ScriptedConversation(responder=answer))
        await turn(call, 1_000)
        gone = call.line.loop.time()
        await call.hang_up()
        assert call.line.loop.time() - gone <= 0.5
        assert call.observer.outcomes[0][1] == 1
        await asyncio.sleep(30.0)

    run_virtual(main())


def test_work_that_finishes_a_write_is_not_disturbed() -> None:
    """A conversation that needs 300 ms after its cancellation gets them."""
    finished: list[bool] = []

    async def answer(heard: Heard) -> AsyncIterator[Act]:
        try:
            await asyncio.sleep(60.0)
        finally:
            await asyncio.sleep(0.3)
            finished.append(True)
        yield Say("Пізно.")

    async def main() -> None:
        call = MemoryCall(ScriptedConversation(responder=answer))
        await turn(call, 1_000)
        await call.hang_up()
        assert finished == [True]
        assert call.observer.outcomes[0][1] == 0

    run_virtual(main())


def test_closing_twice_ends_once() -> None:
    """Only the first close counts."""

    async def main() -> None:
        call = MemoryCall()
        await call.line.quiet(100)
        call.session.on_closed(CloseReason.PROTOCOL_ERROR)
        call.session.on_closed(CloseReason.PEER_HANGUP)
        assert (await call.session.wait_closed()).reason == "protocol_error"
        assert len(call.events(ev.Ended)) == 1
        call.line.close()

    run_virtual(main())


def test_nothing_is_said_after_the_end() -> None:
    """A hypothesis, key or clip that comes after the close changes nothing."""

    async def main() -> None:
        call = MemoryCall()
        await call.line.quiet(100)
        await call.hang_up()
        entries = len(call.sink.entries)
        call.session.on_key("1")
        call.session.on_voice(True, 0.9, 256)
        call.session.on_audio(bytes(320))
        call.session.on_clip_started(1, 0.0)
        call.session.on_clip_ended(1, 5, True)
        call.session.on_idle()
        await asyncio.sleep(60.0)
        assert len(call.sink.entries) == entries

    run_virtual(main())


def test_transfer_is_drained_before_the_hang_up() -> None:
    """The line before a transfer is heard whole; then the connection is closed with the summary kept."""

    async def main() -> None:
        transfer = Transfer("customer_request", "хоче чотири зимові шини")
        call = MemoryCall(ScriptedConversation(answer=[Say("З'єдную."), transfer]), voice=ScriptedVoice(2.0))
        await turn(call, 4_000)
        outcome = await call.session.wait_closed()
        assert outcome.transfer == transfer
        assert call.events(ev.Spoken) == [ev.Spoken(1, 100, True, 100)]
        kinds = [type(entry.event) for entry in call.sink.entries]
        assert kinds.index(ev.TransferRequested) < kinds.index(ev.Ended)

    run_virtual(main())


def test_wordless_transfer_hangs_up_at_once() -> None:
    """A transfer with nothing said before needs no drain."""

    async def main() -> None:
        call = MemoryCall(ScriptedConversation(answer=[Transfer("limit")]))
        await turn(call, 1_000)
        assert (await call.session.wait_closed()).reason == "transfer"

    run_virtual(main())
