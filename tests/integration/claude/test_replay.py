"""Replaying real journals: faithful where nothing changed, plain where something does, and never near a shop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.integration.claude.line import SHORT, client_of, open_line
from tests.integration.claude.test_faults import OPENING

from call_center.agent.claude import ClaudeBrain
from call_center.agent.claude.wording import Wording
from call_center.agent.prompts import FOLDER, Book, Part, PromptStore, Version
from call_center.agent.replay import Change, Comparison, Replayer, compare, summarise
from call_center.agent.settings import AgentSettings
from call_center.cli import run as command
from call_center.core.journal.codec import encode, to_json
from call_center.core.journal.events import Entry, ToolIntended
from call_center.store_client.breaker import Breaker
from call_center.testing.emulators.messages_api import Behaviour, emulator
from call_center.testing.emulators.messages_api import behaviours as provider_does
from call_center.testing.emulators.messages_api.wire import Reply
from call_center.understanding import load_catalogue

pytestmark = pytest.mark.integration
TONE = "Speak a little warmer than usual."
WARM = Version("warm", (Part("tone", "add", TONE),))
SAID = (
    OPENING,
    "зимові",
    "а яка дешевша?",
    "беру першу, будь ласка",
    "чотири",
    "нова пошта, Київ",
    "відділення п'ять",
)


def recorded(*said: str) -> list[Entry]:
    """The journal of a call with the Claude brain, to its end."""

    async def run() -> list[Entry]:
        async with open_line(said=said or SAID) as line:
            await line.call.hang_up()
            return list(line.journal.entries)

    return asyncio.run(run())


def replayed(
    entries: Sequence[Entry], *behaviours: Behaviour, version: Version = WARM
) -> tuple[list[Comparison], list[dict[str, Any]]]:
    """Every turn compared with the journal, and the requests the provider got; `behaviours` are its first answers."""

    async def run() -> tuple[list[Comparison], list[dict[str, Any]]]:
        async with emulator() as provider, client_of(provider) as client:
            provider.queue.extend(behaviours)
            wording = Wording(Book().draft(WARM))
            brain = ClaudeBrain(
                client, load_catalogue(), SHORT, breaker=Breaker(lambda: 0.0), wording=wording
            )
            replayer = Replayer(brain, load_catalogue(), AgentSettings())
            rows = [compare(turn, turn.turn.done) async for turn in replayer.call(entries, version)]
            return rows, provider.requests

    return asyncio.run(run())


def test_a_model_that_answers_the_same_changes_nothing() -> None:
    """Every turn is found again: words, tools, questions; the model is asked with the new version's text."""
    entries = recorded()
    rows, requests = replayed(entries)
    assert len(rows) == len(SAID)
    assert {row.change for row in rows} == {Change.SAME, Change.NOT_ASKED}
    assert [row.now.said for row in rows] == [row.was.said for row in rows]
    assert [row.now.tools for row in rows] == [row.was.tools for row in rows]
    assert any(row.was.tools for row in rows)
    assert requests
    assert all(TONE in r["system"][0]["text"] for r in requests)


def test_other_words_are_wording_and_another_question_is_behaviour() -> None:
    """What differs is named; the turns after it are replayed from what really happened."""
    entries = recorded()
    said = provider_does.says(Reply("Зимові, літні чи всесезонні шини вас цікавлять?"))
    rows, _ = replayed(entries, *said)
    assert (rows[0].change, rows[0].differs) == (Change.WORDING, ("words",))
    asked = provider_does.says(Reply("У яке місто доставити?"))
    rows, _ = replayed(entries, *asked)
    assert rows[0].change is Change.BEHAVIOUR
    assert "question" in rows[0].differs
    assert {row.change for row in rows[1:]} <= {Change.SAME, Change.NOT_ASKED}


def test_a_call_without_a_recorded_result_ends_its_turn() -> None:
    """Nothing is made up: the tool call is shown, the turn stops, no further request is sent for it."""
    entries = recorded(OPENING, "зимові", "а яка дешевша?")
    stock = provider_does.says(Reply(tools=(("check_availability", {"option": "o3"}),)))
    rows, requests = replayed(entries, provider_does.GOOD, *stock)
    row = next(row for row in rows if row.replayed.missing)
    assert row.replayed.missing == ("check_availability", {"option": "o3"})
    assert row.change is Change.BEHAVIOUR
    assert summarise(1, rows).open_ended == 1
    assert len(requests) <= 4


def test_refusals_of_code_hold_in_a_replay_and_are_shown() -> None:
    """A made-up price is neither spoken nor a wording change alone; the refusal is listed."""
    rows, _ = replayed(recorded(OPENING), *provider_does.says(Reply("Є Michelin за 999 грн. Беремо?")))
    assert "999" not in rows[0].now.said
    assert any("999" in text for text in rows[0].now.refused)


