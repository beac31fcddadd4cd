"""What an audio worker knows of prompts: the last good book in memory, looked for anew once a second.

A call asks memory only; the file is read in a thread. A file that is missing, damaged or not readable changes nothing:
the worker goes on with what it had, the built-in prompt at first, and says so once. No database is asked by a worker.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any, Final

from call_center.agent.prompts.book import Book
from call_center.agent.prompts.parts import Parts
from call_center.agent.prompts.store import PromptStore
from call_center.errors import PromptError
from call_center.logging import get_logger

log = get_logger(__name__)
LOOK_S: Final = 1.0
Place = tuple[int, int, int]


class Prompts:
    """One for a process; shared by its calls."""

    def __init__(self, folder: Path) -> None:
        self._store = PromptStore(folder)
        self._seen: Place | None = None
        self._key = b""
        self.book = Book()

    def look(self) -> bool:
        """Read the file if it is another one than last time; blocking, never raises. Whether the book changed."""
        place = _place(self._store.path)
        if place == self._seen:
            return False
        self._seen = place
        if place is None:
            log.error("the prompts' file is gone, the last one stays in use", file=str(self._store.path))
            return False
        try:
            book, key = self._store.read(), self._store.key()
        except PromptError as error:
            log.error("the prompts' file is not used, the last good one stays", why=str(error))
            return False
        self.book, self._key = book, key
        log.info("prompts", active=book.active, experiment=book.running.name if book.running else None)
        return True

    async def follow(self) -> None:
        """Look every second, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            await asyncio.to_thread(self.look)

    def assign(self, caller: str | None, call_id: str) -> dict[str, Any]:
        """The data of the note that records which version a new call gets."""
        found = self.book.assign(caller, call_id, self._key)
        return {"version": found.version, "digest": found.digest, "experiment": found.experiment}

    def parts(self, version: str, digest: str) -> Parts | None:
        """The parts of a version as a call was given it; None when this machine has no such text."""
        return self.book.parts(version, digest)


def _place(path: Path) -> Place | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
