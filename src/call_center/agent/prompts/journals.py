"""Journals of ended calls from files: spool files (`*.jsonl`) and `call.json` as the demo writes it. Blocking.

A file is what its content says: a JSON list of entries, or one entry a line. Lines that are no entries are counted,
never an error; a path with no entry at all is one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from call_center.core.journal.codec import decode, from_json
from call_center.core.journal.events import Entry
from call_center.errors import JournalError, PromptError

_KIND = re.compile(rb'"kind": ?"(\w+)"')  # stands before the data in every line


@dataclass(frozen=True, slots=True)
class Journals:
    """Entries in order by call id; `torn` lines were no entries."""

    calls: dict[str, tuple[Entry, ...]]
    torn: int = 0


def read_journals(paths: Iterable[Path], kinds: frozenset[str] = frozenset()) -> Journals:
    """Every call of the files and folders (searched to the bottom). Raises `PromptError` for a path that is not there.

    With `kinds` only events of these classes: lines of others are not even parsed, which is most of a day's spools.
    """
    found: dict[str, dict[tuple[int, int], Entry]] = {}
    torn = 0
    for path in paths:
        if not path.exists():
            raise PromptError(f"{path} is not there", kind="not_found")
        files = sorted([*path.rglob("*.jsonl"), *path.rglob("call*.json")]) if path.is_dir() else [path]
        for file in files:
            entries, bad = _read(file, kinds)
            torn += bad
            for entry in entries:
                found.setdefault(entry.call_id, {}).setdefault((entry.epoch, entry.seq), entry)
    calls = {call: tuple(rows[key] for key in sorted(rows)) for call, rows in found.items()}
    return Journals(calls, torn)


def _read(file: Path, kinds: frozenset[str]) -> tuple[Iterable[Entry], int]:
    try:
        with file.open("rb") as opened:
            listed = opened.read(64).lstrip().startswith(b"[")
            if not listed:
                opened.seek(0)
                return _lines(opened, kinds)
        tree = json.loads(file.read_bytes())
    except FileNotFoundError:
        return (), 0  # a spool that was forwarded and removed meanwhile
    except OSError as error:
        raise PromptError(f"cannot read {file}: {error.strerror}", kind="storage") from None
    except (ValueError, RecursionError):
        return (), 1
    return _parsed(tree, from_json)


def _lines(lines: Iterable[bytes], kinds: frozenset[str]) -> tuple[list[Entry], int]:
    if kinds:
        lines = (line for line in lines if (kind := _KIND.search(line)) is None or kind[1].decode() in kinds)
    return _parsed((line for line in lines if line.strip()), decode)


def _parsed[Row](rows: Iterable[Row], parse: Callable[[Row], Entry]) -> tuple[list[Entry], int]:
    entries, bad = [], 0
    for row in rows:
        try:
            entries.append(parse(row))
        except (JournalError, TypeError):
            bad += 1
    return entries, bad
