"""One contract for every `Ears`: what the core may count on, whichever engine listens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvloop
from tests.integration.stt.speech import Recogniser, Utterance, until

from call_center.core.ports import Ears, EarStream, Expected, Hypothesis, Question
from call_center.stt.client import WhisperEars
from call_center.testing.scripted import ScriptedEars

pytestmark = pytest.mark.integration

RATE = 8_000
FRAME = 320
ENGINES = ["scripted", "whisper"]

Talk = Callable[[EarStream, list[Hypothesis]], Awaitable[None]]


def converse(engine: str, socket: Path, talk: Talk) -> list[Hypothesis]:
    """Run `talk` with one open stream of the engine; returns all hypotheses."""
    got: list[Hypothesis] = []

    async def main() -> None:
        whisper = WhisperEars(socket, {"yes_no": "Так, ні."}) if engine == "whisper" else None
        if whisper:
            await whisper.ready()
        ears: Ears = whisper or ScriptedEars(["мені потрібні зимові шини"])
        stream = ears.open(RATE, got.append)
        await talk(stream, got)
        stream.close()
        if whisper:
            whisper.close()
        await asyncio.sleep(0)

    asyncio.run(main())
    return got


async def answers(got: list[Hypothesis], count: int) -> None:
    """Wait until so many hypotheses are there."""
    await until(lambda: len(got) >= count)


def feed(stream: EarStream, pcm: bytes) -> None:
    """Feed as the core does: frame by frame."""
    for start in range(0, len(pcm), FRAME):
        stream.feed(pcm[start : start + FRAME])


@pytest.fixture
def speech(utterances: list[Utterance]) -> bytes:
    """One utterance of about 3 s."""
    return next(each.pcm for each in utterances if each.name == "u12_natalia.alaw")


@pytest.mark.parametrize("engine", ENGINES)
def test_decode_answers_for_all_audio_fed(engine: str, recogniser: Recogniser, speech: bytes) -> None:
    """A hypothesis has text, covers exactly what was fed and carries a confidence of 0 to 1."""

    async def talk(stream: EarStream, got: list[Hypothesis]) -> None:
        feed(stream, speech)
        stream.decode(Expected())
        assert got == []  # never inside `decode`
        await answers(got, 1)

    (heard,) = converse(engine, recogniser.socket, talk)
    assert heard.text
    assert heard.rejected is None
    assert heard.samples == len(speech) // 2
    assert 0 < heard.confidence <= 1


@pytest.mark.parametrize("engine", ENGINES)
def test_audio_may_go_on_after_a_decode(engine: str, recogniser: Recogniser, speech: bytes) -> None:
    """A second decode of the same utterance covers the first part too."""

    async def talk(stream: EarStream, got: list[Hypothesis]) -> None:
        half = len(speech) // 4 * 2
        feed(stream, speech[:half])
        stream.decode(Expected())
        await answers(got, 1)
        feed(stream, speech[half:])
        stream.decode(Expected())
        await answers(got, 2)

    first, second = converse(engine, recogniser.socket, talk)
    assert first.samples < second.samples == len(speech) // 2


@pytest.mark.parametrize("engine", ENGINES)
def test_newest_decode_is_always_answered_and_last(
    engine: str, recogniser: Recogniser, speech: bytes
) -> None:
    """Of several requests in a row the newest is answered, nothing after it, and never out of order."""

    async def talk(stream: EarStream, got: list[Hypothesis]) -> None:
        third = len(speech) // 6 * 2
        for part in range(3):
            feed(stream, speech[part * third : (part + 1) * third])
            stream.decode(Expected("quantity", Question.DIGITS))
        await until(lambda: bool(got) and got[-1].samples == third * 3 // 2)
        await asyncio.sleep(0.1)

    got = converse(engine, recogniser.socket, talk)
    assert [each.samples for each in got] == sorted(each.samples for each in got)
    assert got[-1].samples == len(speech) // 6 * 3


@pytest.mark.parametrize("engine", ENGINES)
def test_reset_forgets_audio_and_request(engine: str, recogniser: Recogniser, speech: bytes) -> None:
    """After `reset` nothing comes of the old turn, and the next one starts at zero."""

    async def talk(stream: EarStream, got: list[Hypothesis]) -> None:
        feed(stream, speech)
        stream.decode(Expected())
        stream.reset()
        feed(stream, speech[:16_000])
        stream.decode(Expected())
        await answers(got, 1)

    (heard,) = converse(engine, recogniser.socket, talk)
    assert heard.samples == 8_000


@pytest.mark.parametrize("engine", ENGINES)
def test_closed_stream_stays_silent(engine: str, recogniser: Recogniser, speech: bytes) -> None:
    """`close` may come at any moment; no callback afterwards."""

    async def talk(stream: EarStream, got: list[Hypothesis]) -> None:
        feed(stream, speech)
        stream.decode(Expected())
        stream.close()
        await asyncio.sleep(1.0)

    assert converse(engine, recogniser.socket, talk) == []


def test_ears_work_on_the_workers_loop(recogniser: Recogniser, speech: bytes) -> None:
    """Audio workers run on uvloop, whose transports are of other classes."""
    got: list[Hypothesis] = []

    async def main() -> None:
        ears = WhisperEars(recogniser.socket)
        await ears.ready()
        stream = ears.open(RATE, got.append)
        feed(stream, speech)
        stream.decode(Expected())
        await answers(got, 1)
        ears.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
    assert got[0].text
