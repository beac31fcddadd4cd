"""Settings: readable errors, no insecure start."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from call_center.config import describe, is_loopback, kept_secret, load_settings
from call_center.errors import ConfigError

pytestmark = pytest.mark.unit
SECRET = "x" * 24


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No .env.local and no setting of this machine."""
    monkeypatch.chdir(tmp_path)
    for name, _, _ in describe(load_settings()):
        monkeypatch.delenv(name, raising=False)


def test_defaults_start_on_loopback_without_keys() -> None:
    """With nothing set the development profile is accepted."""
    settings = load_settings()
    settings.refuse_insecure()
    assert is_loopback(settings.audio.host)
    assert is_loopback(settings.api.host)


def test_env_example_unedited_is_the_development_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copying .env.example changes nothing but makes every variable visible."""
    example = Path(__file__).parents[3] / ".env.example"
    (Path.cwd() / ".env.local").write_text(example.read_text())
    settings = load_settings()
    settings.refuse_insecure()
    assert not settings.production
    assert settings.agent.shop == "Шинний двір"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUDIO_PORT", "99999"),
        ("AUDIO_WORKERS", "0"),
        ("LOG_LEVEL", "loud"),
        ("ENVIRONMENT", "prod"),
        ("API_PORT", "x"),
    ],
)
def test_wrong_variable_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error names the variable as it is written in the environment, in one line."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["AUDIO_HOST", "API_HOST"])
def test_development_profile_stays_on_loopback(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Generated secrets are never exposed to a network."""
    monkeypatch.setenv(name, "0.0.0.0")  # noqa: S104
    with pytest.raises(ConfigError, match=name):
        load_settings().refuse_insecure()


def test_moved_clock_is_for_development(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario's `now` moves the agent's clock; production refuses to start with it."""
    monkeypatch.setenv("CLOCK_OFFSET_S", "-3600")
    settings = load_settings()
    settings.refuse_insecure()
    assert time.time() - settings.clock() == pytest.approx(3600, abs=5)
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(ConfigError, match="CLOCK_OFFSET_S"):
        load_settings().refuse_insecure()


def test_production_wants_real_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A production start names every secret that is missing; with all of them it is accepted."""
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(ConfigError) as caught:
        load_settings().refuse_insecure()
    for name in ("TELEPHONY_SECRET", "API_OPERATOR_TOKEN", "STORE_API_KEY", "STORE_API_URL"):
        assert name in str(caught.value)
        monkeypatch.setenv(name, SECRET)
    load_settings().refuse_insecure()


def test_description_hides_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """`config show` tells that a secret is set, never what it is."""
    monkeypatch.setenv("TELEPHONY_SECRET", SECRET)
    rows = describe(load_settings())
    assert SECRET not in str(rows)
    assert ("TELEPHONY_SECRET", "(set)") in [(name, value) for name, value, _ in rows]


def test_kept_secret_is_stable_and_private(tmp_path: Path) -> None:
    """The same secret is found again; nobody else can read the file."""
    path = tmp_path / "run" / "secret"
    first = kept_secret(path)
    assert kept_secret(path) == first
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("short")
    assert len(kept_secret(path)) >= 16
