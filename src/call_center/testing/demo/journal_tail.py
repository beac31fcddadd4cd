"""Follows the spool files of a running system: hands on every entry of one call soon after it was written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from call_center.core.journal.codec import decode
from call_center.core.journal.events import Entry
from call_center.errors import JournalError

POLL_S = 0.03


class JournalTail:
    """`follow` runs until cancelled; `entries` are those of the call so far, in order."""

    def __init__(self, folder: Path, call_id: str, take: Callable[[Entry], None]) -> None:
        self._folder, self._call_id, self._take = folder, call_id, take
        self._offsets: dict[Path, int] = {}
        self.entries: list[Entry] = []

    async def follow(self) -> None:
        """Poll the files for new lines."""
        while True:
            self.poll()
            await asyncio.sleep(POLL_S)

    def poll(self) -> None:
        """Take what was written since the last time; half a line waits for its rest."""
        for path in self._folder.glob("*.jsonl"):
            with path.open("rb") as file:
                file.seek(self._offsets.get(path, 0))
                data = file.read()
            complete = data.rfind(b"\n") + 1
            self._offsets[path] = self._offsets.get(path, 0) + complete
            for line in data[:complete].splitlines():
                self._entry(line)

    def _entry(self, line: bytes) -> None:
        try:
            entry = decode(line)
        except JournalError:
            return
        if entry.call_id == self._call_id:
            self.entries.append(entry)
            self._take(entry)
