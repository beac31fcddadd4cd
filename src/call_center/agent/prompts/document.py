"""The book as JSON and back, every rule checked on the way in: a file that was changed by hand does not pass.

`loads` raises `PromptError` (storage) with what is wrong; nothing is repaired or left out silently.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

from call_center.agent.prompts.book import BUILTIN, Activation, Book, Version
from call_center.agent.prompts.experiments import NAME, Experiment, Variant, checked_variants
from call_center.agent.prompts.parts import Part, checked
from call_center.errors import PromptError

FORMAT: Final = 1


def dumps(book: Book) -> bytes:
    """The file's bytes; the text of versions stays readable."""
    tree = {
        "format": FORMAT,
        "revision": book.revision,
        "versions": [version_tree(v) for v in book.versions],
        "history": [{"at": a.at, "version": a.version, "how": a.how, "by": a.by} for a in book.history],
        "experiments": [experiment_tree(e) for e in book.experiments],
    }
    return (json.dumps(tree, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def version_tree(version: Version) -> dict[str, Any]:
    """One version as JSON types."""
    return {
        "name": version.name,
        "digest": version.digest,
        "note": version.note,
        "created_at": version.created_at,
        "by": version.by,
        "parts": [{"section": p.section, "mode": p.mode, "text": p.text} for p in version.parts],
    }


def experiment_tree(experiment: Experiment) -> dict[str, Any]:
    """One experiment as JSON types."""
    return {
        "name": experiment.name,
        "variants": [{"version": v.version, "weight": v.weight} for v in experiment.variants],
        "started_at": experiment.started_at,
        "stopped_at": experiment.stopped_at,
        "by": experiment.by,
    }


def loads(data: bytes) -> Book:
    """The book of a file. Raises `PromptError` (storage)."""
    try:
        tree = json.loads(data)
        if tree["format"] != FORMAT:
            raise ValueError(f"format {tree['format']!r} is not {FORMAT}: written by another program")
        book = Book(
            int(tree["revision"]),
            tuple(_version(t) for t in tree["versions"]),
            tuple(_activation(t) for t in tree["history"]),
            tuple(_experiment(t) for t in tree["experiments"]),
        )
        _consistent(book)
    except PromptError as error:
        raise PromptError(str(error), kind="storage") from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        what = f"{error}" if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise PromptError(what, kind="storage") from None
    return book


def _version(tree: Mapping[str, Any]) -> Version:
    parts = checked(Part(p["section"], p["mode"], _text(p["text"])) for p in tree["parts"])
    made = Version(
        _name(tree["name"]), parts, _text(tree["note"]), _moment(tree["created_at"]), _text(tree["by"])
    )
    if made.digest != tree["digest"]:
        raise ValueError(f"the text of version {made.name} is not what was drafted (digest)")
    return made


def _activation(tree: Mapping[str, Any]) -> Activation:
    how = tree["how"]
    if how not in ("activate", "rollback"):
        raise ValueError(f"history: {how!r}")
    return Activation(_moment(tree["at"]), _text(tree["version"]), how, _text(tree["by"]))


def _experiment(tree: Mapping[str, Any]) -> Experiment:
    variants = checked_variants(Variant(_text(v["version"]), v["weight"]) for v in tree["variants"])
    stopped = None if tree["stopped_at"] is None else _moment(tree["stopped_at"])
    return Experiment(_name(tree["name"]), variants, _moment(tree["started_at"]), stopped, _text(tree["by"]))


def _consistent(book: Book) -> None:
    """Names are unique and known; the history can be walked; one experiment runs at most."""
    names = [version.name for version in book.versions]
    if BUILTIN in names or len(set(names)) != len(names):
        raise ValueError("two versions of one name")
    for name in (
        *(a.version for a in book.history),
        *(v.version for e in book.experiments for v in e.variants),
    ):
        book.get(name)
    walked = Book(versions=book.versions)
    for entry in book.history:
        if entry.how == "rollback" and walked.previous != entry.version:
            raise ValueError(f"history: a rollback to {entry.version}, which was not the version before")
        walked = Book(0, book.versions, (*walked.history, entry))
    tried = [experiment.name for experiment in book.experiments]
    if len(set(tried)) != len(tried) or sum(e.running for e in book.experiments) > 1:
        raise ValueError("two experiments of one name, or two running")


def _name(value: Any) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise ValueError(f"{value!r} is no name")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _moment(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no time")
    return float(value)
