"""Runs a private Asterisk on loopback from a rendered test tree, always as an ordinary user.

Started by root it gives up root before the program starts (the user `nobody`); nothing is written outside its own
temporary folder, which goes away at the end. `start` returns when Asterisk says that it is fully booted; every failure
is a `ConfigError` with the last line of its log. `sipp` runs SIPp in the same way.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from call_center.errors import ConfigError
from call_center.telephony.configuration import NoAnswer, Private, Settings, render, write
from call_center.testing.sip.installation import Installation

BOOT_SECONDS = 20.0
STOP_SECONDS = 5.0
RTP_PORTS = 400  # a call takes two pairs
PBX_PORTS, CALLER_PORTS = range(18_000, 32_000), range(10_000, 18_000)  # both below the ephemeral ports


class PrivateAsterisk:
    """One Asterisk of our own. Use it as a context manager or call `start` and `stop`."""

    def __init__(
        self,
        installation: Installation,
        *,
        api: str,
        secret: str,
        operator_port: int,
        ring_seconds: int = 20,
        no_answer: NoAnswer = NoAnswer.AGAIN,
        queue_seconds: int = 20,
    ) -> None:
        self.installation = installation
        self.sip_port = free_udp_port()
        self.folder = Path(tempfile.mkdtemp(prefix="pbx-"))
        self._process: subprocess.Popen[bytes] | None = None
        rtp = free_udp_range(RTP_PORTS)
        settings = Settings(
            api=api,
            operators=(f"sip:operator@127.0.0.1:{operator_port}",),
            etc=self.folder,
            no_answer=no_answer,
            ring_seconds=ring_seconds,
            queue_seconds=queue_seconds,
            private=Private(
                self.sip_port,
                rtp,
                rtp + RTP_PORTS - 1,
                installation.modules,
                installation.data,
                rtp_timeout=5,
            ),
        )
        write(render(settings), secret, self.folder)
        for name in ("cache", "lib", "spool", "log"):
            (self.folder / "run" / name).mkdir(parents=True)
        for name in ("documentation", "rest-api"):
            (self.folder / "run/lib" / name).symlink_to(installation.data / name)
        self.user = _ordinary_user()
        if self.user is not None:
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, self.user.pw_uid, self.user.pw_gid, follow_symlinks=False)

    @property
    def log(self) -> str:
        """Everything Asterisk logged so far."""
        path = self.folder / "run/log/full.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def pid(self) -> int:
        """The process id of the running Asterisk."""
        if self._process is None:
            raise ConfigError("Asterisk is not running: start it first")
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it was started and still runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start and wait until it is fully booted (about a second)."""
        command = [*self.installation.asterisk, "-f", "-C", str(self.folder / "asterisk.conf")]
        output = (self.folder / "run/log/console").open("wb")
        self._process = self.spawn(command, output)
        output.close()
        deadline = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise ConfigError(f"Asterisk ended at once: {self._last_words()}")
            if "fully booted" in self.cli("core waitfullybooted"):
                return self
            time.sleep(0.05)
        self.stop()
        raise ConfigError(f"Asterisk was not ready in {BOOT_SECONDS:.0f} s: {self._last_words()}")

    def stop(self) -> None:
        """End it and remove its folder; safe to call twice."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def cli(self, command: str) -> str:
        """What Asterisk's console answers to a command, "" when it does not listen."""
        arguments = [*self.installation.asterisk, "-C", str(self.folder / "asterisk.conf"), "-rx", command]
        process = self.spawn(arguments, subprocess.PIPE)
        output, _ = process.communicate()
        return output.decode(errors="replace")

    def channels(self) -> int:
        """How many channels are up."""
        match = re.search(r"(\d+) active channel", self.cli("core show channels count"))
        return int(match.group(1)) if match else 0

    def spawn(self, command: list[str], output: object) -> subprocess.Popen[bytes]:
        """Start a program in the private folder as the ordinary user."""
        identity = (
            {}
            if self.user is None
            else {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        )
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=self.folder / "run",
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder / "run"), "LC_ALL": "C", "TERM": "dumb"},
            **identity,
        )

    def _last_words(self) -> str:
        console = self.folder / "run/log/console"
        text = self.log + (console.read_text(errors="replace") if console.exists() else "")
        lines = [line for line in text.splitlines() if line.strip()]
        return lines[-1][:200] if lines else "it said nothing"


def free_udp_port() -> int:
    """A UDP port on 127.0.0.1 that nobody uses now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_udp_range(count: int, within: range = PBX_PORTS) -> int:
    """The first of `count` UDP ports `within` a range; tells two test runs apart by process id."""
    slots = len(within) // count
    for step in range(slots):
        first = within.start + (os.getpid() + step) % slots * count
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("127.0.0.1", first))
            except OSError:
                continue
        return first
    raise ConfigError(f"no {count} free UDP ports from {within.start} to {within.stop}: end other test runs")


def _ordinary_user() -> pwd.struct_passwd | None:
    """Whom root becomes; None when we are ordinary already."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise ConfigError("there is no user `nobody`: run this as an ordinary user") from None
