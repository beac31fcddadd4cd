"""What people do with prompts, the same for the command line and the REST API: JSON in, JSON out. Blocking.

Every change checks that system prompt and tools stay below the budget of tokens, also when a version is activated or
tried: the flows may have grown since it was drafted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from call_center.agent.prompts.book import Book, Version
from call_center.agent.prompts.document import experiment_tree, version_tree
from call_center.agent.prompts.experiments import Variant
from call_center.agent.prompts.parts import Part, Parts, checked
from call_center.agent.prompts.store import FOLDER, PromptStore
from call_center.config import Settings


class PromptDesk:
    """Over the files under VAR_DIR. Everything raises `PromptError` when it cannot be done."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._store = PromptStore(settings.var_dir / FOLDER)
        self._spool: Path = settings.var_dir / "spool"
        self._persona = (settings.agent.name, settings.agent.shop)
        self._clock = clock

    def versions(self) -> dict[str, Any]:
        """All versions without their texts, and who decides about new calls."""
        book = self._store.read()
        return {"versions": [_brief(book, v) for v in book.all], **_decides(book)}

    def version(self, name: str) -> dict[str, Any]:
        """One version with its parts, the whole system prompt and its tokens."""
        from call_center.agent.claude.prompt import system_text, tokens_of  # noqa: PLC0415 - a second of import

        book = self._store.read()
        found = book.get(name)
        return {
            **version_tree(found),
            **_brief(book, found),
            "tokens": tokens_of(*self._persona, found.parts),
            "system_prompt": system_text(*self._persona, found.parts),
        }

    def draft(self, name: str, parts: Iterable[Part], note: str = "", by: str = "") -> dict[str, Any]:
        """Write a draft, a new one or anew."""
        made = checked(parts)
        tokens = self._tokens(made)
        version = Version(name, made, note.strip(), self._clock(), by)
        book = self._store.change(lambda book: book.draft(version))
        return {**_brief(book, book.get(name)), "tokens": tokens}

    def activate(self, name: str, by: str = "") -> dict[str, Any]:
        """Make a version the active one; `ended` names the experiment that this ended."""
        self._tokens(self._store.read().get(name).parts)
        return self._decide(lambda book: book.activate(name, self._clock(), by))

    def rollback(self, by: str = "") -> dict[str, Any]:
        """Make the version before the active one active again; `ended` as in `activate`."""
        return self._decide(lambda book: book.rollback(self._clock(), by))

    def history(self) -> list[dict[str, Any]]:
        """Activations and rollbacks, oldest first."""
        return [
            {"at": a.at, "version": a.version, "how": a.how, "by": a.by} for a in self._store.read().history
        ]

    def experiments(self) -> list[dict[str, Any]]:
        """All experiments, oldest first."""
        return [_experiment(self._store.read(), e.name) for e in self._store.read().experiments]

    def experiment(self, name: str) -> dict[str, Any]:
        """One experiment."""
        return _experiment(self._store.read(), name)

    def start(self, name: str, variants: Iterable[Variant], by: str = "") -> dict[str, Any]:
        """Begin an experiment."""
        chosen, book = tuple(variants), self._store.read()
        for variant in chosen:
            self._tokens(book.get(variant.version).parts)
        return _experiment(self._store.change(lambda b: b.start(name, chosen, self._clock(), by)), name)

    def stop(self, name: str) -> dict[str, Any]:
        """End an experiment."""
        return _experiment(self._store.change(lambda book: book.stop(name, self._clock())), name)

    def outcomes(self, experiment: str | None = None, paths: Iterable[Path] = ()) -> dict[str, Any]:
        """How the calls of each version went; those of `paths` (spools, call.json) besides the ones kept."""
        from call_center.agent.prompts.kept_outcomes import collect  # noqa: PLC0415 - not for a quick start
        from call_center.agent.prompts.outcomes import report, tree  # noqa: PLC0415

        book = self._store.read()
        order: list[str] = []
        if experiment is not None:
            order = [v.version for v in book.experiment(experiment).variants]
        spools = [self._spool] if self._spool.is_dir() else []
        found = collect(self._store.folder, [*spools, *paths])
        present = {o.version for o in found}
        if experiment is None:
            order = [v.name for v in book.all if v.name in present]
        return {"experiment": experiment, **tree(report(found, experiment=experiment, order=order))}

    def _decide(self, apply: Callable[[Book], Book]) -> dict[str, Any]:
        running: list[str] = []

        def decide(book: Book) -> Book:
            running.extend(e.name for e in book.experiments if e.running)
            return apply(book)

        return {**_decides(self._store.change(decide)), "ended": running[0] if running else None}

    def _tokens(self, parts: Parts) -> int:
        from call_center.agent.claude.prompt import refuse_too_long  # noqa: PLC0415 - a second of import

        return refuse_too_long(*self._persona, parts)


def _brief(book: Book, version: Version) -> dict[str, Any]:
    return {
        "name": version.name,
        "state": book.state(version.name).value,
        "frozen": book.frozen(version.name),
        "digest": version.digest,
        "note": version.note,
        "created_at": version.created_at or None,
        "by": version.by,
        "sections": {part.section: part.mode for part in version.parts},
    }


def _decides(book: Book) -> dict[str, Any]:
    running = book.running
    return {
        "active": book.active,
        "previous": book.previous,
        "experiment": experiment_tree(running) if running else None,
        "revision": book.revision,
    }


def _experiment(book: Book, name: str) -> dict[str, Any]:
    found = book.experiment(name)
    return {**experiment_tree(found), "running": found.running}
