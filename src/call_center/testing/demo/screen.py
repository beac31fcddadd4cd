"""The demo on the screen: the dialogue as it happens, read from the call's own journal, with the times of each turn."""

from __future__ import annotations

import json
from collections.abc import Callable

from rich.console import Console

from call_center.core.journal.events import (
    CallerSaid,
    Ended,
    Entry,
    Event,
    Interrupted,
    Refused,
    Speaking,
    ToolAnswered,
    ToolIntended,
    TransferRequested,
    TurnTimed,
)
from call_center.stt.gates import words


class Screen:
    """Prints events of one call."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._start: float | None = None
        self._args: dict[int, str] = {}
        self.said = ""  # the words the caller really spoke in the turn that is being recognised

    def show(self, entry: Entry) -> None:
        """Print what a person wants to see of one entry."""
        self._start = self._start or entry.at
        line = self._line(entry.event)
        if line:
            self._console.print(f"[dim]{entry.at - self._start:6.2f}[/dim]  {line}", highlight=False)

    def _line(self, event: Event) -> str:
        match event:
            case CallerSaid():
                heard = event.text or f"[red](nothing: {event.rejected})[/red]"
                exact = words(event.text) == words(self.said)
                return f"[cyan]caller[/cyan]  {self.said}" + (
                    "" if exact else f"\n{'':8}[dim]heard as:[/dim] {heard}"
                )
            case Speaking():
                return f"[green]Олена[/green]   {event.text}"
            case ToolIntended():
                self._args[event.intent] = json.dumps(event.args, ensure_ascii=False)
                return ""
            case ToolAnswered():
                outcome = "ok" if event.ok else f"[red]{event.error}[/red]"
                return f"[yellow]tool[/yellow]    {event.tool} {self._args.get(event.intent, '')} {outcome}, {event.ms:.0f} ms"
            case TurnTimed():
                return (
                    f"[dim]        end of speech to first audio {event.total_ms:.0f} ms: end of turn"
                    f" {event.endpoint_ms:.0f} (recogniser {event.stt_ms:.0f} of it), agent {event.brain_ms:.0f},"
                    f" voice {event.tts_ms:.0f}; question: {event.question}[/dim]"
                )
            case Interrupted():
                return "[magenta]caller interrupts[/magenta]"
            case Refused():
                return f"[red]refused[/red] {event.rule}: {event.reason}"
            case TransferRequested():
                return f"[magenta]to an operator[/magenta]: {event.reason}"
            case Ended():
                return f"[dim]call ended: {event.reason}[/dim]"
        return ""


def listener(screen: Screen, *others: Callable[[Event], None]) -> Callable[[Entry], None]:
    """One listener that shows an entry and hands its event to others."""

    def take(entry: Entry) -> None:
        screen.show(entry)
        for other in others:
            other(entry.event)

    return take
