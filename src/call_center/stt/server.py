"""The recogniser's process: `python -m call_center.stt.server --socket PATH`.

One thread decodes, the asyncio loop talks. The socket is created (mode 0600) only when the model is loaded and has
decoded once, so a connection means ready. A client that breaks the framing is disconnected, nobody else notices. An
exception in a decode answers `failed`. SIGTERM and SIGINT end it at once; requests in work are lost, clients report
them as failed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import signal
import socket
import stat
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import cast

from call_center.config import load_settings
from call_center.errors import ConfigError, ProtocolError
from call_center.logging import configure, get_logger
from call_center.stt.install import ensure_model
from call_center.stt.jobs import Job, JobQueue
from call_center.stt.whisper import Transcript, Whisper
from call_center.stt.wire import Cancel, Decode, Reader, Result, encode

Transcribe = Callable[[bytes, int, str], Transcript]
MAX_UNSENT = 1 << 20
"""Bytes of answers a client may leave unread before it is taken for dead."""

_log = get_logger(__name__)


class Decoder:
    """The decode thread and its queue. `answer` is called on the thread, for every job that is not cancelled."""

    def __init__(self, transcribe: Transcribe, answer: Callable[[Job, Transcript], None], limit: int) -> None:
        self._transcribe = transcribe
        self._answer = answer
        self._queue = JobQueue(limit)
        self._wake = threading.Condition()
        self._stopping = False
        self._recent: OrderedDict[bytes, Transcript] = OrderedDict()
        self._thread = threading.Thread(target=self._run, name="decode", daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """Waiting jobs."""
        return len(self._queue)

    def put(self, job: Job) -> None:
        """Queue a job; one that finds no room is answered `overload`."""
        with self._wake:
            dropped = self._queue.put(job)
            self._wake.notify()
        if dropped:
            self._answer(dropped, Transcript("", 0.0, "overload", 0.0))

    def cancel(self, client: int, stream: int | None = None) -> None:
        """Forget the waiting jobs of a client, or of one of its streams."""
        with self._wake:
            if stream is None:
                self._queue.cancel_client(client)
            else:
                self._queue.cancel(client, stream)

    def stop(self) -> None:
        """End after the decode in work."""
        with self._wake:
            self._stopping = True
            self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not len(self._queue) and not self._stopping:
                    self._wake.wait()
                if self._stopping:
                    return
                job, late = self._queue.take(time.monotonic())
            for missed in late:
                self._answer(missed, Transcript("", 0.0, "overload", 0.0))
            if job:
                self._answer(job, self._decode(job))

    def _decode(self, job: Job) -> Transcript:
        """Decode, or repeat the answer when the very same audio was just decoded."""
        key = blake2b(job.pcm).digest() + f"{job.rate} {job.prompt}".encode()
        if known := self._recent.get(key):
            return known
        try:
            transcript = self._transcribe(job.pcm, job.rate, job.prompt)
        except Exception as error:  # whatever one utterance does to the engine, the others go on
            _log.exception("decode_failed", samples=len(job.pcm) // 2, error=type(error).__name__)
            return Transcript("", 0.0, "failed", 0.0)
        self._recent[key] = transcript
        if len(self._recent) > 32:
            self._recent.popitem(last=False)
        return transcript


class Connection(asyncio.Protocol):
    """One worker's connection."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._reader = Reader()
        self._transport: asyncio.Transport | None = None
        self.client = next(server.clients)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        self._server.connections[self.client] = self

    def data_received(self, data: bytes) -> None:
        """Take requests; a broken frame ends the connection."""
        try:
            for message in self._reader.feed(data):
                if isinstance(message, Decode):
                    self._server.request(self.client, message)
                elif isinstance(message, Cancel):
                    self._server.decoder.cancel(self.client, message.stream)
                else:
                    raise ProtocolError("a client sent a result")
        except ProtocolError as error:
            _log.warning("client_dropped", error=str(error))
            self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget its jobs."""
        self._transport = None
        self._server.connections.pop(self.client, None)
        self._server.decoder.cancel(self.client)

    def send(self, result: Result) -> None:
        """Answer, unless the client stopped reading."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > MAX_UNSENT:
            _log.warning("client_dropped", error="does not read its answers")
            self.drop()
            return
        self._transport.write(encode(result))

    def drop(self) -> None:
        """Close at once."""
        if self._transport:
            self._transport.abort()


