"""Conversations by voice: a caller with RHVoice's male voice rings the real system through a real Asterisk.

What the agent said is judged by what our own recogniser makes of the caller's side of the line, never by our word that
it was sent. What the agent understood is read from the journal.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from rapidfuzz import fuzz
from tests.e2e.conftest import Exchange, Measure, exchange
from tests.e2e.system import System, running

from call_center.core.journal.events import (
    CallerSaid,
    Ended,
    Interrupted,
    KeyPressed,
    Speaking,
    ToolAnswered,
    TransferRequested,
)
from call_center.stt.install import ensure_model
from call_center.stt.whisper import Whisper
from call_center.testing.caller.line import from_pcm, telephone, to_pcm
from call_center.testing.caller.voice import AnatolVoice
from call_center.testing.sip.agent import OnInvite, SipAgent
from call_center.testing.sip.g711 import RATE, Pcm
from call_center.testing.sip.heard import Heard
from call_center.testing.sip.installation import Installation
from call_center.tts.spoken.normaliser import spoken as spoken_form

pytestmark = pytest.mark.e2e

NUMBER = "700"
NOISE_RMS = 0.001  # -60 dB of full scale
CLAIM_MS = 200.0  # voice over the agent that counts as a claim to the floor
WANTS = "Потрібні зимові шини."
WANTS_FOR_CAR = "Потрібні зимові шини на Тойоту Камрі."
YEAR = "Дві тисячі вісімнадцятого року."
SIZE_KEYS = "2056516"
CUTS_IN = "Зачекайте, мені потрібні літні шини, а не зимові."
BACKCHANNEL = "Угу."
ASKS_OPERATOR = "З'єднайте мене, будь ласка, з оператором."
OPERATOR_SAYS = "Добрий день, мене звати Петро, слухаю вас уважно."
CALLER_SAYS = "Хочу поміняти чотири колеса на машині."


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """The real processes with the embedded engines and the demo store."""
    with running("embedded", workers=1) as started:
        yield started


@pytest.fixture(scope="module")
def pbx(installation: Installation, system: System) -> Iterator[Exchange]:
    """Asterisk in front of it."""
    yield from exchange(installation, system.api, system.secret)


Speech = Callable[[str], Pcm]


@pytest.fixture(scope="module")
def speech() -> Speech:
    """Words as they arrive from a telephone: RHVoice's male voice, telephone band, line noise."""
    texts = [WANTS, WANTS_FOR_CAR, YEAR, CUTS_IN, BACKCHANNEL, ASKS_OPERATOR, OPERATOR_SAYS, CALLER_SAYS]

    async def render() -> dict[str, Pcm]:
        async with AnatolVoice() as voice:
            return {text: _over_the_line(await voice.speak(text)) for text in texts}

    return asyncio.run(render()).__getitem__


def _over_the_line(pcm: bytes) -> Pcm:
    signal = from_pcm(pcm)
    loud = np.flatnonzero(np.abs(signal) > 0.02)
    spoken = signal[loud[0] : loud[-1]]  # so that the first sample is the first sound
    return np.frombuffer(to_pcm(telephone(spoken, NOISE_RMS)), np.int16)


Recognise = Callable[[Heard, float, float], str]


@pytest.fixture(scope="module")
def recognise() -> Recognise:
    """Words heard from one time to another."""
    whisper = Whisper(ensure_model())

    def words(heard: Heard, start: float, end: float = float("inf")) -> str:
        found = []
        for segment in heard.segments(gap=0.5, after=start):
            if segment.start < end:
                pcm = heard.audio(segment.start - 0.1, min(segment.end, end) + 0.1)
                found.append(whisper.transcribe(pcm.tobytes(), RATE).text)
        return " ".join(text.strip() for text in found if text)

    return words


def alike(recognised: str, spoken: str) -> float:
    """How much of the spoken words is in the recognised ones, 0-100; word order and endings may differ.

    The recogniser writes numbers in digits; they are compared as words.
    """
    return fuzz.token_set_ratio(_plain(spoken_form(recognised)), _plain(spoken_form(spoken)))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower().replace("’", "").replace("'", "")))


async def greeted(pbx: Exchange) -> SipAgent:
    """A caller who has heard the greeting to its end."""
    caller = await SipAgent.open()
    await caller.call(pbx.uri(NUMBER))
    await caller.media.wait_sound()
    await caller.media.wait_quiet(1.0)
    return caller


