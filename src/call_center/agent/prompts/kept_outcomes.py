"""Outcomes of ended calls that outlive the spools: one JSON line a call, appended, no personal data. Blocking.

Spools are removed a day after they were forwarded, experiments last longer: whoever looks at the outcomes keeps those
of the calls that ended meanwhile. A call that went on later (another connection) is written again; the newest counts.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from call_center.agent.prompts.journals import read_journals
from call_center.agent.prompts.outcomes import KINDS, CallOutcome, outcome_of
from call_center.errors import PromptError

FILE: Final = "outcomes.jsonl"


def collect(folder: Path, spools: Iterable[Path]) -> list[CallOutcome]:
    """All outcomes: those kept in `folder` and those of the spools, which are kept from now on, too."""
    kept = _read(folder / FILE)
    journals = read_journals(spools, KINDS)
    made = [outcome for entries in journals.calls.values() if (outcome := outcome_of(entries))]
    fresh = [o for o in made if o.call_id not in kept or kept[o.call_id].place < o.place]
    if fresh:
        _append(folder / FILE, fresh)
    kept |= {outcome.call_id: outcome for outcome in fresh}
    return list(kept.values())


def _read(path: Path) -> dict[str, CallOutcome]:
    found: dict[str, CallOutcome] = {}
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                outcome = _parse(line)
                if outcome and (
                    outcome.call_id not in found or found[outcome.call_id].place <= outcome.place
                ):
                    found[outcome.call_id] = outcome
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise PromptError(f"cannot read {path}: {error.strerror}", kind="storage") from None
    return found


def _parse(line: str) -> CallOutcome | None:
    """A line, None when it was cut by a full disk or a kill."""
    try:
        tree = json.loads(line)
        return CallOutcome(**{**tree, "place": tuple(tree["place"])})
    except (ValueError, TypeError, KeyError):
        return None


def _append(path: Path, outcomes: Iterable[CallOutcome]) -> None:
    lines = "".join(json.dumps(dataclasses.asdict(o), ensure_ascii=False) + "\n" for o in outcomes)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 1))
            torn = size > 0 and file.read(1) != b"\n"
            file.write(b"\n" * torn + lines.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise PromptError(f"cannot write {path}: {error.strerror}", kind="storage") from None
