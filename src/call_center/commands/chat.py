"""`call-center chat`: the same agent in text, for a person at a terminal or for a program (`--json`).

With `--json` stdout carries one JSON object a line and nothing else; a line of stdin that cannot be used is answered
with an `error` event and the chat goes on. Without `--store` the demo store runs inside this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from call_center.commands.brains import BrainName, open_brain
from call_center.errors import ConfigError
from call_center.telephony.announce import normalise_number

if TYPE_CHECKING:
    from demo_store.server import DemoStore

KEYS = re.compile(r"[0-9*#]{1,32}")
MAX_LINE = 64_000  # characters; a longer line is refused


def chat(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines in and out, for programs")] = False,
    caller: Annotated[
        str | None, typer.Option(help="caller's number as a trunk writes it; none: hidden")
    ] = None,
    store: Annotated[
        str | None, typer.Option(help="URL of the Store API, its key in STORE_API_KEY; none: the demo store")
    ] = None,
    now: Annotated[str | None, typer.Option(help="ISO 8601 time at which the call begins")] = None,
    brain: Annotated[
        BrainName, typer.Option(help="who answers; claude without a key: the emulator")
    ] = BrainName.OFFLINE,
    prompt: Annotated[
        str | None,
        typer.Option(help="prompt version for --brain claude, a draft too; none: the built-in one"),
    ] = None,
) -> None:
    """Talk to the agent in text."""
    number = normalise_number(caller)
    if caller is not None and number is None:
        raise ConfigError(f"--caller {caller} is no number: give it as +380990001234")
    if prompt is not None and brain is not BrainName.CLAUDE:
        raise ConfigError("--prompt is for --brain claude: the built-in brain has no prompt")
    moment = _moment(now)
    from call_center.logging import configure

    configure(level="error")
    with contextlib.suppress(BrokenPipeError):
        asyncio.run(_chat(as_json, number, store, (moment, now), (brain, prompt)))


def _moment(now: str | None) -> datetime | None:
    if now is None:
        return None
    try:
        moment = datetime.fromisoformat(now)
    except ValueError:
        raise ConfigError(f"--now {now} is no ISO 8601 time: give it as 2026-11-23T10:30:00+02:00") from None
    return moment if moment.tzinfo else moment.astimezone()


def _clock(moment: datetime | None) -> Callable[[], float]:
    if moment is None:
        return time.time
    began, zero = moment.timestamp(), time.monotonic()
    return lambda: began + time.monotonic() - zero


async def _chat(
    as_json: bool,
    caller: str | None,
    store: str | None,
    when: tuple[datetime | None, str | None],
    answering: tuple[BrainName, str | None],
) -> None:
    import uuid

    from call_center.agent.journal import MemoryJournal
    from call_center.agent.prompts import FOLDER, PromptStore
    from call_center.agent.runtime import AgentRuntime, AgentSettings
    from call_center.agent.store_shop import StoreShop
    from call_center.agent.text_call import TextCall
    from call_center.config import load_settings
    from call_center.store_client.client import StoreClient
    from call_center.understanding import load_catalogue

    moment, now = when
    settings = load_settings()
    name, prompt = answering
    book = PromptStore(settings.var_dir / FOLDER).read() if prompt is not None else None
    clock = _clock(moment)
    async with contextlib.AsyncExitStack() as stack:
        url, key = await stack.enter_async_context(open_shop(store or settings.store_api.url, now))
        client = await stack.enter_async_context(StoreClient(url, key))
        journal = MemoryJournal(str(uuid.uuid4()), clock)
        hours = (settings.agent.operators_from, settings.agent.operators_to)
        persona = AgentSettings(name=settings.agent.name, shop=settings.agent.shop, operators=hours)
        if book is not None and prompt is not None:
            journal.append(book.get(prompt).record())
        brain = await stack.enter_async_context(open_brain(name, book))
        agent = AgentRuntime(journal, load_catalogue(), StoreShop(client), persona, clock=clock, brain=brain)
        call = TextCall(journal, agent, _spoken(), caller)
        tell = _tell_json if as_json else _teller(settings.agent.name)
        async for event in call.begin():
            tell(event)
        while not call.ended:
            line = await asyncio.to_thread(sys.stdin.buffer.readline)
            async for event in _answer(call, line, as_json):
                tell(event)


@contextlib.asynccontextmanager
async def open_shop(url: str, now: str | None) -> AsyncIterator[tuple[str, str]]:
    """The shop's URL and key; starts the demo store when there is none."""
    if url:
        key = os.environ.get("STORE_API_KEY", "")
        if not key:
            raise ConfigError("STORE_API_KEY is empty: set the key of the store at --store")
        yield url, key
        return
    async with open_demo_store(now) as store:
        yield store.url, store.key


