"""Renders the Asterisk configuration from the templates in `asterisk/`.

`render` is pure: settings in, file names and texts out; `write` puts them on disk, the secret with mode 0640. Every
value is checked against what may stand in a configuration file, so no setting can add a line or a section. Two
profiles: `production` gives only the files that a shop includes from its own configuration, `test` a whole private
tree for an Asterisk on loopback. Mistakes are a `ConfigError` of one line that says what to do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from call_center.errors import ConfigError

SECRET_FILE = "call_center.secret"  # noqa: S105 (the name of the file, not what is in it)
SECRET_CHARACTERS = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)

_API = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?", re.ASCII)
_SIP_URI = re.compile(r"sip:[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,255}(:[0-9]{1,5})?", re.ASCII)
_ENDPOINT = re.compile(r"PJSIP/[A-Za-z0-9._-]{1,64}", re.ASCII)
_QUEUE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_PATH = re.compile(r"/[A-Za-z0-9._/+-]*", re.ASCII)
_PLACEHOLDER = re.compile(r"@([a-z_]+)@")

PRODUCTION = ("call_center_extensions.conf", "call_center_pjsip.conf", "call_center_queues.conf")


class Profile(StrEnum):
    """What is rendered."""

    PRODUCTION = "production"
    TEST = "test"


class NoAnswer(StrEnum):
    """Where a caller goes whose operator did not answer."""

    AGAIN = "again"  # back to the agent with a new ticket; the agent knows why
    QUEUE = "queue"
    HANGUP = "hangup"


@dataclass(frozen=True, slots=True)
class Private:
    """What only the test profile needs: ports on 127.0.0.1 and where the programs' parts are."""

    sip_port: int
    rtp_start: int
    rtp_end: int
    modules: Path
    data: Path
    rtp_timeout: int = 5  # seconds without a packet before a vanished caller is hung up


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a rendering depends on."""

    api: str
    operators: tuple[str, ...]
    etc: Path = Path("/etc/asterisk")
    no_answer: NoAnswer = NoAnswer.AGAIN
    ring_seconds: int = 20
    queue: str = "call-center-operators"
    queue_seconds: int = 60
    attempts: int = 10
    private: Private | None = None

    def __post_init__(self) -> None:
        """Refuse what must not stand in a configuration file."""
        _require(_API.fullmatch(self.api), "--api", self.api, "a URL like http://10.0.0.5:8080")
        _require(self.operators, "--operator", "nobody", "at least one sip:name@host or PJSIP/endpoint")
        for operator in self.operators:
            fits = _SIP_URI.fullmatch(operator) or _ENDPOINT.fullmatch(operator)
            _require(fits, "--operator", operator, "sip:name@host[:port] or PJSIP/endpoint")
        _require(_QUEUE.fullmatch(self.queue), "--queue", self.queue, "letters, digits, - and _")
        _require(
            _PATH.fullmatch(str(self.etc)), "--etc", str(self.etc), "an absolute path of plain characters"
        )
        _require(1 <= self.ring_seconds <= 300, "--ring-seconds", str(self.ring_seconds), "1 to 300")
        _require(1 <= self.queue_seconds <= 3600, "--queue-seconds", str(self.queue_seconds), "1 to 3600")


def read_secret(path: Path) -> str:
    """The shared secret of PBX and API; surrounding white space does not count."""
    try:
        secret = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise ConfigError(
            f"{path} does not exist: make it with `(umask 077; openssl rand -hex 32 > {path})` and give the same to the API"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as a secret: {error}") from None
    if not SECRET_CHARACTERS.fullmatch(secret):
        raise ConfigError(
            f"{path} must hold one word of 16 to 128 letters, digits, - and _: try `openssl rand -hex 32`"
        )
    return secret


def render(settings: Settings, templates: Path | None = None) -> dict[str, str]:
    """File name -> text, without the secret. Raises `ConfigError` when the templates are not there."""
    folder = templates or template_folder()
    values = _values(settings)
    paths = [folder / name for name in PRODUCTION]
    if settings.private is not None:
        paths += sorted((folder / "test").glob("*.conf"))
    return {path.name: _fill(path, values) for path in paths}


def write(files: dict[str, str], secret: str, out: Path) -> None:
    """Write rendered files (0644) and the secret (0640) into `out`, each in one step."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in {**files, SECRET_FILE: secret}.items():
            fresh = out / f".{name}.new"
            fresh.unlink(missing_ok=True)
            fresh.touch(mode=0o600)
            fresh.write_text(text, encoding="utf-8")
            fresh.chmod(0o640 if name == SECRET_FILE else 0o644)
            fresh.replace(out / name)
    except OSError as error:
        raise ConfigError(f"cannot write to {out}: {error.strerror or error}; choose another --out") from None


def template_folder() -> Path:
    """Where the templates are: beside the package in a wheel, at the top of a checkout."""
    here = Path(__file__).resolve().parent
    for folder in (here / "templates", here.parents[2] / "asterisk"):
        if (folder / PRODUCTION[0]).is_file():
            return folder
    raise ConfigError("the Asterisk templates are missing: install the program again from a whole checkout")


def _values(settings: Settings) -> dict[str, str]:
    endpoints = [
        (operator, f"PJSIP/call-center-operator-{number}" if operator.startswith("sip:") else operator)
        for number, operator in enumerate(settings.operators, start=1)
    ]
    secret_path = settings.etc / SECRET_FILE
    values = {
        "generated": "Written by `call-center asterisk render`; change its options, not this file.",
        "api": settings.api.rstrip("/"),
        "attempts": str(settings.attempts),
        "no_answer": {"again": "announce", "queue": "queue", "hangup": "done"}[settings.no_answer],
        "operators": "&".join(endpoint for _, endpoint in endpoints),
        "operator_sections": "\n".join(
            _section(endpoint.removeprefix("PJSIP/"), uri)
            for uri, endpoint in endpoints
            if uri.startswith("sip:")
        ),
        "queue": settings.queue,
        "queue_members": "\n".join(f"member => {endpoint}" for _, endpoint in endpoints),
        "queue_seconds": str(settings.queue_seconds),
        "ring_seconds": str(settings.ring_seconds),
        "secret_path": str(secret_path),
        "out": str(settings.etc),
    }
    if settings.private is not None:
        private = settings.private
        values |= {
            "sip_port": str(private.sip_port),
            "rtp_start": str(private.rtp_start),
            "rtp_end": str(private.rtp_end),
            "rtp_timeout": str(private.rtp_timeout),
            "modules": str(private.modules),
            "data": str(private.data),
        }
    return values


def _section(name: str, uri: str) -> str:
    return f"""
[{name}]
type = endpoint
context = call-center-operators
disallow = all
allow = alaw,ulaw
direct_media = no
aors = {name}

[{name}]
type = aor
contact = {uri}
qualify_frequency = 0
"""


def _fill(path: Path, values: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise ConfigError(f"{path.name} asks for @{name}@, which nobody sets: install the program again")
        return values[name]

    return _PLACEHOLDER.sub(value, path.read_text(encoding="utf-8"))


def _require(good: object, option: str, given: str, wanted: str) -> None:
    if not good:
        raise ConfigError(f"{option}: {given[:80]!r} will not do; give {wanted}")
