"""`call-center call`: ring any AudioSocket server with a synthetic caller and measure how soon it answers.

The caller waits for the agent's greeting to end, says each `--say` or `--wav` in order, hears the answer out, hangs up.
Latency is last loud frame sent to first loud frame received, at this side's socket. Exit 1 when the agent was not heard.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer

from call_center.errors import ConfigError
from call_center.testing.caller.announce import announce
from call_center.testing.caller.connection import parse_address
from call_center.testing.caller.recording import read_wav
from call_center.testing.caller.synthetic import CallReport, Manner, SyntheticCaller
from call_center.testing.caller.voice import AnatolVoice


def call(
    *,
    to: Annotated[
        str, typer.Option(help="HOST:PORT of an AudioSocket server; from --announce otherwise")
    ] = "",
    ticket: Annotated[str, typer.Option(help="UUID to show; a random one otherwise (--open-door)")] = "",
    announce_url: Annotated[str, typer.Option("--announce", help="URL that gives ticket and address")] = "",
    secret: Annotated[str, typer.Option(help="TELEPHONY_SECRET, with --announce")] = "",
    caller: Annotated[str, typer.Option(help="caller number to announce")] = "+380990000001",
    say: Annotated[list[str] | None, typer.Option(help="words to say; may be repeated")] = None,
    wav: Annotated[
        list[Path] | None, typer.Option(help="16-bit WAV to play; may be repeated, after --say")
    ] = None,
    record: Annotated[Path | None, typer.Option(help="stereo WAV to write: caller left, agent right")] = None,
    noise: Annotated[float, typer.Option(help="line noise, dBFS", min=-120, max=-20)] = -58.0,
    patience: Annotated[
        float, typer.Option(help="seconds to wait for a word of the agent", min=1, max=120)
    ] = 15.0,
    seed: Annotated[int, typer.Option(help="seed of noise and pauses")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object instead of lines")] = False,
) -> None:
    """Ring an AudioSocket server, speak, listen and report the latency of every turn."""
    words: list[tuple[str, bytes | None]] = [(text, None) for text in say or []]
    words += [(path.name, read_wav(path)) for path in wav or []]
    if not to and not announce_url:
        raise ConfigError("say where to call: --to HOST:PORT, or --announce URL with --secret")
    manner = Manner(noise_db=noise, patience_s=patience)

    async def place() -> CallReport:
        uuid, address = _ticket(ticket), parse_address(to) if to else None
        if announce_url:
            uuid, given = await announce(announce_url, secret, caller)
            address = address or given
        if address is None:
            raise ConfigError("say where to call: --to HOST:PORT")
        return await _place(address, uuid, words, manner, seed=seed, record=record)

    report = asyncio.run(place())
    _print(report, as_json=as_json)
    if report.first_audio_ms is None or any(turn.answered_at is None for turn in report.turns):
        raise typer.Exit(1)


def _ticket(text: str) -> UUID:
    try:
        return UUID(text) if text else uuid4()
    except ValueError:
        raise ConfigError(f"--ticket {text!r} is no UUID; leave it out for a random one") from None


async def _place(
    address: tuple[str, int],
    ticket: UUID,
    words: list[tuple[str, bytes | None]],
    manner: Manner,
    *,
    seed: int,
    record: Path | None,
) -> CallReport:
    """One call that says `words` in order; those without PCM are spoken."""
    async with AnatolVoice() as voice:
        texts = [text for text, pcm in words if pcm is None]
        rendered = dict(zip(texts, [await voice.speak(text) for text in texts], strict=True))
        audio = [(text, rendered[text] if pcm is None else pcm) for text, pcm in words]
        pcm_of = dict(audio)

        async def speak(text: str) -> bytes:
            return pcm_of[text]

        talker = SyntheticCaller(
            address, ticket, speak, _in_order([text for text, _ in audio]), manner=manner, seed=seed
        )
        return await talker.run(record)


def _in_order(texts: list[str]) -> Callable[[str], str | None]:
    remaining = iter(texts)
    return lambda heard: next(remaining, None)


def _print(report: CallReport, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False) + "\n")
        return
    first = report.first_audio_ms
    sys.stdout.write(f"first audio  {'never' if first is None else f'{first:.0f} ms'}\n")
    for turn in report.turns:
        latency = turn.latency_ms
        sys.stdout.write(f"{'no answer' if latency is None else f'{latency:6.0f} ms':>10}  {turn.text}\n")
    sys.stdout.write(f"ended by {report.ended}\n")
