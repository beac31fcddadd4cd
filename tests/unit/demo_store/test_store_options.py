"""What may be asked of the store's command line, and how a wrong value is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_center import cli
from demo_store.command import options_of
from demo_store.database import check_schema, engine_for
from demo_store.errors import StartError

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "65536"],
        ["--port", "-1"],
        ["--test-port", "70000"],
        ["--now", "tomorrow"],
        ["--now", "1899-01-01"],
    ],
)
def test_wrong_value_is_one_line_and_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The option and what it takes are named; nothing is started."""
    assert cli.run(["store", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert arguments[0] in told.err


def test_clock_of_its_own_means_a_throw_away_database() -> None:
    """A test run never touches the data that `serve` keeps."""
    assert options_of(now="2026-11-23T10:30:00+02:00", folder=Path("var/services")).folder is None
    assert options_of(folder=Path("var/services")).folder == Path("var/services")


@given(st.text(max_size=60))
def test_schema_name_is_safe_to_stand_in_sql(name: str) -> None:
    """Only lower-case letters, digits and underscores pass."""
    try:
        passed = check_schema(name)
    except StartError:
        return
    assert passed.isascii()
    assert passed.replace("_", "a").isalnum()
    assert passed == passed.lower()


@pytest.mark.parametrize("url", ["not a url", "mysql://user@host/name", "http://host/"])
def test_database_url_of_another_kind_is_refused(url: str) -> None:
    """DATABASE_URL is named in the message."""
    with pytest.raises(StartError, match="DATABASE_URL"):
        engine_for(url, "demo_store")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg"])
def test_every_spelling_of_a_postgres_url_is_taken(scheme: str) -> None:
    """Whatever the host's manual says the URL is called."""
    engine = engine_for(f"{scheme}://user:word@127.0.0.1:5432/name?sslmode=prefer", "demo_store")
    assert engine.url.drivername == "postgresql+asyncpg"
    assert dict(engine.url.query) == {"ssl": "prefer"}
