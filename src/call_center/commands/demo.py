"""`call-center demo`: one whole spoken call on the embedded default, as a caller would live it.

Starts the system, rings it with a synthetic caller (RHVoice Anatol through a telephone band with line noise), shows the
dialogue live with the times of each turn, keeps the sound and the journal, and checks in the store that every option
the caller heard is true. Exit 0 only then.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from rich.console import Console

from call_center.core.journal.codec import to_json
from call_center.testing.caller.announce import announce
from call_center.testing.caller.heard import HeardText
from call_center.testing.caller.synthetic import CallReport, SyntheticCaller
from call_center.testing.caller.voice import AnatolVoice
from call_center.testing.demo.journal_tail import JournalTail
from call_center.testing.demo.person import Person
from call_center.testing.demo.screen import Screen, listener
from call_center.testing.demo.system import SECRET, DemoSystem, demo_system
from call_center.testing.demo.verdict import fetch, lies, searched, told_options

CALLER = "+380990000001"


def demo(
    *,
    seed: Annotated[int, typer.Option(help="other car, city, words and pauses", min=1, max=100_000)] = 1,
    out: Annotated[Path, typer.Option(help="folder for call.wav, call.json and logs")] = Path("var/demo"),
) -> None:
    """Place one whole spoken call: selection of winter tyres for a car, one follow-up, goodbye."""
    console = Console(soft_wrap=True)
    out.mkdir(parents=True, exist_ok=True)
    raise typer.Exit(asyncio.run(_demo(seed, out.absolute(), console)))


async def _demo(seed: int, out: Path, console: Console) -> int:
    began = time.monotonic()

    def progress(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.1f} s  {line}[/dim]", highlight=False)

    async with demo_system(out, progress) as system:
        person = Person(seed)
        progress(f"ringing as {CALLER}, seed {seed}")
        report, tail = await _ring(system, person, seed, out, Screen(console))
        events = [entry.event for entry in tail.entries]
        (out / "call.json").write_text(
            json.dumps([to_json(entry) for entry in tail.entries], ensure_ascii=False, indent=1) + "\n"
        )
        options = told_options(events)
        wrong = lies(options, await fetch(system.store_url, system.store_key, searched(events)))
    _summary(console, report, out)
    return _verdict(console, person, options, wrong)


async def _ring(
    system: DemoSystem, person: Person, seed: int, out: Path, screen: Screen
) -> tuple[CallReport, JournalTail]:
    call_id = uuid4()
    url = f"{system.api}/api/v1/telephony/announce"
    ticket, address = await announce(url, SECRET, CALLER, call_id=call_id)
    async with AnatolVoice() as voice:

        def decide(heard: str) -> str | None:
            screen.said = person.answer(heard) or ""
            return screen.said or None

        caller = SyntheticCaller(address, ticket, voice.speak, decide, seed=seed)
        heard = HeardText(lambda: caller.leg.ear.loud_frames)
        caller.what_was_heard = heard.take
        tail = JournalTail(system.spool, str(call_id), listener(screen, heard.on_event))
        following = asyncio.create_task(tail.follow())
        try:
            report = await caller.run(out / "call.wav")
            await asyncio.sleep(0.5)  # the last lines of the journal are on their way to the disk
        finally:
            following.cancel()
        tail.poll()
    return report, tail


def _summary(console: Console, report: CallReport, out: Path) -> None:
    first = report.first_audio_ms
    answered = sorted(turn.latency_ms for turn in report.turns if turn.latency_ms is not None)
    console.print()
    if first is not None and answered:
        console.print(
            f"at the caller's ear: connect to first sound {first:.0f} ms; end of speech to answer,"
            f" median {answered[len(answered) // 2]:.0f} ms, worst {answered[-1]:.0f} ms over {len(answered)} turns"
        )
    console.print(f"sound: {out / 'call.wav'} (caller left, agent right)   journal: {out / 'call.json'}")


def _verdict(console: Console, person: Person, options: list[tuple[str, int]], wrong: list[str]) -> int:
    if not options:
        console.print("[red]FAILED[/red]: the caller heard no option with a price")
        return 1
    if wrong:
        console.print(f"[red]FAILED[/red]: the store does not have: {'; '.join(wrong)}")
        return 1
    if not person.done:
        console.print("[red]FAILED[/red]: the call did not come to its end")
        return 1
    console.print(f"[green]OK[/green]: {len(options)} options with prices were heard and all are the store's")
    return 0
