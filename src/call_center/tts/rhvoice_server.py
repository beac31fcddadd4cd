"""The synthesiser process: RHVoice (GPL) behind a pipe, one sentence at a time.

    python -m call_center.tts.rhvoice_server HOME

Requests are JSON lines on stdin: {"id": 7, "text": "...", "voice": "natalia", "tempo": 1.0} or {"stop": 7}. Answers on stdout are
frames of HEADER (kind u8, id u32, length u32, little-endian) and payload; see `Kind`. Audio is signed 16-bit mono at the
rate of the last RATE frame. A stop takes effect at the next piece of audio (about 100 ms of speech, 4 ms of work).
The process ends when stdin ends. Nothing of the server but this protocol touches the library.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import sys
import threading
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO, ClassVar

from call_center.tts.install import LIBRARIES, VOICES

HEADER = struct.Struct("<BII")
PLAIN_TEXT = 0  # RHVoice_message_text


class Kind(IntEnum):
    """What a frame of the answer says."""

    READY = 0  # both voices are loaded
    RATE = 1  # payload: u32 Hz of the audio that follows
    AUDIO = 2
    END = 3  # finished or stopped
    FAILED = 4  # payload: reason, UTF-8; no END follows


_RateCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
_SpeechCallback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_uint, ctypes.c_void_p
)


class _Callbacks(ctypes.Structure):
    """RHVoice_callbacks (RHVoice.h 1.8); those that are not used stay null."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        ("set_sample_rate", _RateCallback),
        ("play_speech", _SpeechCallback),
        *(
            (name, ctypes.c_void_p)
            for name in ("mark", "word", "word_end", "sentence", "sentence_end", "audio", "done")
        ),
    ]


class _InitParams(ctypes.Structure):
    """RHVoice_init_params."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        ("data_path", ctypes.c_char_p),
        ("config_path", ctypes.c_char_p),
        ("resource_paths", ctypes.c_void_p),
        ("callbacks", _Callbacks),
        ("options", ctypes.c_uint),
    ]


class _SynthParams(ctypes.Structure):
    """RHVoice_synth_params; the relative factors are 1.0 for the voice's own."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        ("voice_profile", ctypes.c_char_p),
        *(
            (name, ctypes.c_double)
            for name in ("abs_rate", "abs_pitch", "abs_volume", "rate", "pitch", "volume")
        ),
        ("punctuation_mode", ctypes.c_int),
        ("punctuation_list", ctypes.c_char_p),
        ("capitals_mode", ctypes.c_int),
        ("flags", ctypes.c_int),
    ]


class Library:
    """RHVoice with its data from `home` (see `install.ensure_voice`)."""

    def __init__(self, home: Path, on_rate: Callable[[int], None], on_audio: Callable[[bytes], bool]) -> None:
        for pattern in LIBRARIES:
            path = next(iter(sorted((home / "lib").glob(pattern))), None)
            if path is None:
                raise OSError(f"{home} holds no {pattern}: delete the folder and fetch it again")
            library = ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
        self._library = library
        library.RHVoice_new_tts_engine.restype = ctypes.c_void_p
        library.RHVoice_new_message.restype = ctypes.c_void_p
        library.RHVoice_new_message.argtypes = [
            ctypes.c_void_p,
            ctypes.c_char_p,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.POINTER(_SynthParams),
            ctypes.c_void_p,
        ]
        library.RHVoice_speak.argtypes = [ctypes.c_void_p]
        library.RHVoice_delete_message.argtypes = [ctypes.c_void_p]

        def rate(hertz: int, _: object) -> int:
            on_rate(hertz)
            return 1

        def speech(samples: Any, count: int, _: object) -> int:
            return int(on_audio(ctypes.string_at(samples, count * 2)))

        self._keep = (
            _RateCallback(rate),
            _SpeechCallback(speech),
        )  # the library calls them: they must not be collected
        callbacks = _Callbacks(set_sample_rate=self._keep[0], play_speech=self._keep[1])
        init = _InitParams(
            data_path=str(home / "data").encode(),
            config_path=str(home / "config").encode(),
            callbacks=callbacks,
        )
        self._engine = library.RHVoice_new_tts_engine(ctypes.byref(init))
        if not self._engine:
            raise OSError(f"RHVoice does not start from {home}: delete the folder and fetch it again")

    def speak(self, text: str, voice: str, tempo: float) -> bool:
        """Synthesise `text`, handing audio to the callbacks; False when the library refused."""
        params = _SynthParams(voice_profile=voice.encode(), rate=tempo, pitch=1.0, volume=1.0)
        data = text.encode()
        message = self._library.RHVoice_new_message(
            self._engine, data, len(data), PLAIN_TEXT, ctypes.byref(params), None
        )
        if not message:
            return False
        try:
            return bool(self._library.RHVoice_speak(message))
        finally:
            self._library.RHVoice_delete_message(message)


class Server:
    """Reads requests in a thread and synthesises in the main one."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO, home: Path) -> None:
        self._in, self._out = requests, answers
        self._todo: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._current = 0
        self._stopped = 0
        self._muted = True  # the warming-up is not sent
        self._library = Library(home, self._on_rate, self._on_audio)

    def _send(self, kind: Kind, payload: bytes = b"") -> None:
        if not self._muted:
            self._out.write(HEADER.pack(kind, self._current, len(payload)) + payload)
            self._out.flush()

    def _on_rate(self, hertz: int) -> None:
        self._send(Kind.RATE, struct.pack("<I", hertz))

    def _on_audio(self, pcm: bytes) -> bool:
        if self._stopped >= self._current > 0:
            return False
        self._send(Kind.AUDIO, pcm)
        return True

    def _read(self) -> None:
        for line in self._in:
            request = json.loads(line)
            if "stop" in request:
                self._stopped = max(self._stopped, int(request["stop"]))
            else:
                self._todo.put(request)
        os._exit(0)  # the owner is gone

    def run(self) -> None:
        """Serve until stdin ends."""
        for voice in VOICES:  # the first words of a voice take 100-200 ms more
            self._library.speak("так", voice, 1.0)
        self._muted = False
        self._send(Kind.READY)
        threading.Thread(target=self._read, daemon=True).start()
        while True:
            request = self._todo.get()
            self._current = int(request["id"])
            done = self._stopped >= self._current or self._library.speak(
                request["text"], request["voice"], float(request["tempo"])
            )
            if done or self._stopped >= self._current:
                self._send(Kind.END)
            else:
                self._send(Kind.FAILED, b"RHVoice refused the text")


def main() -> None:
    """Take over the pipes: what the library prints must not fall between the frames."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    Server(sys.stdin.buffer, answers, Path(sys.argv[1])).run()


if __name__ == "__main__":
    main()
