"""`call-center text`: the language rooms from the shell; each command imports only its own room."""

from __future__ import annotations

import typer

from call_center.commands.text_spoken import text_spoken
from call_center.commands.text_understand import match, parse

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Lines on stdin, one JSON object a line on stdout. Example: echo '4 шини' | call-center text spoken",
)
app.command("parse")(parse)
app.command("match")(match)
app.command("spoken")(text_spoken)
