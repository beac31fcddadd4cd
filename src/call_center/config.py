"""Every setting, one nested model per room; the only place that reads the environment.

A value comes from the process environment, else from `.env.local` in the working directory, else from the default
here. The defaults start the development profile on loopback with no key at all. `load_settings` raises `ConfigError`
with one line per wrong variable; `Settings.refuse_insecure` stops a start that would expose the shop.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from call_center.errors import ConfigError

REPOSITORY = Path(__file__).resolve().parents[2]
ENV_FILE = ".env.local"
MIN_SECRET = 16


class Environment(StrEnum):
    """`development` allows generated secrets and embedded parts; `production` refuses both."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Engines(StrEnum):
    """Which ears, brain and voice a worker runs: the real offline set, or scripted parts for measurements."""

    EMBEDDED = "embedded"
    SCRIPTED = "scripted"
    AGENT = "agent"


def _clean(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise ValueError("must be one line")
    return value.strip()


Line = Annotated[str, AfterValidator(_clean)]
Port = Annotated[int, Field(ge=1, le=65535)]


def _room(prefix: str) -> SettingsConfigDict:
    return SettingsConfigDict(env_prefix=prefix, env_file=ENV_FILE, extra="ignore", env_ignore_empty=True)


class AudioSettings(BaseSettings):
    """The AudioSocket side: where workers listen and how many calls they take."""

    model_config = _room("AUDIO_")
    host: Line = Field(
        "127.0.0.1", description="address the workers listen on; AudioSocket has no encryption"
    )
    port: Port = Field(9092, description="first worker's port; the next workers take the ports after it")
    workers: int = Field(1, ge=1, le=64, description="audio worker processes")
    spares: int = Field(
        1, ge=0, le=4, description="idle workers kept ready to take the place of one that dies"
    )
    max_calls: int = Field(
        150, ge=1, le=1000, description="calls a worker takes before operators get new ones"
    )
    max_stall_ms: float = Field(120.0, gt=0, description="loop stall above which a worker takes no new call")
    advertise_host: Line = Field("", description="address the PBX is told to dial; empty: `AUDIO_HOST`")


class ApiSettings(BaseSettings):
    """REST API and pages."""

    model_config = _room("API_")
    host: Line = Field("127.0.0.1", description="address of the REST API")
    port: Port = Field(8080, description="port of the REST API")
    operator_token: SecretStr = Field(SecretStr(""), description="bearer token of the operators' screen")


class TelephonySettings(BaseSettings):
    """What the PBX must present, and who the operators are."""

    model_config = _room("TELEPHONY_")
    secret: SecretStr = Field(
        SecretStr(""), description="shared with the dialplan; empty: generated (development)"
    )
    max_attempts: int = Field(4, ge=1, le=20, description="times one call may be sent to the agent")


class SttSettings(BaseSettings):
    """Speech to text."""

    model_config = _room("STT_")
    model_dir: Path | None = Field(None, description="folder of a CTranslate2 Whisper model to use as it is")


class TtsSettings(BaseSettings):
    """Text to speech."""

    model_config = _room("TTS_")
    voice: Line = Field("natalia", description="RHVoice voice of the agent")
    cache_mb: int = Field(64, ge=1, le=4096, description="rendered speech kept in memory")


class StoreSettings(BaseSettings):
    """The shop's API; empty URL starts the demo store."""

    model_config = _room("STORE_API_")
    url: Line = Field("", description="base URL of the shop's Store API; empty: the demo store")
    key: SecretStr = Field(SecretStr(""), description="bearer key of the Store API")


class AgentSettings(BaseSettings):
    """Persona and shop name."""

    model_config = _room("AGENT_")
    name: Line = Field("Олена", description="the agent's name")
    shop: Line = Field("Шинний двір", description="the shop's name as it is spoken")
    operators_from: int = Field(9, ge=0, le=24, description="hour (Kyiv) from which operators are there")
    operators_to: int = Field(19, ge=0, le=24, description="hour (Kyiv) at which they leave")


class AnthropicSettings(BaseSettings):
    """The Claude API; without a key the built-in brain answers alone."""

    model_config = _room("ANTHROPIC_")
    api_key: SecretStr = Field(SecretStr(""), description="key of the Claude API; empty: the built-in brain")
    base_url: Line = Field("", description="address of the Messages API; empty: Anthropic's own")
    model: Line = Field("claude-haiku-5-5", description="model of the brain; a fast one")
    effort: Annotated[str, Field(pattern="^(low|medium|high|none)$")] = Field(
        "low", description="effort of the model; none for models that take no such parameter"
    )
    strict_tools: bool = Field(
        True, description="ask for tool arguments that match their schema by construction"
    )


class BrainSettings(BaseSettings):
    """When the model is asked, how long it may take and what it may cost."""

    model_config = _room("BRAIN_")
    fast_path: bool = Field(
        True, description="plain answers to what was asked go to the script, not to the model"
    )
    speculate: bool = Field(
        True,
        description="the model is asked on a stable interim transcript; what proves wrong is thrown away",
    )
    first_token_s: float = Field(
        1.5, gt=0, le=10, description="seconds to the first token before falling back"
    )
    round_s: float = Field(3.5, gt=0, le=20, description="seconds one reply of the model may take in all")
    call_cap_usd: float = Field(
        0.05, gt=0, description="cost of one call; at 80 % the built-in brain goes on"
    )
    day_cap_usd: float = Field(20.0, gt=0, description="cost of one day, split over the workers")


class LoggingSettings(BaseSettings):
    """Log lines on stderr."""

    model_config = _room("LOG_")
    level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = Field(
        "info", description="lowest level"
    )
    format: Annotated[str, Field(pattern="^(console|json)$")] = Field(
        "console", description="console or json"
    )


class Settings(BaseSettings):
    """The whole configuration of one process tree."""

    model_config = _room("")
    environment: Environment = Field(Environment.DEVELOPMENT, description="development or production")
    var_dir: Path = Field(Path("var"), description="spool, sockets, embedded databases, demo results")
    database_url: SecretStr = Field(SecretStr(""), description="PostgreSQL; empty: the embedded server")
    redis_url: SecretStr = Field(SecretStr(""), description="Redis; empty: the embedded Valkey")
    clock_offset_s: float = Field(
        0.0, description="seconds by which the agent's clock is moved, for scenarios; development only"
    )
    audio: AudioSettings = Field(default_factory=AudioSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
    telephony: TelephonySettings = Field(default_factory=TelephonySettings)
    stt: SttSettings = Field(default_factory=SttSettings)
    tts: TtsSettings = Field(default_factory=TtsSettings)
    store_api: StoreSettings = Field(default_factory=StoreSettings)
    agent: AgentSettings = Field(default_factory=AgentSettings)
    anthropic: AnthropicSettings = Field(default_factory=AnthropicSettings)
    brain: BrainSettings = Field(default_factory=BrainSettings)
    log: LoggingSettings = Field(default_factory=LoggingSettings)

    @property
    def production(self) -> bool:
        """Whether insecure conveniences are refused."""
        return self.environment is Environment.PRODUCTION

    @property
    def clock(self) -> Callable[[], float]:
        """The agent's clock, Unix seconds."""
        offset = self.clock_offset_s
        return (lambda: time.time() + offset) if offset else time.time

    def refuse_insecure(self) -> None:
        """Raise `ConfigError` for a start that would be open to others or run on made-up secrets."""
        problems = []
        if self.production:
            wanted = {
                "TELEPHONY_SECRET": self.telephony.secret,
                "API_OPERATOR_TOKEN": self.api.operator_token,
                "STORE_API_KEY": self.store_api.key,
            }
            problems += [
                f"{name} must be set to at least {MIN_SECRET} characters"
                for name, value in wanted.items()
                if len(value.get_secret_value()) < MIN_SECRET
            ]
            if not self.store_api.url:
                problems.append("STORE_API_URL must name the shop's API (the demo store is for development)")
            if self.clock_offset_s:
                problems.append("CLOCK_OFFSET_S and --now are for scenarios in the development profile only")
        else:
            problems += [
                f"{name}={host} is not loopback: set ENVIRONMENT=production, or bind 127.0.0.1"
                for name, host in {"AUDIO_HOST": self.audio.host, "API_HOST": self.api.host}.items()
                if not is_loopback(host)
            ]
        if problems:
            raise ConfigError("; ".join(problems))


def is_loopback(host: str) -> bool:
    """Whether `host` can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; raise `ConfigError` with one clause per wrong variable."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        title = error.title
        prefix = _prefixes().get(title, "")
        parts = []
        for item in error.errors():
            name = prefix + "_".join(str(part) for part in item["loc"]).upper()
            parts.append(
                f"{name}: {item['msg'].lower()} (got {item.get('input')!r})" if "SECRET" not in name else name
            )
        raise ConfigError("; ".join(parts)) from None


def _prefixes() -> dict[str, str]:
    rooms = [f.default_factory for f in Settings.model_fields.values() if isinstance(f.default_factory, type)]
    return {room.__name__: str(room.model_config.get("env_prefix", "")) for room in rooms}  # type: ignore[attr-defined]


def describe(settings: Settings) -> list[tuple[str, str, str]]:
    """Rows (variable, value with secrets hidden, meaning) of every setting, for `config show`."""
    rows: list[tuple[str, str, str]] = []

    def walk(model: BaseModel, prefix: str) -> None:
        for name, field in type(model).model_fields.items():
            value = getattr(model, name)
            if isinstance(value, BaseSettings):
                walk(value, str(value.model_config.get("env_prefix", "")))
                continue
            if isinstance(value, SecretStr):
                shown = "(set)" if value.get_secret_value() else "(empty)"
            else:
                shown = str(value) if value not in (None, "") else "(empty)"
            rows.append((f"{prefix}{name}".upper(), shown, field.description or ""))

    walk(settings, "")
    return rows


def kept_secret(path: Path) -> str:
    """A secret generated once and kept in a 0600 file: the development profile's stand-in for a real one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        found = path.read_text().strip()
        if len(found) >= MIN_SECRET:
            return found
    except FileNotFoundError:
        pass
    secret = secrets.token_urlsafe(24)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(secret + "\n")
    return secret
