"""The dialplan by real SIP and RTP, in front of a stand-in processor."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time

import pytest
from tests.e2e.conftest import Exchange, Measure, StandIn, tone
from tests.e2e.standin import (
    ECHO,
    FIRST_TONE,
    GOODBYE,
    OVERLOAD,
    QUEUE,
    RETURN,
    SECOND_TONE,
    SECRET,
    STEADY,
    SUMMARY,
    TRANSFER,
)

from call_center.testing.sip.agent import OnInvite, SipAgent

pytestmark = pytest.mark.e2e

OPERATOR_TONE, CALLER_TONE, RINGBACK = 440, 700, 425  # Hz


def near(hertz: float, wanted: float) -> bool:
    """The same tone, as far as a second of sound tells."""
    return abs(hertz - wanted) < 15


def test_answer_and_sound_both_ways(pbx: Exchange, standin: StandIn, measure: Measure) -> None:
    """A call is announced, answered, and what the caller says reaches the processor and comes back."""

    async def run() -> None:
        async with await SipAgent.open() as caller:
            await caller.call(pbx.uri(ECHO))
            said, _ = await caller.say(tone(CALLER_TONE, 1.0))
            await caller.media.wait_quiet(0.3)
            heard = caller.heard.segments(after=said)
            measure(
                "INVITE to 200 OK, announce included",
                1000 * (caller.times["answered"] - caller.times["invite"]),
            )
            measure("echo through Asterisk and AudioSocket", 1000 * (heard[0].start - said), "ms", 60)
            assert near(caller.heard.pitch(heard[0].start, heard[0].end), CALLER_TONE)
            assert heard[0].end - heard[0].start == pytest.approx(1.0, abs=0.1)

    asyncio.run(run())
    announced = standin.journal("announce")[-1]
    assert (announced["caller"], announced["dialled"], announced["attempt"]) == ("+380990001234", ECHO, 1)


def test_keys_reach_the_processor(pbx: Exchange, standin: StandIn) -> None:
    """Every pressed key (RFC 4733) arrives once, in order."""

    async def run() -> None:
        async with await SipAgent.open() as caller:
            await caller.call(pbx.uri(ECHO))
            await caller.press("15#0")
            await asyncio.sleep(0.3)

    asyncio.run(run())
    assert [entry["digit"] for entry in standin.journal("key", standin.last_call())] == list("15#0")


def test_transfer_rings_the_operator_and_bridges(pbx: Exchange, standin: StandIn, measure: Measure) -> None:
    """0x00 leads to the operator: the caller hears ringback, then both hear each other; the INVITE has the summary."""

    async def run() -> None:
        operator = await SipAgent.open(user="operator", port=pbx.operator_port, ring_seconds=1.5)
        async with operator, await SipAgent.open() as caller:
            await caller.call(pbx.uri(TRANSFER))
            await operator.wait_answered()
            released = standin.wait("outcome", standin.last_call())["at"]
            measure("0x00 to the operator's INVITE", 1000 * (operator.times["invite"] - released), "ms", 100)
            assert near(
                caller.heard.pitch(operator.times["invite"] + 0.1, operator.times["answered"]), RINGBACK
            )
            bridged = operator.times["answered"] + 0.2
            await asyncio.gather(operator.say(tone(OPERATOR_TONE, 1.0)), caller.say(tone(CALLER_TONE, 1.0)))
            await asyncio.sleep(0.2)
            assert near(caller.heard.pitch(bridged), OPERATOR_TONE)
            assert near(operator.heard.pitch(bridged), CALLER_TONE)
            assert operator.invites[0].header("X-Call-Summary") == SUMMARY
            await operator.hang_up()
            await caller.wait_ended()
            assert caller.ended_by == "them"

    asyncio.run(run())
    standin.wait("ended", standin.last_call())


@pytest.mark.parametrize(
    ("will", "previous"),
    [
        (OnInvite.BUSY, "operator_busy"),
        (OnInvite.RING, "operator_noanswer"),
        (OnInvite.DEAD, "operator_noanswer"),
    ],
)
def test_operator_who_does_not_answer_gives_the_caller_back(
    pbx: Exchange, standin: StandIn, will: OnInvite, previous: str
) -> None:
    """Busy, ringing out or dead: the agent gets the same call with a new ticket and is told why."""

    async def run() -> None:
        operator = await SipAgent.open(user="operator", port=pbx.operator_port, on_invite=[will])
        async with operator, await SipAgent.open() as caller:
            await caller.call(pbx.uri(RETURN))
            await caller.wait_ended(15)
            assert caller.ended_by == "them"
            assert near(caller.heard.pitch(caller.times["ended"] - 0.9, caller.times["ended"]), SECOND_TONE)

    asyncio.run(run())
    call_id = standin.last_call()
    announced = standin.journal("announce", call_id)
    assert [(entry["attempt"], entry["previous"]) for entry in announced] == [(1, ""), (2, previous)]
    assert len({entry["ticket"] for entry in standin.journal("ticket", call_id)}) == 2


def test_goodbye_hangs_up(pbx: Exchange, standin: StandIn) -> None:
    """After the agent's goodbye the caller gets BYE and the end is reported once."""

    async def run() -> None:
        async with await SipAgent.open() as caller:
            await caller.call(pbx.uri(GOODBYE))
            await caller.wait_ended(5)
            assert caller.ended_by == "them"
            assert near(caller.heard.pitch(), FIRST_TONE)

    asyncio.run(run())
    standin.wait("ended", standin.last_call())
    assert len(standin.journal("ended", standin.last_call())) == 1


