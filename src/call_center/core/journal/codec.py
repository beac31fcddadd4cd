"""Journal entries to and from JSON lines, one entry a line.

A line is `{"v": schema, "call": id, "epoch": n, "seq": n, "at": unix seconds, "kind": event class, "data": fields}`.
Fields that a reader does not know are dropped and missing ones take their default, so journals of an older and of a
newer program both read; a kind that is unknown or a required field that is missing raises `JournalError`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, get_args

from call_center.core.journal.events import SCHEMA, Entry, Event
from call_center.errors import JournalError

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Event)}
_FIELDS: dict[str, tuple[str, ...]] = {
    name: tuple(field.name for field in dataclasses.fields(kind)) for name, kind in _KINDS.items()
}
_TUPLES: dict[str, frozenset[str]] = {
    name: frozenset(f.name for f in dataclasses.fields(kind) if str(f.type).startswith("tuple"))
    for name, kind in _KINDS.items()
}
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def to_json(entry: Entry) -> dict[str, Any]:
    """Return `entry` as a tree of JSON types."""
    kind = type(entry.event).__name__
    return {
        "v": SCHEMA,
        "call": entry.call_id,
        "epoch": entry.epoch,
        "seq": entry.seq,
        "at": entry.at,
        "kind": kind,
        "data": {name: getattr(entry.event, name) for name in _FIELDS[kind]},
    }


def from_json(tree: Mapping[str, Any]) -> Entry:
    """Return the entry of a parsed line; raises `JournalError` when it is none."""
    try:
        kind = str(tree["kind"])
        event_class = _KINDS[kind]
        data = {name: value for name, value in tree["data"].items() if name in _FIELDS[kind]}
        for name in _TUPLES[kind] & data.keys():
            data[name] = tuple(data[name])
        return Entry(
            call_id=str(tree["call"]),
            epoch=int(tree["epoch"]),
            seq=int(tree["seq"]),
            at=float(tree["at"]),
            event=event_class(**data),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise JournalError(f"not a journal entry: {type(error).__name__}: {error}") from error


def encode(entry: Entry) -> bytes:
    """Return the line of `entry`, newline included. Raises `JournalError` when a value is no JSON type."""
    try:
        return (_ENCODER.encode(to_json(entry)) + "\n").encode("utf-8", "surrogatepass")
    except (TypeError, ValueError) as error:
        raise JournalError(f"{type(entry.event).__name__} holds a value that is not JSON: {error}") from error


def decode(line: bytes) -> Entry:
    """Return the entry of one line; raises `JournalError` for a cut or foreign line."""
    try:
        tree = json.loads(line.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise JournalError(f"not a journal line: {error}") from error
    if not isinstance(tree, dict):
        raise JournalError("not a journal line: no JSON object")
    return from_json(tree)
