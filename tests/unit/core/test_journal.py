"""The journal: codec, fold, spool file and its reader."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center.core.journal import Journal, fold, heard_text, pending_intents, read_spool
from call_center.core.journal import events as ev
from call_center.core.journal.codec import decode, encode, from_json, to_json
from call_center.errors import JournalError
from call_center.testing.memory_call import MemorySink

pytestmark = pytest.mark.unit

KINDS: tuple[type[ev.Event], ...] = get_args(ev.Event)
OLD_JOURNAL = Path(__file__).parent / "journals" / "schema-1.jsonl"

_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(0, 2**31),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "bool": st.booleans(),
    "str": st.text(),
    "str | None": st.none() | st.text(),
    "Any": _json,
    "dict[str, Any]": st.dictionaries(st.text(max_size=8), _json, max_size=3),
    "list[Any]": st.lists(st.text(max_size=9), max_size=3),
    "tuple[int, int]": st.tuples(st.integers(0, 999), st.integers(0, 999)),
}


@st.composite
def any_event(draw: st.DrawFn) -> ev.Event:
    """Any event with any values that its fields' types allow."""
    kind = draw(st.sampled_from(KINDS))
    return kind(**{f.name: draw(_BY_TYPE[str(f.type)]) for f in dataclasses.fields(kind)})


@st.composite
def any_entry(draw: st.DrawFn) -> ev.Entry:
    """Any entry of one call."""
    return ev.Entry(
        "call", draw(st.integers(1, 3)), draw(st.integers(1, 30)), draw(st.floats(0, 2e9)), draw(any_event())
    )


def entries(*happened: ev.Event, epoch: int = 1) -> list[ev.Entry]:
    """Return a journal, one event a second."""
    return [ev.Entry("call", epoch, seq, 100.0 + seq, event) for seq, event in enumerate(happened, start=1)]


@given(any_entry())
def test_line_of_any_entry_reads_back(entry: ev.Entry) -> None:
    """Encoding and decoding lose nothing, and a line is one line."""
    line = encode(entry)
    assert line.count(b"\n") == 1
    assert decode(line) == entry


@given(st.binary(max_size=300))
def test_foreign_line_is_refused(line: bytes) -> None:
    """Whatever is no entry raises `JournalError`, nothing else."""
    with pytest.raises(JournalError):
        decode(line)


@given(any_entry(), st.data())
def test_cut_line_is_refused(entry: ev.Entry, data: st.DataObject) -> None:
    """No prefix of a line passes for an entry."""
    line = encode(entry).rstrip()
    with pytest.raises(JournalError):
        decode(line[: data.draw(st.integers(0, len(line) - 1))])


def test_field_of_a_newer_program_is_dropped() -> None:
    """A reader skips fields it does not know."""
    (entry,) = entries(ev.KeyPressed("5"))
    tree = to_json(entry)
    tree["data"]["pressure"] = 3
    assert from_json(tree) == entry


def test_missing_new_field_takes_its_default() -> None:
    """Journals from before a field was added stay readable."""
    (entry,) = entries(ev.Spoken(1, 50, True))
    tree = to_json(entry)
    del tree["data"]["total_frames"]
    assert from_json(tree) == entry


def test_value_that_is_not_json_is_refused() -> None:
    """An event with an object in it is a fault of its writer, told by name."""
    with pytest.raises(JournalError, match="Noted"):
        encode(entries(ev.Noted("x", {"at": object()}))[0])


def test_old_journal_stays_readable() -> None:
    """A journal of schema 1 as it was written gives the call it was."""
    reading = read_spool(OLD_JOURNAL)
    view = fold(reading.entries)
    assert reading.torn_lines == 0
    assert [(line.who, line.text) for line in view.transcript] == [
        ("agent", "Вітаю! Це шинний центр."),
        ("caller", "зимові шини на шістнадцять"),
        ("agent", "Є три варіанти…"),
        ("caller", "1"),
    ]
    assert view.ended == "caller_hangup"


def test_journal_of_schema_2_stays_readable() -> None:
    """Agreement, intent and checkpoint as they were written: a killed process, and the one that took over."""
    reading = read_spool(OLD_JOURNAL.with_name("schema-2.jsonl"))
    view = fold(reading.entries)
    assert (reading.torn_lines, view.epoch, view.connections) == (0, 2, 2)
    assert [agreed.tool for agreed in view.agreed] == ["confirm_order"]
    assert [run.key for run in pending_intents(view)] == ["11111111-2222-5333-8444-555555555555"]
    assert [line.text for line in view.transcript] == ["Вітаю!", "так, замовляйте"]