async def say_and_hear(caller: SipAgent, pcm: Pcm) -> tuple[float, float]:
    """Say something and hear the answer out: end of our speech, first sound of the agent."""
    _, ended = await caller.say(pcm)
    began = await caller.media.wait_sound(15, after=ended)
    await caller.media.wait_quiet(1.2, 40)
    return ended, began


async def ask_for_options(caller: SipAgent, speech: Speech) -> float:
    """Ask for winter tyres, key the size in, and return when the options begin to be told."""
    await say_and_hear(caller, speech(WANTS))
    await caller.press(SIZE_KEYS)
    return await caller.media.wait_sound(15)


async def long_answer(caller: SipAgent, speech: Speech) -> None:
    """Ask for options and return in the middle of the answer, one second after it began."""
    await ask_for_options(caller, speech)
    await asyncio.sleep(1.0)
    last = caller.heard.last_sound()
    assert last is not None
    assert last > time.monotonic() - 0.5, "the answer was not long"


def test_greeting_then_options_are_heard(
    system: System, pbx: Exchange, speech: Speech, recognise: Recognise, measure: Measure
) -> None:
    """Car and year by voice, size by keys: the caller hears brands and prices of the store's own result."""

    async def run() -> tuple[SipAgent, float, float]:
        async with await greeted(pbx) as caller:
            greeted_at = time.monotonic()
            for words, question, stated in ((WANTS_FOR_CAR, "open", 1600), (YEAR, "digits", 1600)):
                ended, began = await say_and_hear(caller, speech(words))
                measure(
                    f"end of speech to the first sound, {question} question",
                    1000 * (began - ended),
                    "ms",
                    stated,
                )
            await caller.press(SIZE_KEYS)
            pressed = time.monotonic()
            await caller.media.wait_sound(15)
            await caller.media.wait_quiet(1.5, 40)
            return caller, greeted_at, pressed

    caller, greeted_at, pressed = asyncio.run(run())
    first = caller.heard.first_sound()
    assert first is not None
    measure("200 OK to the first sound of the greeting", 1000 * (first - caller.times["answered"]), "ms", 400)
    call_id = system.last_call()
    assert "".join(key.digit for key in system.events(KeyPressed, call_id)) == SIZE_KEYS
    (search,) = [answer for answer in system.events(ToolAnswered, call_id) if answer.tool == "search_tires"]
    assert search.ok
    lines = system.events(Speaking, call_id)
    greeting = " ".join(line.spoken for line in lines if line.turn == 0)
    options = " ".join(line.spoken for line in lines if line.turn == lines[-1].turn)
    assert alike(recognise(caller.heard, 0.0, greeted_at), greeting) > 70
    match = alike(recognise(caller.heard, pressed, float("inf")), options)
    measure("options as recognised at the caller, likeness", match, "%")
    assert match > 70
    told = " ".join(line.text for line in lines)
    assert any(item["brand"] in told for item in _items(search.result))


def _items(result: object) -> list[dict[str, str]]:
    """The goods in a tool result, wherever they stand."""
    if isinstance(result, dict):
        own = [result] if "brand" in result else []
        return own + [item for value in result.values() for item in _items(value)]
    return [item for value in result for item in _items(value)] if isinstance(result, list) else []


def test_barge_in_stops_a_long_answer(
    system: System, pbx: Exchange, speech: Speech, measure: Measure
) -> None:
    """Words over a long answer silence it at the caller, and the agent answers the new words."""

    async def run() -> tuple[float, SipAgent]:
        async with await greeted(pbx) as caller:
            await long_answer(caller, speech)
            spoke, ended = await caller.say(speech(CUTS_IN))
            sounds = [
                piece.arrived for piece in caller.heard.pieces if piece.rms > 300 and piece.arrived < ended
            ]
            await caller.media.wait_sound(15, after=ended)
            return 1000 * (max(sounds) - spoke), caller

    stopped, _ = asyncio.run(run())
    measure("barge-in: 200 ms of voice to silence at the caller", stopped - CLAIM_MS, "ms", 150)
    call_id = system.last_call()
    assert len(system.events(Interrupted, call_id)) == 1
    assert len(system.events(CallerSaid, call_id)) >= 2


