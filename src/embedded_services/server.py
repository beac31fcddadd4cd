"""What the two embedded servers share: one owner per folder, passwords kept in a 0600 file, ready or a clear error.

The process that takes the folder's lock owns the server and stops it. A second process on the same folder attaches to
the running server (the demo store beside `serve`) and stops nothing; when the owner goes, it takes over: the same data,
port and password, about half a second later, so its URL stays good. A server left over from a killed owner is
recognised by its pid file *and* its working folder, and is waited for or ended by pid before a new one starts.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from embedded_services.errors import ServicesError
from embedded_services.home import Home
from embedded_services.spawn import stop

START_PATIENCE_S = 30.0  # crash recovery on a loaded machine included
ATTEMPTS = 3  # an ephemeral port may be taken between choosing and binding it
POLL_S = 0.02
WATCH_S = 0.25  # how often an attached process looks whether the owner is still there
log = logging.getLogger("embedded_services")


class Server(ABC):
    """One embedded server on 127.0.0.1. `folder` is where its data shall lie; None: gone with this process."""

    name: str  # for messages
    stop_signal: signal.Signals
    url: str

    def __init__(self, home: Home, folder: Path | None, port: int) -> None:
        self._home = home
        self._asked = folder
        self._asked_port = port
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.attached = False
        self.taken_over = threading.Event()  # set when this process became the owner after another one went
        self._stopping = threading.Event()
        self._watch: threading.Thread | None = None

    @property
    def temporary(self) -> bool:
        """Whether the data is thrown away at the end; then durability is switched off too."""
        return self._asked is None

    @property
    def pid(self) -> int | None:
        """The server's process id when this process owns it."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start or attach; returns when the server answers. Raises `ServicesError`."""
        folder = self._home.temporary_folder() if self._asked is None else self._home.data_folder(self._asked)
        self._folder = folder
        self._log = folder / "server.log"
        if not self._take_lock(folder):
            self._attach(folder)
            return
        try:
            self._end_leftover()
            self._start_owned()
        except BaseException:
            self.stop()
            raise

    def _start_owned(self) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            port = self._asked_port or free_port()
            if self._asked_port and not port_is_free(port):
                raise ServicesError(f"{self.name}: port {port} is in use; free it or choose another")
            self._log.unlink(missing_ok=True)
            process = self._process = self._launch(port, self._password())
            try:
                self._wait_ready(process, port)
            except ServicesError:
                if self._asked_port or attempt == ATTEMPTS or "in use" not in self._tail():
                    raise
                continue
            state = {"pid": process.pid, "url": self.url}
            _write_private(self._folder / "state.json", json.dumps(state))
            return

    def stop(self) -> None:
        """End the server if it is ours, and remove a temporary folder. Safe to call twice."""
        self._stopping.set()
        if self._watch is not None:
            self._watch.join()
            self._watch = None
        if self._process is not None:
            stop(self._process, self.stop_signal)
            self._process = None
            (self._folder / "state.json").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None
            if self.temporary:
                _remove_tree(self._folder)

    @abstractmethod
    def _launch(self, port: int, password: str) -> subprocess.Popen[bytes]:
        """Prepare the data folder if it is new and start the server process."""

    @abstractmethod
    def _probe(self, port: int, password: str) -> str | None:
        """Return the server's URL when it answers, None while it is starting."""

    def _leftover_pid(self) -> int | None:
        """The pid of a server still running on this folder though nobody holds the lock."""
        return None

    def _wait_ready(self, process: subprocess.Popen[bytes], port: int) -> None:
        deadline = time.monotonic() + START_PATIENCE_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise ServicesError(f"{self.name} did not start: {self._tail()} (log: {self._log})")
            url = self._probe(port, self._password())
            if url is not None:
                self.url = url
                return
            time.sleep(POLL_S)
        raise ServicesError(f"{self.name} did not answer within {START_PATIENCE_S:.0f} s (log: {self._log})")

    def _take_lock(self, folder: Path) -> bool:
        self._lock = (folder / "owner.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            self._lock = None
            return False
        return True

    def _attach(self, folder: Path) -> None:
        deadline = time.monotonic() + START_PATIENCE_S
        while time.monotonic() < deadline:
            state: dict[str, Any] = {}
            with contextlib.suppress(OSError, ValueError):
                state = json.loads((folder / "state.json").read_text())
            if state.get("url") and Path(f"/proc/{state.get('pid')}").exists():
                self.url, self.attached = str(state["url"]), True
                self._watch = threading.Thread(target=self._succeed, name=f"watch-{self.name}", daemon=True)
                self._watch.start()
                return
            if self._take_lock(folder):  # the owner gave up meanwhile
                self._start_owned()
                return
            time.sleep(POLL_S)
        raise ServicesError(
            f"another process holds {folder} but its {self.name} does not answer; stop that process"
        )

    def _succeed(self) -> None:
        """Wait until the owner is gone, then start the server again where it was."""
        while not self._stopping.wait(WATCH_S):
            if not self._take_lock(self._folder):
                continue
            self._asked_port = urlsplit(self.url).port or 0
            try:
                self._end_leftover()
                self._start_owned()
            except ServicesError as error:  # its clients see a lost server, as they would have without us
                log.error("cannot take over %s: %s", self.name, error)
                return
            self.attached = False
            self.taken_over.set()
            return

    def _end_leftover(self) -> None:
        deadline = time.monotonic() + 5.0  # the death signal is already on its way to it
        while (pid := self._leftover_pid()) is not None:
            if time.monotonic() > deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGQUIT)
                deadline += 5.0
            time.sleep(POLL_S)

    def _password(self) -> str:
        file = self._folder / "password"
        if not file.exists():
            _write_private(file, secrets.token_urlsafe(24))
        return file.read_text()

    def _tail(self) -> str:
        with contextlib.suppress(OSError):
            lines = [line for line in self._log.read_text(errors="replace").splitlines() if line.strip()]
            telling = [line for line in lines if "FATAL" in line or "ERROR" in line or "rror:" in line]
            for line in (telling or lines)[-1:]:
                return line.strip()[-300:]
        return "no output"


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Whether 127.0.0.1:`port` can be bound."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _write_private(file: Path, text: str) -> None:
    temporary = file.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    temporary.replace(file)


def _remove_tree(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
