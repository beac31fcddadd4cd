"""A journal cut into turns: what counts as one, and what is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from call_center.agent.replay.tape import Tape
from call_center.agent.replay.turns import ToolUse, turns_of
from call_center.agent.tools import ShopRefused, ToolContext
from call_center.agent.view import DialogueView
from call_center.core.journal.events import (
    CallerSaid,
    Connected,
    Ended,
    Entry,
    Event,
    Noted,
    Refused,
    ToolAnswered,
    ToolIntended,
)
from call_center.errors import StoreError

pytestmark = pytest.mark.unit
SEARCH = {"size": "205/55 R16", "season": "winter"}


def journal(*events: Event) -> list[Entry]:
    """Entries of one call."""
    return [Entry("c1", 1, seq, 1_000.0 + seq, event) for seq, event in enumerate(events, 1)]


def turn(number: int, text: str = "", *, silence: int = 0, keys: str = "") -> tuple[Event, Event]:
    """What begins a turn."""
    note = Noted("turn", {"turn": number, "keys": keys, "silence": silence, "poor_line": False})
    return CallerSaid(number, text, 0.7, 0, 1, keys=keys), note


def line(text: str, slot: str | None = None) -> Noted:
    """A line of the agent."""
    return Noted("line", {"key": "k", "text": text, "slot": slot})


def test_a_turn_has_its_words_lines_tools_and_cost() -> None:
    """All that was done between two notes of a turn; the order's exact request is no argument."""
    happened = (
        Noted("brain", {"name": "claude", "why": ""}), Noted("usage", {"usd": 0.001}), Refused("limits", "search_tires", "many"),
        ToolAnswered(1, "search_tires", False, error="refused"), ToolIntended(2, "confirm_order", {"order": "d1", "request": {"id": "x"}}, "key"),
        ToolAnswered(2, "confirm_order", True, {}), line("Готово."), line("Чим ще допомогти?", "more"),
    )  # fmt: skip
    first, second = turns_of(
        journal(Connected("w", 8000), line("Вітаю!"), *turn(1, "так"), *happened, *turn(2, keys="1"))
    )
    assert (first.heard.text, first.heard.confidence) == ("так", 0.7)
    assert first.done.lines == ("Готово.", "Чим ще допомогти?")
    assert (first.done.asks, first.done.owner, first.done.usd) == ("more", "claude", 0.001)
    assert first.done.tools == (
        ToolUse("search_tires", {}, "refused by limits"), ToolUse("confirm_order", {"order": "d1"}, "ok"),
    )  # fmt: skip
    assert (second.heard.text, second.heard.keys) == ("", "1")


def test_a_turn_that_went_on_is_one_and_silence_has_no_words() -> None:
    """The last form of a turn counts; a silence prompt does not repeat what was said before."""
    rows = turns_of(
        journal(*turn(1, "мені"), line("cut"), *turn(1, "мені зимові"), line("Добре."), turn(2, silence=1)[1])
    )
    assert [(r.number, r.heard.text, r.heard.silence) for r in rows] == [(1, "мені зимові", 0), (2, "", 1)]
    assert rows[0].done.lines == ("Добре.",)


def test_another_connection_ends_the_turn_and_a_death_leaves_it_out() -> None:
    """What is said after an operator did not answer is no answer to the turn; half an answer is none."""
    back = (Ended("transfer"), Connected("w", 8000, True), line("Оператор не відповів.", "open"))
    assert turns_of(journal(*turn(1, "людину"), line("З'єдную."), *back))[0].done.lines == ("З'єдную.",)
    died = (Connected("w", 8000, True), line("Добре.", "season"))
    assert turns_of(journal(*turn(1, "так"), line("Доб"), *died)) == []


def play(entries: Sequence[Entry], first: int, last: int, tool: str, args: dict[str, object]) -> object:
    """What the tape answers to a tool call in the turn of entries `first` to `last`; "missing" when nothing."""
    tape = Tape(entries)
    box = tape.turn(first, last, 1_000.0)
    found = box.get(tool)
    context = ToolContext(tape.shop, DialogueView(), None)  # type: ignore[arg-type]

    async def run() -> object:
        task = asyncio.ensure_future(found.run(context, box.parse(tool, args)))
        stopped = asyncio.ensure_future(tape.stopped.wait())
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if tape.missing is not None:
            task.cancel()
            return "missing"
        return await task

    return asyncio.run(run())


def searched(intent: int, result: str) -> tuple[Event, Event]:
    """A search and its result."""
    return ToolIntended(intent, "search_tires", {**SEARCH, "brand": None}), ToolAnswered(
        intent, "search_tires", True, {"is": result}
    )


def test_the_tape_prefers_this_turn_then_before_then_later() -> None:
    """The same arguments, said with or without empty ones, find the nearest result; others find none."""
    entries = journal(*searched(1, "old"), *searched(2, "now"), *searched(3, "new"))
    for first, last, expected in ((2, 4, "now"), (4, 4, "now"), (0, 0, "old"), (6, 6, "new")):
        assert play(entries, first, last, "search_tires", dict(SEARCH)) == {"is": expected}
    assert play(entries, 0, 6, "search_tires", {**SEARCH, "brand": "Michelin"}) == "missing"


def test_recorded_failures_come_again_and_cut_calls_do_not() -> None:
    """A refusal of the shop with what it said, a fault with its code; a call the caller cut has no result."""
    order = {"order": "d1", "payment": "cod"}
    wanted = ToolIntended(1, "confirm_order", {**order, "request": {}}, "key")
    with pytest.raises(ShopRefused, match="changed"):
        play(
            journal(wanted, ToolAnswered(1, "confirm_order", False, {"status": 409}, "changed")),
            0,
            2,
            "confirm_order",
            dict(order),
        )
    with pytest.raises(StoreError) as caught:
        play(
            journal(wanted, ToolAnswered(1, "confirm_order", False, None, "timeout")),
            0,
            2,
            "confirm_order",
            dict(order),
        )
    assert caught.value.code == "timeout"
    cut = journal(wanted, ToolAnswered(1, "confirm_order", False, None, "cancelled"))
    assert play(cut, 0, 2, "confirm_order", dict(order)) == "missing"


def test_a_change_of_the_shop_is_not_given_twice() -> None:
    """A result from before the turn is for the dispatcher to know, not for the tape."""
    order = {"order": "d1", "payment": "cod"}
    entries = journal(
        ToolIntended(1, "confirm_order", dict(order), "key"),
        ToolAnswered(1, "confirm_order", True, {"ok": 1}),
    )
    assert play(entries, 2, 2, "confirm_order", dict(order)) == "missing"
    assert play(entries, 0, 2, "confirm_order", dict(order)) == {"ok": 1}