class Server:
    """Joins connections and the decode thread. Lives on the running loop."""

    def __init__(self, transcribe: Transcribe, limit: int = 64) -> None:
        self._loop = asyncio.get_running_loop()
        self.clients = itertools.count(1)
        self.connections: dict[int, Connection] = {}
        self.decoder = Decoder(transcribe, self._decoded, limit)

    def request(self, client: int, message: Decode) -> None:
        """Queue a request."""
        self.decoder.put(
            Job(
                client=client,
                stream=message.stream,
                request=message.request,
                deadline=time.monotonic() + message.slack_ms / 1000.0,
                speculative=message.speculative,
                rate=message.rate,
                prompt=message.prompt,
                pcm=message.pcm,
            )
        )

    def _decoded(self, job: Job, transcript: Transcript) -> None:
        try:
            self._loop.call_soon_threadsafe(self._deliver, job, transcript)
        except RuntimeError:
            return  # the loop closed while the last decode ran

    def _deliver(self, job: Job, transcript: Transcript) -> None:
        if connection := self.connections.get(job.client):
            connection.send(
                Result(
                    stream=job.stream,
                    request=job.request,
                    text=transcript.text,
                    confidence=transcript.confidence,
                    rejected=transcript.rejected,
                    decode_ms=transcript.decode_ms,
                    depth=self.decoder.depth,
                )
            )


async def listen(path: Path, transcribe: Transcribe, limit: int = 64) -> tuple[asyncio.Server, Server]:
    """Serve on a Unix socket (0600). Raises `ConfigError` when the path cannot be used."""
    if len(os.fsencode(path)) > 100:
        raise ConfigError(f"The socket path {path} is longer than 100 bytes; choose a shorter one")
    _remove_stale(path)
    server = Server(transcribe, limit)
    mask = os.umask(0o177)  # the socket must never exist with wider rights
    try:
        listening = await asyncio.get_running_loop().create_unix_server(
            lambda: Connection(server), path=str(path)
        )
    except OSError as error:
        raise ConfigError(
            f"Cannot create the socket {path} ({error.strerror}); choose another --socket"
        ) from error
    finally:
        os.umask(mask)
    return listening, server


def _remove_stale(path: Path) -> None:
    """Remove the socket of a process that died; refuse the path when one answers there or it is no socket."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if not stat.S_ISSOCK(mode):
        raise ConfigError(f"{path} exists and is no socket; choose another --socket")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise ConfigError(f"A recogniser already serves on {path}; stop it or choose another --socket")


async def serve(path: Path, transcribe: Transcribe) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    listening, server = await listen(path, transcribe)
    _log.info("recogniser_ready", socket=str(path), pid=os.getpid())
    try:
        await stop.wait()
    finally:
        listening.close()  # also removes the socket (3.13); before, the next line does
        server.decoder.stop()
        for connection in list(server.connections.values()):
            connection.drop()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(description="Offline speech recognition behind a Unix socket.")
    parser.add_argument("--socket", type=Path, required=True, help="path of the Unix socket to serve on")
    parser.add_argument("--model", type=Path, help="folder of a CTranslate2 Whisper (STT_MODEL_DIR)")
    parser.add_argument("--copy", type=Path, help="folder with a copy of the pinned weights, tried first")
    parser.add_argument("--threads", type=int, default=1, choices=range(1, 9), help="threads of one decode")
    options = parser.parse_args(arguments)
    try:
        settings = load_settings()
        configure(settings.log.level, settings.log.format, "recogniser")
        own = options.model or settings.stt.model_dir
        folder = ensure_model(_log.info, own, options.copy)
        whisper = Whisper(folder, options.threads)
        whisper.warm_up()
        asyncio.run(serve(options.socket, whisper.transcribe))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