def test_backchannel_does_not_stop_the_agent(system: System, pbx: Exchange, speech: Speech) -> None:
    """«Угу» over the answer: the agent goes on to the end of what it was saying and takes it for no turn."""

    async def run() -> None:
        async with await greeted(pbx) as caller:
            await long_answer(caller, speech)
            said, ended = await caller.say(speech(BACKCHANNEL))
            await caller.media.wait_quiet(2.0, 40)
            after = [segment for segment in caller.heard.segments() if segment.end > ended + 1.0]
            assert after, "the agent fell silent after a backchannel"
            assert said < ended

    asyncio.run(run())
    call_id = system.last_call()
    assert [turn.text for turn in system.events(CallerSaid, call_id)[1:] if turn.text] == []
    assert system.events(Interrupted, call_id) == []


def test_hang_up_in_mid_sentence_releases_the_call(
    system: System, pbx: Exchange, speech: Speech, measure: Measure
) -> None:
    """BYE while the agent tells options: everything of the call is released."""

    async def run() -> float:
        caller = await greeted(pbx)
        async with caller:
            await long_answer(caller, speech)
            await caller.hang_up()
            return caller.times["bye_sent"]

    bye = asyncio.run(run())
    system.wait_metric("callcenter_calls_active", 0)
    measure("BYE in mid-sentence to no call active", 1000 * (time.monotonic() - bye), "ms", 500)
    deadline = time.monotonic() + 3.0
    while not (ends := system.events(Ended, system.last_call())):
        assert time.monotonic() < deadline, "the end does not stand in the journal"
        time.sleep(0.05)
    assert [end.reason for end in ends] == ["caller_hangup"]


def test_operator_and_caller_hear_each_other(
    system: System, pbx: Exchange, speech: Speech, recognise: Recognise, measure: Measure
) -> None:
    """Asked for a person: a line first, then the bridge, proven by each side's words in the other's recording."""

    async def run() -> tuple[SipAgent, SipAgent, float]:
        operator = await SipAgent.open(user="operator", port=pbx.operator_port, ring_seconds=1.0)
        async with operator, await greeted(pbx) as caller:
            await caller.say(speech(ASKS_OPERATOR))
            await operator.wait_answered(30)
            bridged = time.monotonic()
            await operator.say(speech(OPERATOR_SAYS))
            await caller.say(speech(CALLER_SAYS))
            await asyncio.sleep(0.5)
            return caller, operator, bridged

    caller, operator, bridged = asyncio.run(run())
    for what, agent, words in (
        ("operator's words as recognised at the caller, likeness", caller, OPERATOR_SAYS),
        ("caller's words as recognised at the operator, likeness", operator, CALLER_SAYS),
    ):
        match = alike(recognise(agent.heard, bridged, float("inf")), words)
        measure(what, match, "%")
        assert match > 60
    summary_id = operator.invites[0].header("X-Call-Summary")
    status, text = system.request(f"/api/v1/operator/calls/{summary_id}", system.operator_token)
    assert status == 200
    assert json.loads(text)["reason"] == "customer_request"
    assert json.loads(text)["summary"]
    assert system.request(f"/api/v1/operator/calls/{summary_id}")[0] == 401
    assert len(system.events(TransferRequested, system.last_call())) == 1


def test_busy_operator_brings_the_agent_back(
    system: System, pbx: Exchange, speech: Speech, recognise: Recognise
) -> None:
    """Operator busy: the same call is with the agent again, who says so and goes on."""

    async def run() -> tuple[SipAgent, float]:
        operator = await SipAgent.open(user="operator", port=pbx.operator_port, on_invite=[OnInvite.BUSY])
        async with operator, await greeted(pbx) as caller:
            await caller.say(speech(ASKS_OPERATOR))
            refused = await operator.wait_invite(30)
            await caller.media.wait_sound(15, after=refused)
            await caller.media.wait_quiet(1.5, 30)
            return caller, refused

    caller, refused = asyncio.run(run())
    call_id = system.last_call()
    spoken = system.events(Speaking, call_id)
    transfers = system.events(TransferRequested, call_id)
    assert len(transfers) == 1
    assert (
        alike(recognise(caller.heard, refused, float("inf")), " ".join(line.spoken for line in spoken[-2:]))
        > 60
    )