def test_overload_goes_to_people_at_once(pbx: Exchange) -> None:
    """When the announcement is answered with `operator`, no agent is tried."""

    async def run() -> None:
        operator = await SipAgent.open(user="operator", port=pbx.operator_port)
        async with operator, await SipAgent.open() as caller:
            await caller.call(pbx.uri(OVERLOAD))
            await operator.wait_answered()
            assert operator.invites[0].header("X-Call-Summary") == SUMMARY

    asyncio.run(run())


def test_queue_holds_the_caller_nobody_took(pbx: Exchange, standin: StandIn) -> None:
    """Operators busy and the agent not wanted: the caller waits in the queue until somebody answers."""

    async def run() -> None:
        operator = await SipAgent.open(
            user="operator", port=pbx.operator_port, on_invite=[OnInvite.BUSY, OnInvite.ANSWER]
        )
        async with operator, await SipAgent.open() as caller:
            await caller.call(pbx.uri(QUEUE))
            await operator.wait_answered(15)
            await operator.say(tone(OPERATOR_TONE, 1.0))
            await asyncio.sleep(0.2)
            assert near(caller.heard.pitch(operator.times["answered"] + 0.1), OPERATOR_TONE)
            assert operator.invites[-1].header("X-Call-Summary") == SUMMARY

    asyncio.run(run())


def test_processor_that_is_not_there_means_people(lonely_pbx: Exchange, measure: Measure) -> None:
    """No processor, or a secret it does not know: operators ring without the caller noticing."""

    async def run() -> None:
        operator = await SipAgent.open(user="operator", port=lonely_pbx.operator_port)
        async with operator, await SipAgent.open() as caller:
            await caller.call(lonely_pbx.uri(ECHO))
            await operator.wait_answered()
            measure(
                "INVITE to the operator's, no processor",
                1000 * (operator.times["invite"] - caller.times["invite"]),
            )
            await operator.say(tone(OPERATOR_TONE, 0.6))
            await asyncio.sleep(0.2)
            assert near(caller.heard.pitch(), OPERATOR_TONE)

    asyncio.run(run())


def test_killed_worker_is_followed_by_another(pbx: Exchange, standin: StandIn, measure: Measure) -> None:
    """After kill -9 in mid-call: the same call goes on at another worker with a new ticket, within two seconds."""

    async def run() -> None:
        async with await SipAgent.open() as caller:
            await caller.call(pbx.uri(STEADY))
            await caller.media.wait_sound()
            await asyncio.sleep(0.5)
            ticket = standin.journal("ticket", standin.last_call())[-1]
            killed = time.monotonic()
            os.kill(ticket["pid"], signal.SIGKILL)
            await asyncio.sleep(1.5)
            gap = caller.heard.longest_gap(start=killed - 0.1)
            measure("silence at the caller after kill -9 of a worker", 1000 * gap, "ms", 2000 / 3)
            assert near(caller.heard.pitch(killed + gap + 0.2), SECOND_TONE)

    asyncio.run(run())
    tickets = standin.journal("ticket", standin.last_call())
    assert [entry["worker"] for entry in tickets] == ["w1", "w2"]
    assert tickets[0]["ticket"] != tickets[1]["ticket"]


def test_hang_up_reaches_processor(pbx: Exchange, standin: StandIn, measure: Measure) -> None:
    """BYE in the middle of a sentence: the worker sees the end of its socket and the API is told."""

    async def run() -> float:
        async with await SipAgent.open() as caller:
            await caller.call(pbx.uri(STEADY))
            await caller.media.wait_sound()
            await caller.hang_up()
            return caller.times["bye_sent"]

    bye = asyncio.run(run())
    call_id = standin.last_call()
    measure(
        "caller's BYE to the end of the socket", 1000 * (standin.wait("eof", call_id)["at"] - bye), "ms", 100
    )
    measure(
        "caller's BYE to the report of the end",
        1000 * (standin.wait("ended", call_id)["at"] - bye),
        "ms",
        100,
    )


