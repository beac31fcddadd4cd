"""Where the book is kept: one small file under VAR_DIR, which is also the snapshot that audio workers read.

`change` runs one change at a time over all processes of the machine (a lock file), writes a temporary file, syncs it
and puts it in place at once, so a reader sees the old book or the new one. The book before is kept beside it. A file
that does not pass the checks is never written over: `PromptError` (storage) says what to do. Everything here blocks;
nothing of it runs on an audio loop.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from call_center.agent.prompts.book import Book
from call_center.agent.prompts.document import dumps, loads
from call_center.config import kept_secret
from call_center.errors import PromptError

FOLDER: Final = "prompts"
MAX_BYTES: Final = 4 << 20
LOCK_S: Final = 5.0
_RETRY_S: Final = 0.05


class PromptStore:
    """The book in `folder` (made when it is first written)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "book.json"

    def read(self) -> Book:
        """The book; an empty one when none was written yet."""
        try:
            with self.path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return Book()
        except OSError as error:
            raise PromptError(f"cannot read {self.path}: {error.strerror}", kind="storage") from None
        try:
            if len(data) > MAX_BYTES:
                raise PromptError(f"over {MAX_BYTES >> 20} MB")
            return loads(data)
        except PromptError as error:
            raise PromptError(
                f"{self.path} is damaged ({error}); calls go on with the last good one: put"
                f" {self.previous.name} in its place, or remove it to begin with the built-in prompt",
                kind="storage",
            ) from None

    @property
    def previous(self) -> Path:
        """The book before the last change."""
        return self.folder / "book.previous.json"

    def key(self) -> bytes:
        """The key of the experiments' hash, made once; whoever has the book needs it, too."""
        try:
            return kept_secret(self.folder / "key").encode()
        except OSError as error:
            raise PromptError(f"cannot use {self.folder / 'key'}: {error.strerror}", kind="storage") from None

    def change(self, apply: Callable[[Book], Book]) -> Book:
        """Put `apply(book)` in place of the book and return it. What `apply` raises leaves everything as it was."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._locked():
                self.key()
                made = apply(self.read())
                self._write(dumps(made))
        except OSError as error:
            raise PromptError(
                f"cannot write to {self.folder}: {error.strerror}; set VAR_DIR to a folder you may write",
                kind="storage",
            ) from None
        return made

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            until = time.monotonic() + LOCK_S
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise PromptError(
                            "another process is changing the prompts: try again", kind="storage"
                        ) from None
                    time.sleep(_RETRY_S)
            yield
        finally:
            os.close(handle)

    def _write(self, data: bytes) -> None:
        fresh = self.folder / "book.new"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if self.path.exists():
            self.previous.unlink(missing_ok=True)
            os.link(self.path, self.previous)
        fresh.replace(self.path)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