def test_transcript_has_both_sides_in_order() -> None:
    """What was said and heard, in the order in which it happened."""
    view = fold(
        entries(
            ev.Connected("w1", 8000),
            ev.Speaking(0, 1, "Вітаю!", "вітаю"),
            ev.Spoken(1, 40, True, 40),
            ev.CallerSaid(1, "шини", 0.9, 900, 1500),
            ev.Speaking(1, 2, "Які саме?", "які саме", slot="season", question="open"),
        )
    )
    assert [(line.who, line.text, line.turn) for line in view.transcript] == [
        ("agent", "Вітаю!", 0),
        ("caller", "шини", 1),
        ("agent", "Які саме?", 1),
    ]
    assert view.asked is not None
    assert (view.asked.slot, view.asked.heard) == ("season", False)
    assert (view.turn, view.sentence, view.connections) == (1, 2, 1)


def test_sentence_that_was_not_played_is_not_in_the_transcript() -> None:
    """What was queued and cut was never heard."""
    view = fold(entries(ev.Speaking(0, 1, "Друге.", "друге"), ev.Spoken(1, 0, False)))
    assert view.transcript == ()


def test_merged_turn_replaces_its_first_piece() -> None:
    """A turn that was joined stands in the transcript once, whole."""
    view = fold(entries(ev.CallerSaid(1, "зимові", 1, 0, 9), ev.CallerSaid(1, "зимові шини", 1, 0, 19)))
    assert [line.text for line in view.transcript] == ["зимові шини"]


def test_keys_in_a_row_are_one_line() -> None:
    """Digits pressed one after the other are read as one number."""
    view = fold(entries(*(ev.KeyPressed(digit) for digit in "205")))
    assert [(line.text, line.keys) for line in view.transcript] == [("205", True)]


def test_intent_without_an_outcome_is_open() -> None:
    """What resuming has to send again."""
    view = fold(
        entries(
            ev.ToolIntended(1, "search_tires", {"diameter": 16}),
            ev.ToolAnswered(1, "search_tires", True, [1]),
            ev.ToolIntended(2, "confirm_order", {"draft": "d1"}, key="k"),
        )
    )
    assert [(run.intent, run.key) for run in view.open_intents] == [(2, "k")]
    assert view.tools[0].result == [1]


def test_reconnected_call_is_not_ended() -> None:
    """A new connection of the same call takes the end and the transfer back."""
    first = entries(ev.Connected("w1", 8000), ev.TransferRequested("limit", ""), ev.Ended("transfer"))
    second = entries(ev.Connected("w2", 8000, True), epoch=2)
    view = fold(first + second)
    assert (view.ended, view.transfer, view.connections, view.started_at) == (None, None, 2, 101.0)


@given(st.lists(any_entry(), max_size=30), st.randoms())
def test_order_and_repeats_do_not_matter(journal: list[ev.Entry], random: Any) -> None:
    """Spool and Redis may deliver twice and out of order: the state is the same."""
    unique = list({(entry.epoch, entry.seq): entry for entry in journal}.values())
    shuffled = unique * 2
    random.shuffle(shuffled)
    assert fold(shuffled) == fold(unique)


@given(st.lists(any_event(), max_size=30))
def test_appending_folds_like_reading(happened: list[ev.Event]) -> None:
    """The live view of a journal equals the fold of what it wrote."""
    sink = MemorySink()
    journal = Journal("call", 1, sink, now=lambda: 5.0)
    for event in happened:
        journal.append(event)
    assert journal.view == fold(sink.entries)


@given(st.text("абв гд,", max_size=60), st.integers(0, 300), st.integers(0, 200))
def test_heard_text_is_a_prefix_in_whole_words(text: str, frames: int, total: int) -> None:
    """What was heard is the beginning of what was to be said, never more."""
    heard = heard_text(text, ev.Spoken(1, frames, False, total)).removesuffix("…")
    assert text.startswith(heard)
    assert heard in (text, "") or text[len(heard)] in " ,"


def test_view_is_built_once_per_append() -> None:
    """Asking for the view again costs nothing."""
    journal = Journal("call", 1, MemorySink())
    journal.append(ev.KeyPressed("1"))
    assert journal.view is journal.view


def test_earlier_epochs_are_folded_and_not_written_again() -> None:
    """A take-over goes on from the journal that was."""
    sink = MemorySink()
    journal = Journal("call", 2, sink, earlier=entries(ev.CallerSaid(3, "так", 1, 0, 1)))
    journal.append(ev.KeyPressed("1"))
    assert journal.view.turn == 3
    assert [(entry.epoch, entry.seq) for entry in sink.entries] == [(2, 1)]


def test_line_is_readable_by_anything_that_reads_json() -> None:
    """The format, as documented in `codec`."""
    (entry,) = entries(ev.KeyPressed("5"))
    assert json.loads(encode(entry)) == {
        "v": ev.SCHEMA,
        "call": "call",
        "epoch": 1,
        "seq": 1,
        "at": 101.0,
        "kind": "KeyPressed",
        "data": {"digit": "5"},
    }