def test_caller_who_vanishes_is_noticed(pbx: Exchange, standin: StandIn, measure: Measure) -> None:
    """Without BYE and without RTP the call is ended by the RTP timeout, not kept for ever."""

    async def run() -> float:
        async with await SipAgent.open() as caller:
            await caller.call(pbx.uri(STEADY))
            await caller.media.wait_sound()
            caller.vanish()
            return time.monotonic()

    gone = asyncio.run(run())
    call_id = standin.last_call()
    measure("caller vanished to the end of the socket", standin.wait("eof", call_id, 20)["at"] - gone, "s", 6)
    standin.wait("ended", call_id)


@pytest.mark.parametrize(
    ("user", "display", "raw_caller", "caller"),
    [
        ("+380990001234", '"Quote \\"; System(id) ${SHELL(id)}"', "+380990001234", "+380990001234"),
        ("x%22%0d%0aX-Evil%3a%201", '"Name"', 'x"\r\nX-Evil: 1', None),
        ("9" * 300, '"' + "n" * 300 + '"', "9" * 64, None),
        ("+380990001234", '"' + "Їжак " * 60 + '"', "+380990001234", "+380990001234"),
        ("a,b&c=d%7ce", '"a,b&c=d;e"', "a,b&c=d|e", None),
        ("$%7BEXTEN%7D", '"`id`$(id)"', "${EXTEN}", None),
    ],
    ids=["quotes", "crlf", "300", "utf8", "separators", "expansion"],
)
def test_hostile_caller_is_data(  # noqa: PLR0917 (fixtures and a table)
    pbx: Exchange, standin: StandIn, user: str, display: str, raw_caller: str, caller: str | None
) -> None:
    """Whatever stands in From arrives as one field, is cleaned, and changes nothing on the way to the operator."""

    async def run() -> None:
        operator = await SipAgent.open(user="operator", port=pbx.operator_port)
        async with operator, await SipAgent.open(user=user, display=display) as ringing:
            await ringing.call(pbx.uri(TRANSFER))
            await operator.wait_answered()
            assert not operator.invites[0].header("X-Evil")
            await ringing.hang_up()
            await operator.wait_ended()

    asyncio.run(run())
    announced = standin.journal("announce", standin.last_call())[0]
    assert announced["fields"]["caller"] == raw_caller
    assert announced["fields"]["dialled"] == TRANSFER
    assert set(announced["fields"]) == {
        "call_id",
        "attempt",
        "previous",
        "dialled",
        "caller",
        "name",
        "sip_call_id",
    }
    assert announced["caller"] == caller
    assert announced["name"] is None or "\n" not in announced["name"]


@pytest.mark.parametrize(
    ("user", "headers"),
    [
        ("anonymous", []),
        ("+380990001234", [("P-Asserted-Identity", "<sip:+380990001234@127.0.0.1>"), ("Privacy", "id")]),
    ],
    ids=["anonymous", "privacy"],
)
def test_hidden_number_stays_hidden(
    pbx: Exchange, standin: StandIn, user: str, headers: list[tuple[str, str]]
) -> None:
    """A caller who withholds the number is announced without one, even when the trunk asserts it."""

    async def run() -> None:
        async with await SipAgent.open(user=user) as caller:
            await caller.call(pbx.uri(GOODBYE), headers=headers)
            await caller.wait_ended()

    asyncio.run(run())
    announced = standin.journal("announce", standin.last_call())[0]
    assert announced["caller"] is None
    assert "99000" not in announced["fields"]["caller"]


def test_log_shows_neither_secret_nor_caller(pbx: Exchange) -> None:
    """At verbose level 5 the dialplan's steps show neither the shared secret nor what came from the caller."""

    async def run() -> None:
        async with await SipAgent.open(user="+380990007777", display='"Unlogged Name"') as caller:
            await caller.call(pbx.uri(GOODBYE))
            await caller.wait_ended()

    asyncio.run(run())
    steps = [line for line in pbx.asterisk.log.splitlines() if "Executing" in line]
    assert steps
    assert not [line for line in steps if re.search(rf"{SECRET}|990007777|Unlogged", line)]
    assert SECRET not in pbx.asterisk.log


def test_nothing_is_left(pbx: Exchange) -> None:
    """After all these calls Asterisk holds no channel."""
    deadline = time.monotonic() + 10
    while pbx.asterisk.channels():
        assert time.monotonic() < deadline, pbx.asterisk.cli("core show channels concise")
        time.sleep(0.2)
