"""`call-center config show`: every setting, its value (secrets hidden) and what it means."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from call_center.config import describe, load_settings

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Look at the settings in force.")


@app.callback()
def _group() -> None:
    """Settings come from the environment, then `.env.local`, then defaults."""


@app.command()
def show() -> None:
    """Print every variable; wrong values are reported in one line with the variable's name."""
    settings = load_settings()
    table = Table("variable", "value", "meaning", box=None)
    for name, value, meaning in describe(settings):
        table.add_row(name, value, meaning)
    Console().print(table)
    settings.refuse_insecure()
