"""`call-center demo`: one whole spoken call on the embedded default, as a caller would live it.

Starts the system, rings it with a synthetic caller (RHVoice Anatol through a telephone band with line noise), shows the
dialogue live with the times of each turn, keeps the sound and the journal, and checks in the store that every option
the caller heard is true and that exactly the order wished is there. Exit 0 only then.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.console import Console

from call_center.core.journal.codec import to_json
from call_center.testing.caller.announce import announce
from call_center.testing.caller.heard import HeardText
from call_center.testing.caller.synthetic import CallReport, Keys, SyntheticCaller
from call_center.testing.caller.voice import AnatolVoice
from call_center.testing.demo.journal_tail import JournalTail
from call_center.testing.demo.person import Person
from call_center.testing.demo.screen import Screen, listener
from call_center.testing.demo.system import SECRET, DemoSystem, demo_system
from call_center.testing.demo.verdict import (
    changed_orders,
    fetch,
    lies,
    searched,
    told_options,
    told_sum,
    wrong_orders,
)
from call_center.testing.demo.wish import wish

CALLER = "+380990000001"


def demo(
    *,
    seed: Annotated[
        int,
        typer.Option(
            help="other car, city, name, order of answers, words, pauses, correction", min=1, max=100_000
        ),
    ] = 1,
    out: Annotated[Path, typer.Option(help="folder for call.wav, call.json and logs")] = Path("var/demo"),
) -> None:
    """Place one whole spoken call: winter tyres for a car, a question, the whole order with a correction, goodbye."""
    console = Console(soft_wrap=True)
    out.mkdir(parents=True, exist_ok=True)
    raise typer.Exit(asyncio.run(_demo(seed, out.absolute(), console)))


async def _demo(seed: int, out: Path, console: Console) -> int:
    began = time.monotonic()

    def progress(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.1f} s  {line}[/dim]", highlight=False)

    async with demo_system(out, progress) as system:
        person = Person(wish(seed, CALLER), seed)
        progress(f"ringing as {CALLER}, seed {seed}")
        report, tail = await _ring(system, person, seed, out, Screen(console))
        events = [entry.event for entry in tail.entries]
        (out / "call.json").write_text(
            json.dumps([to_json(entry) for entry in tail.entries], ensure_ascii=False, indent=1) + "\n"
        )
        options = told_options(events)
        false = lies(options, await fetch(system.store_url, system.store_key, searched(events)))
        orders = await changed_orders(system.store_test_url)
    _summary(console, report, out)
    wrong = wrong_orders(person, orders, told_sum(events))
    return _verdict(console, person, options, (false, wrong), orders)


async def _ring(
    system: DemoSystem, person: Person, seed: int, out: Path, screen: Screen
) -> tuple[CallReport, JournalTail]:
    call_id = uuid4()
    url = f"{system.api}/api/v1/telephony/announce"
    ticket, address = await announce(url, SECRET, CALLER, call_id=call_id)
    async with AnatolVoice() as voice:

        def decide(heard: str) -> str | Keys | None:
            reply = person.answer(heard)
            if reply is None:
                return None
            screen.said = reply.text or f"(keys) {reply.keys}"
            return Keys(reply.keys) if reply.keys else reply.text

        caller = SyntheticCaller(
            address, ticket, voice.speak, decide, wants_more=person.wants_more, seed=seed
        )
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


def _verdict(
    console: Console,
    person: Person,
    options: list[tuple[str, int]],
    found: tuple[list[str], list[str]],
    orders: list[dict[str, Any]],
) -> int:
    false, wrong = found
    failures = (
        (not options, "the caller heard no option with a price"),
        (bool(false), f"the store does not have: {'; '.join(false)}"),
        (bool(wrong), f"the order is not the one wished: {'; '.join(wrong)}"),
        (not person.done, "the call did not come to its end"),
    )
    for failed, why in failures:
        if failed:
            console.print(f"[red]FAILED[/red]: {why}", highlight=False)
            return 1
    order = next(order for order in orders if order["status"] == "confirmed")
    console.print(
        f"[green]OK[/green]: {len(options)} prices were heard and all are the store's; order {order['order_number']}"
        f" is exactly what was wished: {order['items_summary']}, {order['total']:.0f} UAH",
        highlight=False,
    )
    return 0