def test_a_failing_model_is_no_change() -> None:
    """The built-in brain's answer is not the version's: counted apart."""
    failing = [provider_does.SERVER_ERROR] * 4
    rows, _ = replayed(recorded(OPENING), *failing)
    assert [row.change for row in rows] == [Change.FALLBACK]
    assert summarise(1, rows).answered == 0


def test_a_whole_order_is_replayed_without_a_shop() -> None:
    """Draft, delivery and confirmation come from the tape, with the call's own results; no turn fails."""
    entries = recorded(
        OPENING, "зимові", "беру перший варіант", "чотири", "у відділення нової пошти", "Київ", "дванадцяте", "Іван Коваленко", "так", "при отриманні", "так, усе правильно",
    )  # fmt: skip
    mutations = {e.event.tool for e in entries if isinstance(e.event, ToolIntended) and e.event.key}
    assert {"create_order_draft", "update_order_delivery", "confirm_order"} <= mutations
    rows, _ = replayed(entries)
    assert not any(row.now.failed or row.replayed.missing for row in rows)
    assert {row.change for row in rows} <= {Change.SAME, Change.NOT_ASKED}
    done = {use.tool for row in rows for use in row.now.tools if use.outcome == "ok"}
    assert mutations - {"cancel_order_draft"} <= done


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A VAR_DIR with the draft `warm`, a call.json as the demo writes it and a spool file."""
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "")
    PromptStore(tmp_path / FOLDER).change(lambda book: book.draft(WARM))
    entries = recorded(OPENING, "зимові")
    (tmp_path / "calls").mkdir()
    tree = [to_json(entry) for entry in entries]
    (tmp_path / "calls" / "call.json").write_text(json.dumps(tree, ensure_ascii=False, indent=1), "utf-8")
    (tmp_path / "spool").mkdir()
    spool = tmp_path / "spool" / "worker-1-1.jsonl"
    spool.write_bytes(b"".join(encode(entry) for entry in entries) + b'{"v":3,"call":"cut')
    yield tmp_path
    structlog.reset_defaults()  # the command logs to the stderr of its test, which is closed afterwards


@pytest.mark.parametrize("what", ["calls/call.json", "calls", "spool", "spool/worker-1-1.jsonl", "0c1d"])
def test_every_kind_of_journal_is_found(folder: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A file, a folder, a spool with a cut line, a call id: the same two turns, nothing changed, exit 0."""
    path = str(folder / what) if "0c1d" not in what else what
    assert command(["replay", path, "--prompt", "warm", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["model"] == "emulator"
    assert told["summary"]["turns"] == 2
    assert told["summary"]["behaviour"] == told["summary"]["wording"] == 0
    assert [turn["caller"] for turn in told["turns"]] == [OPENING, "зимові"]


def test_what_cannot_be_replayed_ends_2_or_1_with_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No such path, no such version, no turn in it."""
    (folder / "empty.json").write_text("[]", "utf-8")
    for arguments, code, says in (
        ([str(folder / "nothing.json"), "--prompt", "warm"], 2, "no call with a caller's turn"),
        ([str(folder / "empty.json"), "--prompt", "warm"], 2, "no call with a caller's turn"),
        ([str(folder / "calls"), "--prompt", "cold"], 1, "no prompt version 'cold'"),
        ([str(folder / "calls"), "--prompt", "warm", "--against", "cold"], 1, "no prompt version 'cold'"),
    ):
        assert command(["replay", *arguments]) == code
        error = capsys.readouterr().err
        assert says in error
        assert len(error.strip().splitlines()) == 1


def test_the_text_shows_what_was_and_what_would_be(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal of other words: the turn, both answers, the totals; exit 1 only with --strict."""
    path = folder / "calls" / "call.json"
    text = path.read_text("utf-8").replace(
        "На який сезон шукаємо: зимові, літні чи всесезонні?", "Який сезон?"
    )
    path.write_text(text, "utf-8")
    assert command(["replay", str(path), "--prompt", "warm"]) == 0
    shown = capsys.readouterr().out
    assert "turn 1  wording: words" in shown
    assert "was     claude: Який сезон?" in shown
    assert "now     claude: На який сезон" in shown
    assert "behaviour changes 0, only words 1" in shown
    assert "the emulator does not read the prompt" in shown
    assert command(["replay", str(path), "--prompt", "warm", "--strict"]) == 1
    capsys.readouterr()
    assert command(["replay", str(path), "--prompt", "warm", "--against", "builtin", "--strict"]) == 0
