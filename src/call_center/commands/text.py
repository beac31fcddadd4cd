"""`call-center text`: the language room from the shell, lines on stdin, one JSON object a line on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Lines on stdin, one JSON object a line on stdout. Example: echo '4 шини' | call-center text spoken",
)


def each_line(convert: Callable[[str], dict[str, Any]]) -> None:
    """Apply `convert` to every line of stdin; bytes that are not UTF-8 are replaced, nothing is lost."""
    for raw in sys.stdin.buffer:
        text = raw.decode("utf-8", "replace").rstrip("\r\n")
        sys.stdout.write(json.dumps(convert(text), ensure_ascii=False) + "\n")
        sys.stdout.flush()


@app.command()
def parse(
    slot: Annotated[str, typer.Option(help="slot that was asked, e.g. tyre_size, phone, time")] = "open",
) -> None:
    """Numbers and the slot's value: {"text", "numbers", "value"}."""
    from call_center.commands.text_understand import parse_line

    each_line(lambda text: parse_line(text, slot))


@app.command()
def match() -> None:
    """Closed vocabularies: {"text", "brand", "make", "model", "city"}."""
    from call_center.commands.text_understand import match_line

    each_line(match_line)


@app.command()
def spoken() -> None:
    """The words a synthesiser gets: {"text", "spoken"}."""
    from call_center.commands.text_spoken import spoken_line

    each_line(spoken_line)
