"""`call-center replay CALL|FOLDER --prompt V`: what a prompt version would change in real calls, before it is activated.

Exit 0: the model does what was done, at most in other words. 1: in some turn it calls other tools, asks for something
else or ends the call otherwise (with `--strict` also when it only says it otherwise). 2: nothing could be compared.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from call_center.errors import ConfigError

if TYPE_CHECKING:
    from call_center.agent.prompts import Book
    from call_center.agent.replay import Comparison, Summary
    from call_center.agent.replay.turns import Done
    from call_center.config import Settings
    from call_center.core.journal.events import Entry

JOURNAL = "journal"


def replay(
    what: Annotated[
        str,
        typer.Argument(
            metavar="CALL|FOLDER",
            help="call.json, spool file, a folder of them, or a call id of VAR_DIR/spool",
        ),
    ],
    *,
    prompt: Annotated[str, typer.Option("--prompt", help="version to try, a draft too (prompts list)")],
    against: Annotated[
        str, typer.Option(help="journal: what was really done; a version: replay that one as well")
    ] = JOURNAL,
    limit: Annotated[int, typer.Option(min=1, help="at most so many calls, the newest")] = 50,
    strict: Annotated[
        bool, typer.Option("--strict", help="exit 1 also when only the wording changes")
    ] = False,
    show_all: Annotated[
        bool, typer.Option("--all", help="print also turns in which nothing changes")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object instead of text")] = False,
) -> None:
    """Show which answers and tool calls of real calls a prompt version would change.

    Each turn is replayed as it really stood: the caller's words, the state of the call, the recorded tool results. A tool
    call that was not recorded ends its turn ("no result"). Nothing is sent to a shop or changed; the callers' words go to
    the model as in a call. Without ANTHROPIC_API_KEY the emulator answers, which shows the mechanism, not the prompt.
    """
    from call_center.agent.prompts import FOLDER, PromptStore
    from call_center.config import load_settings
    from call_center.logging import configure

    configure(level="error")
    settings = load_settings()
    book = PromptStore(settings.var_dir / FOLDER).read()
    for name in (prompt, against):
        if name != JOURNAL:
            book.get(name)
    calls, torn = _calls(what, settings, limit)
    emulated = not settings.anthropic.api_key.get_secret_value()
    found, summary = asyncio.run(_replay(calls, book, (prompt, against), settings, quiet=as_json))
    head = {
        "prompt": prompt,
        "against": against,
        "model": "emulator" if emulated else settings.anthropic.model,
    }
    if as_json:
        _print_json(head, found, summary, torn)
    else:
        _print_text(head, found, summary, torn, show_all=show_all)
    _exit(summary, strict=strict)


def _calls(what: str, settings: Settings, limit: int) -> tuple[list[tuple[Entry, ...]], int]:
    """The newest calls that have turns, oldest first."""
    from call_center.agent.prompts.journals import read_journals
    from call_center.agent.replay import turns_of

    path, spool = Path(what), settings.var_dir / "spool"
    journals = read_journals([path if path.exists() or not spool.is_dir() else spool])
    calls = journals.calls
    if not path.exists():
        calls = {call: entries for call, entries in calls.items() if call == what}
    usable = sorted((e for e in calls.values() if turns_of(e)), key=lambda entries: entries[-1].at)
    if not usable:
        raise ConfigError(
            f"{what}: no call with a caller's turn in it; give a call.json, a spool file or a folder"
        )
    return usable[-limit:], journals.torn


async def _replay(
    calls: Sequence[tuple[Entry, ...]], book: Book, names: tuple[str, str], settings: Settings, *, quiet: bool
) -> tuple[list[tuple[str, Comparison]], Summary]:
    from call_center.agent.replay import Replayer, compare, summarise
    from call_center.agent.settings import AgentSettings
    from call_center.commands.brains import BrainName, open_brain
    from call_center.understanding import load_catalogue

    hours = (settings.agent.operators_from, settings.agent.operators_to)
    persona = AgentSettings(name=settings.agent.name, shop=settings.agent.shop, operators=hours)
    found: list[tuple[str, Comparison]] = []
    async with open_brain(BrainName.CLAUDE, book) as brain:
        if brain is None:
            raise ConfigError("the Claude brain is not there")
        replayer = Replayer(brain, load_catalogue(), persona)
        for number, entries in enumerate(calls, 1):
            if not quiet:
                sys.stderr.write(f"  call {number} of {len(calls)}\n")
            new = [turn async for turn in replayer.call(entries, book.get(names[0]))]
            old = [turn.turn.done for turn in new]
            if names[1] != JOURNAL:
                old = [turn.done async for turn in replayer.call(entries, book.get(names[1]))]
            rows = [compare(turn, was) for turn, was in zip(new, old, strict=True)]
            found += [(entries[0].call_id, row) for row in rows]
    return found, summarise(len(calls), (row for _, row in found))


def _exit(summary: Summary, *, strict: bool) -> None:
    from call_center.agent.replay import Change

    if not summary.answered:
        why = (
            "no turn of these calls is the model's"
            if not summary.asked
            else "the model answered none of its turns"
        )
        raise ConfigError(f"nothing could be compared: {why}")
    changed = summary.changes[Change.BEHAVIOUR] + strict * summary.changes[Change.WORDING]
    raise typer.Exit(1 if changed else 0)


def _print_json(
    head: dict[str, str], found: Sequence[tuple[str, Comparison]], summary: Summary, torn: int
) -> None:
    rows = [{"call": call, **_row(row)} for call, row in found]
    totals = {
        "calls": summary.calls, "turns": summary.turns, "asked": summary.asked, **{c.value: n for c, n in summary.changes.items()},
        "no_result": summary.open_ended, "refused": summary.refused, "usd": round(summary.usd, 6), "torn_lines": torn,
    }  # fmt: skip
    sys.stdout.write(json.dumps({**head, "turns": rows, "summary": totals}, ensure_ascii=False) + "\n")


def _row(row: Comparison) -> dict[str, Any]:
    heard = row.replayed.turn.heard
    missing = row.replayed.missing
    return {
        "turn": heard.turn,
        "caller": heard.text or heard.keys,
        "change": row.change.value,
        "differs": list(row.differs),
        "no_result": {"tool": missing[0], "args": missing[1]} if missing else None,
        "was": _done(row.was),
        "now": _done(row.now),
    }


def _done(done: Done) -> dict[str, Any]:
    return {
        "by": done.owner, "why": done.why, "said": list(done.lines), "asks": done.asks,
        "tools": [{"tool": t.tool, "args": dict(t.args), "outcome": t.outcome} for t in done.tools],
        "ends": done.ends, "refused": list(done.refused), "usd": round(done.usd, 6),
    }  # fmt: skip


def _print_text(
    head: dict[str, str],
    found: Sequence[tuple[str, Comparison]],
    summary: Summary,
    torn: int,
    *,
    show_all: bool,
) -> None:
    from call_center.agent.replay import Change

    shown = {Change.BEHAVIOUR, Change.WORDING, Change.FALLBACK} | (set(Change) if show_all else set())
    call = ""
    for name, row in found:
        if row.change not in shown:
            continue
        if name != call:
            call = name
            sys.stdout.write(f"\ncall {call}\n")
        sys.stdout.write("\n".join(_lines(row)) + "\n")
    counts = summary.changes
    against = "what was done" if head["against"] == JOURNAL else f"version {head['against']}"
    sys.stdout.write(
        f"\n{head['prompt']} against {against}, {head['model']}: {summary.calls} calls, {summary.turns} turns,"
        f" {summary.asked} of them the model's\n"
        f"  behaviour changes {counts[Change.BEHAVIOUR]}, only words {counts[Change.WORDING]}, same {counts[Change.SAME]},"
        f" the model failed {counts[Change.FALLBACK]}\n"
        f"  ended at a tool call without a recorded result {summary.open_ended}, refused by code {summary.refused},"
        f" cost {summary.usd:.4f} USD\n"
    )
    if head["model"] == "emulator":
        sys.stdout.write("  no ANTHROPIC_API_KEY: the emulator does not read the prompt as a model would\n")
    if torn:
        sys.stdout.write(f"  {torn} lines were no journal entries\n")


def _lines(row: Comparison) -> list[str]:
    heard = row.replayed.turn.heard
    said = heard.text or (f"(keys) {heard.keys}" if heard.keys else "(silence)")
    what = f"{row.change.value}: {', '.join(row.differs)}" if row.differs else row.change.value
    made = [f"  turn {heard.turn}  {what}", f"    caller  {said}"]
    for name, done in (("was", row.was), ("now", row.now)):
        parts = [tool.text for tool in done.tools] + ([done.said] if done.said else [])
        parts += [f"[asks {done.asks}]"] if done.asks else []
        parts += ["[ends the call]"] if done.ends else []
        made.append(f"    {name:6}  {done.owner}: {' | '.join(parts) or '(nothing)'}")
    if row.replayed.missing:
        made.append(
            f"    {row.replayed.missing[0]} was not called so in this call: no result, the turn ends here"
        )
    made += [f"    refused {text}" for text in row.now.refused]
    return made
