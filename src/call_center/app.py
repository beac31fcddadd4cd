"""The composition root: the only place that wires rooms together.

`python -m call_center.app worker|api ...` are the child processes of `serve`; `serve_plan` says which children a
configuration needs. A child gets its settings from the environment, where the supervisor put generated secrets.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from call_center.agent.phrases.session import SESSION_PHRASES
from call_center.config import Engines, Settings, load_settings
from call_center.core.call_settings import SessionPhrases
from call_center.core.ports import Ears, Voice
from call_center.errors import CallCenterError, ConfigError, VoiceError
from call_center.logging import configure, get_logger
from call_center.processes.worker import Parts, Worker, WorkerSettings
from call_center.testing.scripted import BROWSING, ScriptedConversation, ScriptedEars, ScriptedVoice

log = get_logger(__name__)
NAMES = 12  # people, first and last, in the prompt of the question for a name
WISHES = 10  # cars in the prompt of the open question: more make it no better


def session_phrases() -> SessionPhrases:
    """The lines a session speaks by itself, in the agent's wording."""
    lines = SESSION_PHRASES
    return SessionPhrases(wait=lines.hold, late=lines.deadline, failed=lines.apology, handover=lines.transfer)


def prompts() -> Mapping[str, str]:
    """Words that help the recogniser at each dialogue step, from the catalogue's spoken names."""
    from call_center.stt.prompts import step_prompts
    from call_center.understanding import load_catalogue
    from call_center.understanding.people import FIRST, LAST

    catalogue = load_catalogue()

    def spoken(names: Iterable[Sequence[str]]) -> list[str]:
        return [aliases[0].capitalize() for aliases in names if aliases]

    popular = sorted(catalogue.models.values(), key=lambda model: -model.popularity)
    return step_prompts(
        brands=spoken(catalogue.brands.values()),
        makes=spoken(catalogue.makes.values()),
        models=spoken(
            model.aliases for model in sorted(catalogue.models.values(), key=lambda m: -m.popularity)
        ),
        cities=list(catalogue.cities),
        wishes=[
            f"{catalogue.makes[model.make][0].capitalize()} {model.aliases[0].capitalize()}"
            for model in popular[:WISHES]
            if catalogue.makes.get(model.make) and model.aliases
        ],
        people=[f"{first} {last}" for first, last in zip(FIRST[:NAMES], LAST, strict=False)],
    )


@contextlib.asynccontextmanager
async def compose(engines: Engines, settings: Settings, ears_socket: Path | None) -> AsyncIterator[Parts]:
    """The parts of a worker for one set of engines; closed when the block ends."""
    if engines is Engines.SCRIPTED:
        yield Parts(
            ScriptedEars(), ScriptedVoice(), session_phrases(), lambda info, journal: ScriptedConversation()
        )
        return
    async with contextlib.AsyncExitStack() as stack:
        ears: Ears = ScriptedEars(BROWSING, again=True)
        voice: Voice = ScriptedVoice()
        from call_center.agent.build import build_conversation

        converse, fixed = await stack.enter_async_context(build_conversation(settings))
        if engines is Engines.EMBEDDED:
            from call_center.stt.client import WhisperEars
            from call_center.tts import kept_speech
            from call_center.tts.cache import SpeechCache
            from call_center.tts.espeak import EspeakEngine
            from call_center.tts.install import cache_dir
            from call_center.tts.rhvoice import RHVoiceEngine
            from call_center.tts.speaking import SpeakingVoice

            if ears_socket is None:
                raise ConfigError("the embedded engines need the recogniser's socket")
            recogniser = WhisperEars(ears_socket, prompts())
            stack.callback(recogniser.close)
            await recogniser.ready()
            ears = recogniser
            cache = SpeechCache(settings.tts.cache_mb << 20)
            kept_at = cache_dir() / "speech"
            kept = kept_speech.load(cache, kept_at)
            engine = RHVoiceEngine()
            speaking = SpeakingVoice([engine, EspeakEngine()], voice=settings.tts.voice, cache=cache)
            stack.push_async_callback(speaking.close)
            await speaking.prerender([*SESSION_PHRASES.all(), *fixed])
            with contextlib.suppress(VoiceError, ConfigError):  # else its fallback speaks, as it did just now
                async for _ in engine.synthesise("так", settings.tts.voice, 8_000, 1.0):
                    pass  # no phrase had to be rendered: the first sentence must not wait for the engine's start
            if len(cache) > kept:
                with contextlib.suppress(OSError):  # the next worker renders them again
                    await asyncio.to_thread(kept_speech.save, cache, kept_at)
            voice = speaking
        yield Parts(ears, voice, session_phrases(), converse)


