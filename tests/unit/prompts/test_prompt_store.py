"""The book's file: durable, whole or not at all, never trusted unread; and what a worker makes of it."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path

import pytest

from call_center.agent.prompts import BUILTIN, Book, Part, Prompts, PromptStore, Variant, Version
from call_center.agent.prompts.book import BUILTIN_VERSION
from call_center.errors import PromptError

pytestmark = pytest.mark.unit


def draft(name: str, text: str = "Speak warmly.") -> Version:
    """A version with one part."""
    return Version(name, (Part("tone", "add", text),), created_at=1.0)


def add(folder: Path, name: str) -> None:
    """Draft one version, in whatever process this runs."""
    PromptStore(folder).change(lambda book: book.draft(draft(name)))


def test_what_is_changed_is_there_for_the_next_process(tmp_path: Path) -> None:
    """A book is empty at first; a change survives; file and folder are the owner's alone."""
    folder = tmp_path / "prompts"
    assert PromptStore(folder).read() == Book()
    made = PromptStore(folder).change(lambda b: b.draft(draft("warm")).activate("warm", 2.0, "me"))
    assert PromptStore(folder).read() == made
    assert made.active == "warm"
    assert oct(os.stat(folder / "book.json").st_mode & 0o777) == "0o600"
    assert oct(os.stat(folder).st_mode & 0o777) == "0o700"


def test_changes_of_processes_at_once_are_all_kept(tmp_path: Path) -> None:
    """Four processes draft; nothing is lost, no revision is used twice."""
    made = multiprocessing.get_context("forkserver")
    children = [made.Process(target=add, args=(tmp_path, f"v{n}")) for n in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    book = PromptStore(tmp_path).read()
    assert {v.name for v in book.versions} == {"v0", "v1", "v2", "v3"}
    assert book.revision == 4


def test_a_refused_change_leaves_the_file_alone(tmp_path: Path) -> None:
    """What raises is not written."""
    store = PromptStore(tmp_path)
    add(tmp_path, "warm")
    before = store.path.read_bytes()
    with pytest.raises(PromptError):
        store.change(lambda book: book.activate("cold", 1.0))
    assert store.path.read_bytes() == before


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[]",
        lambda text: text.replace("Speak warmly", "Promise discounts"),
        lambda text: text.replace('"format": 1', '"format": 2'),
        lambda text: text.replace('"version": "warm"', '"version": "cold"'),
        lambda text: text.replace('"how": "activate"', '"how": "rollback"'),
        lambda text: text.replace('"at": 2.0', '"at": "today"'),
        lambda text: text.replace('"section": "tone"', '"section": "facts"').replace('"add"', '"replace"'),
    ],
    ids=["cut", "empty", "list", "text", "format", "unknown", "history", "time", "section"],
)
def test_a_file_changed_by_hand_is_refused_and_not_written_over(tmp_path: Path, spoil: object) -> None:
    """The error names the file and the way out; the worker goes on with the last good book."""
    store = PromptStore(tmp_path)
    store.change(lambda b: b.draft(draft("warm")).activate("warm", 2.0))
    prompts = Prompts(tmp_path)
    assert prompts.look()
    text = store.path.read_text("utf-8")
    assert callable(spoil)
    store.path.write_text(spoil(text), "utf-8")
    damaged = store.path.read_bytes()
    with pytest.raises(PromptError, match="damaged") as caught:
        store.change(lambda b: b.activate(BUILTIN, 3.0))
    assert caught.value.kind == "storage"
    assert store.path.read_bytes() == damaged
    assert not prompts.look()
    assert prompts.assign("+380990000001", "c")["version"] == "warm"


def test_a_worker_begins_with_the_built_in_prompt_and_sees_changes(tmp_path: Path) -> None:
    """No file is no trouble; a change is seen at the next look; a file that went away changes nothing."""
    prompts = Prompts(tmp_path)
    assert not prompts.look()
    assert prompts.assign(None, "c")["version"] == BUILTIN
    PromptStore(tmp_path).change(lambda b: b.draft(draft("warm")).activate("warm", 2.0))
    assert prompts.look()
    assert not prompts.look()
    given = prompts.assign(None, "c")
    assert given["version"] == "warm"
    assert prompts.parts("warm", given["digest"]) == draft("warm").parts
    assert prompts.parts("warm", "another text") is None
    assert prompts.parts(BUILTIN, BUILTIN_VERSION.digest) == ()
    PromptStore(tmp_path).path.unlink()
    assert not prompts.look()
    assert prompts.assign(None, "c")["version"] == "warm"


def test_no_number_is_stored(tmp_path: Path) -> None:
    """Neither the book nor what is recorded holds anything of the caller."""
    number = "+380990000001"
    store = PromptStore(tmp_path)
    store.change(lambda b: b.draft(draft("warm")).start("e", (Variant(BUILTIN, 1), Variant("warm", 1)), 2.0))
    prompts = Prompts(tmp_path)
    prompts.look()
    assert set(prompts.assign(number, "c")) == {"version", "digest", "experiment"}
    assert number[-7:] not in json.dumps(prompts.assign(number, "c"))
    assert number[-7:] not in store.path.read_text("utf-8")


def test_workers_of_one_machine_agree(tmp_path: Path) -> None:
    """Two processes' views give a caller the same variant: they share the key."""
    PromptStore(tmp_path).change(
        lambda b: b.draft(draft("warm")).start("e", (Variant(BUILTIN, 1), Variant("warm", 1)), 2.0)
    )
    one, two = Prompts(tmp_path), Prompts(tmp_path)
    one.look()
    two.look()
    numbers = [f"+38099000{n:04d}" for n in range(100)]
    assert [one.assign(n, "a") for n in numbers] == [two.assign(n, "b") for n in numbers]
