"""Manners of the dialogue: hours of operators, calls that broke off, hello and silence, follow-ups, poor lines."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from tests.unit.agent.dialogue import NOW, Dialogue

from call_center.agent.runtime import AgentRuntime
from call_center.agent.unfinished import MOST, SECONDS, Unfinished, snapshot
from call_center.agent.view import DialogueView
from call_center.understanding import load_catalogue

EVENING = datetime.fromisoformat("2026-11-23T19:00:00+02:00").timestamp()
CLOSING = datetime.fromisoformat("2026-11-23T18:59:59+02:00").timestamp()


def at(moment: float) -> Dialogue:
    """A greeted call at that time."""
    call = Dialogue(clock=[moment])
    call.greet()
    return call


def test_operators_are_there_until_the_last_minute() -> None:
    """Operators are there until the last minute."""
    reply = at(CLOSING).say("дайте оператора")
    assert reply.transfer is not None
    assert reply.transfer.reason == "customer_request"


def test_out_of_hours_a_transfer_is_refused_and_a_callback_offered() -> None:
    """Out of hours a transfer is refused and a callback offered."""
    call = at(EVENING)
    reply = call.say("дайте оператора")
    assert reply.transfer is None
    assert "не працюють" in reply.text
    assert reply.says[-1].expected is not None
    assert reply.says[-1].expected.slot == "caller_number"
    assert [a.error for a in call.answers() if a.tool == "transfer_to_operator"] == ["out_of_hours"]


def test_out_of_hours_nobody_is_promised_a_connection() -> None:
    """Out of hours nobody is promised a connection."""
    reply = at(EVENING).say("яка гарантія на шини?")
    assert "З'єднати" not in reply.text
    assert "передзвонити" in reply.text


def test_a_callback_that_is_not_wanted_is_left() -> None:
    """A callback that is not wanted is left."""
    call = at(EVENING)
    call.say("дайте оператора")
    assert "не будемо" in call.say("ні, не треба").text
    assert "request_callback" not in call.tools()


def test_asking_for_a_person_again_and_again_out_of_hours_ends_the_call_politely() -> None:
    """Asking for a person again and again out of hours ends the call politely."""
    call = at(EVENING)
    replies = [call.say("дайте оператора") for _ in range(3)]
    assert replies[-1].hang_up is not None
    assert "До побачення" in replies[-1].text


@pytest.mark.parametrize("words", ["алло", "алло, ви мене чуєте?", "вы меня слышите?"])
def test_hello_is_answered_with_the_open_question(words: str) -> None:
    """Hello is answered with the open question."""
    call = at(NOW)
    call.say("потрібні зимові шини")
    reply = call.say(words)
    assert "чую вас" in reply.text
    assert reply.text.endswith("Який розмір шин або яке авто маєте?")


def test_after_a_silence_what_is_repeated_is_the_question_not_the_prompt() -> None:
    """After a silence what is repeated is the question not the prompt."""
    call = at(NOW)
    call.say("потрібні зимові шини")
    call.say("", silence=1)
    assert "розмір" in call.say("повторіть").text
    assert "лінії" not in call.say("повторіть").text


def test_a_size_dictated_in_pieces_is_put_together() -> None:
    """A size dictated in pieces is put together."""
    call = at(NOW)
    call.say("хвилинку, гляну розмір")
    assert "профіл" in call.say("двісті п'ять").text
    assert "діаметр" in call.say("п'ятдесят п'ять").text
    call.say("шістнадцять")
    assert call.agent.view.value("tyre_size") == "205/55R16"


def test_a_poor_line_asks_number_by_number() -> None:
    """A poor line asks number by number."""
    call = at(NOW)
    call.say("потрібні зимові шини", poor_line=True)
    assert "ширина" in call.say("бур бур бур", poor_line=True).text


def test_a_question_that_is_not_answered_is_put_in_other_words() -> None:
    """A question that is not answered is put in other words."""
    call = at(NOW)
    asked = [call.say(words).text for words in ("шини", "чотири штуки", "літні", "недорогі, до трьох тисяч")]
    assert len(set(asked)) == len(asked)


def test_an_ordinal_is_no_quantity() -> None:
    """An ordinal is no quantity."""
    call = at(NOW)
    call.say("зимові двісті п'ять на п'ятдесят п'ять на шістнадцять")
    call.say("другий")
    call.say("ні, перший")
    assert call.agent.view.value("quantity") is None
    assert call.agent.view.chosen == "o1"


def second_call(unfinished: Unfinished, moment: float, number: str = "+380990001234") -> Dialogue:
    """A call on a process that knows what others broke off."""
    call = Dialogue(caller=number, clock=[moment])
    call.agent = AgentRuntime(
        call.journal, load_catalogue(), call.shop, clock=lambda: call.clock[0], unfinished=unfinished
    )
    return call


def broken_off(unfinished: Unfinished) -> None:
    """Broken off."""
    call = second_call(unfinished, NOW)
    call.greet()
    call.say("хочу замовити зимові двісті п'ять на п'ятдесят п'ять на шістнадцять, чотири штуки")
    call.say("перший")
    asyncio.run(call.agent.end("caller_hangup"))


def test_a_call_that_broke_off_is_offered_to_go_on_and_asks_nothing_twice() -> None:
    """A call that broke off is offered to go on and asks nothing twice."""
    unfinished = Unfinished()
    broken_off(unfinished)
    again = second_call(unfinished, NOW + 60)
    assert "продовжимо замовлення?" in again.greet().text
    offered = again.say("так")
    assert again.agent.view.value("quantity") == 4
    assert "search_tires" in again.tools()  # prices are this call's own
    assert "Скільки" not in offered.text
    assert "отримати" in again.say("так").text


@pytest.mark.parametrize(
    ("seconds", "number"), [(SECONDS, "+380990001234"), (60.0, "+380990001235"), (60.0, None)]
)
def test_nothing_is_offered_too_late_or_to_somebody_else(seconds: float, number: str | None) -> None:
    """Nothing is offered too late or to somebody else."""
    unfinished = Unfinished()
    broken_off(unfinished)
    again = second_call(unfinished, NOW + seconds)
    if number != "+380990001234":
        again = Dialogue(caller=number, clock=[NOW + seconds])
        again.agent = AgentRuntime(again.journal, load_catalogue(), again.shop, unfinished=unfinished)
    assert "продовжимо" not in again.greet().text


def test_whoever_does_not_want_to_go_on_starts_anew() -> None:
    """Whoever does not want to go on starts anew."""
    unfinished = Unfinished()
    broken_off(unfinished)
    again = second_call(unfinished, NOW + 60)
    again.greet()
    again.say("ні")
    assert again.agent.view.value("tyre_size") is None
    assert unfinished.take("+380990001234", NOW + 61) is None


def test_another_process_knows_that_it_was_asked_to_go_on() -> None:
    """Another process knows that it was asked to go on."""
    unfinished = Unfinished()
    broken_off(unfinished)
    again = second_call(unfinished, NOW + 60)
    again.greet()
    again.agent = again.process()
    again.say("так")
    assert again.agent.view.value("quantity") == 4


def test_a_call_that_came_to_its_end_is_not_kept() -> None:
    """A call that came to its end is not kept."""
    view = DialogueView()
    assert snapshot(view) is None
    call = at(NOW)
    call.say("зимові двісті п'ять на п'ятдесят п'ять на шістнадцять")
    assert snapshot(call.agent.view) is not None
    call.say("дайте оператора")
    call.agent.view.transferred = True
    assert snapshot(call.agent.view) is None


def test_the_table_of_broken_calls_is_bounded() -> None:
    """The table of broken calls is bounded."""
    unfinished = Unfinished()
    call = at(NOW)
    call.say("зимові двісті п'ять на п'ятдесят п'ять на шістнадцять")
    view = call.agent.view
    for number in range(MOST + 5):
        view.caller = f"+38099{number:07d}"
        unfinished.keep(view, "caller_hangup", NOW)
    assert unfinished.take("+380990000000", NOW) is None
    assert unfinished.take(f"+38099{MOST + 4:07d}", NOW) is not None
