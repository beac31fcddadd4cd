"""Follows the spools of a running system: the entries of one caller's call, and which process writes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from call_center.core.journal import events as ev
from call_center.core.journal.codec import decode
from call_center.errors import JournalError


class CallTail:
    """The call that `number` rang in on; `poll` reads what was written since. Blocking, a stat a file."""

    def __init__(self, folder: Path, number: str, take: Callable[[ev.Entry], None]) -> None:
        self._folder, self._number, self._take = folder, number, take
        self._offsets = {path: path.stat().st_size for path in folder.glob("*.jsonl")}
        self.entries: list[ev.Entry] = []
        self.call_id = ""
        self.pid = 0
        """Process id of the newest writer: spools are named `worker-PID-TIME.jsonl`."""

    def poll(self) -> None:
        """Take new entries; half a line waits for its rest."""
        for path in self._folder.glob("*.jsonl"):
            at = self._offsets.get(path, 0)
            if path.stat().st_size == at:
                continue
            with path.open("rb") as file:
                file.seek(at)
                data = file.read()
            complete = data.rfind(b"\n") + 1
            self._offsets[path] = at + complete
            for line in data[:complete].splitlines():
                self._entry(line, int(path.name.split("-")[1]))

    def _entry(self, line: bytes, pid: int) -> None:
        try:
            entry = decode(line)
        except JournalError:
            return
        match entry.event:
            case ev.Announced(caller=self._number) if not self.call_id:
                self.call_id = entry.call_id
        if entry.call_id == self.call_id:
            self.pid = pid
            self.entries.append(entry)
            self._take(entry)