async def run_worker(settings: WorkerSettings, engines: Engines, control: Path, ears: Path | None) -> None:
    """One audio worker until it is drained."""
    async with compose(engines, load_settings(), ears) as parts:
        worker = Worker(settings, parts)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.drain)
        gc.collect()
        gc.freeze()  # what exists now lives as long as the process: the collector need not walk it in a call
        await worker.run(control)


@dataclass(frozen=True, slots=True)
class Children:
    """Command lines of everything the supervisor runs; a worker's port comes with its slot."""

    worker: list[str]
    ports: list[int]
    others: dict[str, list[str]]


def children(settings: Settings, engines: Engines, runtime: Path, *, open_door: bool) -> Children:
    """Which processes this configuration needs; `runtime` is the folder of the sockets."""
    this = [sys.executable, "-m", "call_center.app"]
    control, ears = runtime / "control.sock", runtime / "ears.sock"
    common = ["--control", str(control), "--engines", engines.value]
    worker = [*this, "worker", *common]
    worker += ["--ears", str(ears)] if engines is Engines.EMBEDDED else []
    worker += ["--open-door"] if open_door else []
    ports = [settings.audio.port + index for index in range(settings.audio.workers)]
    others = {"api": [*this, "api", "--control", str(control)]}
    if engines is Engines.EMBEDDED:
        others["recogniser"] = [sys.executable, "-m", "call_center.stt.server", "--socket", str(ears)]
    return Children(worker, ports, others)


def port_problem(host: str, port: int) -> str | None:
    """Why a port cannot be listened on, or None."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return f"{host}:{port} cannot be listened on ({error.strerror})"
    return None


def main() -> int:
    """Entry point of the child processes."""
    parser = argparse.ArgumentParser(prog="python -m call_center.app", description=__doc__)
    parser.add_argument("kind", choices=["worker", "api"])
    parser.add_argument("--control", type=Path, required=True)
    parser.add_argument("--engines", type=Engines, default=Engines.EMBEDDED)
    parser.add_argument("--ears", type=Path)
    parser.add_argument("--open-door", action="store_true")
    given = parser.parse_args()
    settings = load_settings()
    configure(
        settings.log.level,
        settings.log.format,
        given.kind if given.kind == "api" else f"worker-{os.getpid()}",
    )
    try:
        if given.kind == "api":
            from call_center.processes.api_process import run_api

            uvloop.run(run_api(settings, given.control))
        else:
            worker = WorkerSettings(
                host=settings.audio.host,
                advertise=settings.audio.advertise_host,
                max_calls=settings.audio.max_calls,
                spool_dir=settings.var_dir / "spool",
                open_door=given.open_door,
                redis_url=settings.redis_url.get_secret_value(),
                clock=settings.clock,
            )
            uvloop.run(run_worker(worker, given.engines, given.control, given.ears))
    except CallCenterError as error:
        log.error("cannot go on", error=str(error))
        return 1
    except (KeyboardInterrupt, ConnectionError, FileNotFoundError) as error:
        log.error("ended", error=repr(error), pid=os.getpid())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