@contextlib.asynccontextmanager
async def open_demo_store(now: str | None, *, test_port: bool = False) -> AsyncIterator[DemoStore]:
    """The demo store inside this process, with its test port if asked."""
    from demo_store.command import options_of
    from demo_store.errors import StartError
    from demo_store.server import serve

    ready: asyncio.Future[DemoStore] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    moment = now or datetime.now().astimezone().isoformat()
    options = options_of(now=moment, test_port=0 if test_port else None)
    serving = asyncio.create_task(serve(options, stop, ready.set_result), name="demo-store")
    try:
        serving.add_done_callback(lambda _: ready.done() or ready.cancel())
        await asyncio.wait([ready])
        if ready.cancelled():
            await serving  # raises why the store did not start
        yield ready.result()
    except StartError as error:
        raise ConfigError(str(error)) from error
    finally:
        stop.set()
        await asyncio.gather(serving, return_exceptions=True)


def _spoken() -> Callable[[str], str]:
    from call_center.tts.spoken.normaliser import spoken

    return spoken


async def _answer(call: Any, line: bytes, as_json: bool) -> AsyncIterator[dict[str, Any]]:
    """Events of one line of input; the end of input is the caller hanging up."""
    if not line:
        yield await call.hang_up()
        return
    text = line.decode("utf-8", "replace").strip()
    try:
        said = _read(text) if as_json else {"say": text}
    except ValueError as error:
        yield {"event": "error", "message": str(error)}
        return
    if "hangup" in said:
        yield await call.hang_up()
    elif "dtmf" in said:
        async for event in call.press(said["dtmf"]):
            yield event
    else:
        async for event in call.say(said["say"]):
            yield event


def _read(text: str) -> dict[str, Any]:
    """One input object; raises ValueError that says what is accepted."""
    if len(text) > MAX_LINE:
        raise ValueError(f"line of {len(text)} characters: at most {MAX_LINE}")
    try:
        said = json.loads(text)
    except ValueError:
        raise ValueError('not JSON: send {"say": "..."}, {"dtmf": "1"} or {"hangup": true}') from None
    if not isinstance(said, dict) or len(said) != 1:
        raise ValueError('send one of {"say": "..."}, {"dtmf": "1"}, {"hangup": true}')
    if isinstance(said.get("say"), str) or said.get("hangup") is True:
        return said
    if isinstance(said.get("dtmf"), str) and KEYS.fullmatch(said["dtmf"]):
        return said
    raise ValueError('"say" takes a text, "dtmf" 1 to 32 of 0-9*#, "hangup" true')


def _tell_json(event: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _teller(name: str) -> Callable[[dict[str, Any]], None]:
    def tell(event: dict[str, Any]) -> None:
        match event["event"]:
            case "agent":
                text = f"{name}: {event['text']}\n"
            case "tool":
                text = f"  [{event['name']} {'так' if event['ok'] else 'ні'}]\n"
            case "transfer":
                text = f"  [оператору: {event['reason']}]\n{event['summary']}\n"
            case "ended":
                text = f"  [кінець: {event['reason']}]\n"
            case "error":
                text = f"  [{event['message']}]\n"
            case _:
                text = "> "
        sys.stdout.write(text)
        sys.stdout.flush()

    return tell
