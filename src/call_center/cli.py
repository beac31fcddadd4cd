"""`call-center ...` (also `python -m call_center`): one typer application, commands imported when they run.

Errors that this program raises on purpose end in one line on stderr and exit code 2 (wrong settings or input) or 1.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import typer
import typer.core
import typer.main

from call_center.errors import CallCenterError, ConfigError

# command -> (module, attribute, help); the module is imported only when the command runs or shows its help
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("call_center.commands.demo", "demo", "Place one whole spoken call on the embedded default."),
    "serve": ("call_center.commands.serve", "serve", "Answer calls: supervisor, audio workers, API."),
    "chat": ("call_center.commands.chat", "chat", "Talk to the agent in text, or drive it with JSON lines."),
    "simulate": ("call_center.commands.simulate", "simulate", "Play scenario files and judge their outcome."),
    "prompts": (
        "call_center.commands.prompts",
        "app",
        "Prompt versions of the Claude brain: draft, activate, roll back, experiment, outcomes.",
    ),
    "replay": (
        "call_center.commands.replay",
        "replay",
        "Show what a prompt version would change in real calls.",
    ),
    "call": ("call_center.commands.call", "call", "Ring any AudioSocket server with a synthetic caller."),
    "store": ("call_center.commands.store", "app", "Run the demo store; verify a shop's own Store API."),
    "doctor": (
        "call_center.commands.doctor",
        "doctor",
        "Say what is in use, what is missing and what to do.",
    ),
    "config": ("call_center.commands.config", "app", "Show every setting with its value and meaning."),
    "asterisk": ("call_center.commands.asterisk", "app", "Render the Asterisk configuration."),
    "text": ("call_center.commands.text", "app", "Parse, match or speak lines of text."),
}


class LazyCommands(typer.core.TyperGroup):
    """A group whose commands are imported by name."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, text = COMMANDS[cmd_name]
        found = getattr(importlib.import_module(module), attribute)
        if isinstance(found, typer.Typer):
            command = typer.main.get_command(found)
        else:
            single = typer.Typer(add_completion=False)
            single.command(name=cmd_name)(found)
            command = typer.main.get_command(single)
        command.name, command.short_help = cmd_name, text
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


app = typer.Typer(
    cls=LazyCommands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="A telephone agent for a tyre shop. Start with: call-center demo, call-center doctor, call-center serve.",
)


@app.callback()
def _root() -> None:
    """Accept commands."""


def run(arguments: list[str] | None = None) -> int:
    """Run one command line; returns the exit code."""
    try:
        app(arguments, prog_name="call-center")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except KeyboardInterrupt:
        return 130
    except ConfigError as error:
        sys.stderr.write(f"call-center: {error}\n")
        return 2
    except CallCenterError as error:
        sys.stderr.write(f"call-center: {error}\n")
        return 1
    return 0


def main() -> None:
    """Entry point of the `call-center` script."""
    sys.exit(run())


def serve_default() -> None:
    """Entry point of `python -m src.main`: `call-center serve` plus this process's arguments."""
    sys.exit(run(["serve", *sys.argv[1:]]))
