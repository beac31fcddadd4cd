"""Whisper base on CTranslate2: one utterance of telephone audio in, one judged transcript out.

The window is trimmed to the sound plus 3 s (at least 8 s) instead of the usual 30 s: 4.4 times less CPU at no loss.
Greedy, int8, language forced to Ukrainian (Russian and surzhyk come out readable). Blocking: about 0.35 s of CPU for
4 s of speech, so it runs in the recogniser process only. Not thread-safe; one instance, one thread.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, cast

import ctranslate2
import numpy as np
import soxr
from numpy.typing import NDArray
from tokenizers import Tokenizer

from call_center.errors import ConfigError
from call_center.stt import activity, gates, mel
from call_center.stt.prompts import SECOND_LOOK

PAD_S = 3.0
MIN_WINDOW_S = 8.0
MAX_WINDOW_S = 30.0
ONSET_S = 0.3
"""Silence put before the sound. Cut close, a lone "так" came out as "став" in every variant; measured with 0 / 0.1 /
0.2 / 0.3 / 0.4 s: all slots 73 / 73 / 78 / 78 / 72 %, yes-no 67 / 67 / 83 / 100 / 100 %."""
PEAK = 0.5
MAX_GAIN = 60.0
"""Sound is scaled to one peak before decoding: far telephones are 30 dB quieter and the gates' figures hang on it."""
PROBES = (
    "Добрий день, я вас слухаю. Які шини потрібні?",
    "Мій номер: нуль дев'яносто, двадцять п'ять, дві тисячі.",
)
"""After words like these the model tells sound from speech far better than without; their mean is the probe."""
MAX_PROMPT_TOKENS = 120

Floats = NDArray[np.float32]


class _Generation(Protocol):
    sequences_ids: list[list[int]]
    scores: list[float]
    no_speech_prob: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said, or which gate closed (`rejected`, then `text` is "").

    `confidence` is exp(mean log-probability), 0..1: above 0.74 a wrong slot was rare, below 0.6 confirm.
    """

    text: str
    confidence: float
    rejected: str | None
    decode_ms: float
    no_speech: float = 0.0
    logprob: float = 0.0
    heard: str = ""


def token_budget(speech_s: float) -> int:
    """Most tokens worth decoding: fast Ukrainian speech is about 9 tokens a second; a stuck decoder pays 8 ms each."""
    return round(min(160.0, max(24.0, 12.0 + 9.0 * speech_s)))


def window_s(speech_s: float) -> float:
    """Seconds of the model's window for a sound of `speech_s`, a multiple of 20 ms."""
    return round(min(MAX_WINDOW_S, max(MIN_WINDOW_S, speech_s + PAD_S)) * 50) / 50


class Whisper:
    """The loaded model. `folder` holds the files of `pins.HASHES`; `threads` is per decode."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        try:
            self._model = ctranslate2.models.Whisper(
                str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=threads
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except (RuntimeError, OSError, ValueError) as error:
            raise ConfigError(
                f"The speech model in {folder} does not load ({str(error).splitlines()[0]}); "
                "delete the folder and start again to fetch it"
            ) from error
        except Exception as error:  # tokenizers raises bare Exception for an unreadable file
            raise ConfigError(
                f"{folder / 'tokenizer.json'} is not readable; delete the folder and start again"
            ) from error
        self._task = [
            self._special(name)
            for name in ("<|startoftranscript|>", "<|uk|>", "<|transcribe|>", "<|notimestamps|>")
        ]
        self._previous = self._special("<|startofprev|>")

    def _special(self, name: str) -> int:
        token = self._tokenizer.token_to_id(name)
        if token is None:
            raise ConfigError(
                f"The speech model lacks {name}: STT_MODEL_DIR must hold a multilingual Whisper"
            )
        return int(token)

    def warm_up(self) -> None:
        """Decode half a second of a tone, so that the first caller does not pay for lazy allocations."""
        tone = np.sin(np.arange(mel.RATE // 2) * 0.2).astype(np.float32)
        self._decode(tone, mel.RATE, "", time.perf_counter())

    def transcribe(self, pcm: bytes, rate: int, prompt: str = "") -> Transcript:
        """Recognise one utterance. `pcm`: signed 16-bit little-endian mono at `rate` Hz, silence around it is fine."""
        began = time.perf_counter()
        signal = np.frombuffer(pcm[: len(pcm) & ~1], dtype="<i2").astype(np.float32) / 32_768.0
        found = activity.find_activity(signal, rate)
        if found.loud_ms < gates.MIN_LOUD_MS:
            return Transcript("", 0.0, "no_speech", _since(began))
        sound = signal[found.start : found.stop]
        if activity.tonal_share(sound, rate) > gates.MAX_TONAL:
            return Transcript("", 0.0, "no_speech", _since(began))  # a tone
        return self._decode(sound, rate, prompt, began)

    def _decode(self, sound: Floats, rate: int, prompt: str, began: float) -> Transcript:
        speech_s = len(sound) / rate
        sound = sound * (PEAK / max(float(np.abs(sound).max()), PEAK / MAX_GAIN))
        encoded = self._encode(sound, rate, ONSET_S)
        evidence = self._read(encoded, "" if prompt.startswith(SECOND_LOOK) else prompt, speech_s)
        if prompt.startswith(SECOND_LOOK) and not gates.is_dictation(evidence.text):
            second = self._read(encoded, prompt.removeprefix(SECOND_LOOK), speech_s)
            if gates.judge(second) is None and gates.is_same_speech(evidence.text, second.text):
                evidence = second
        text = evidence.text
        if gates.is_doubtful(evidence.no_speech):
            evidence = replace(evidence, probe=self._probe(sound, rate))
        rejected = gates.judge(evidence)
        return Transcript(
            text="" if rejected else text,
            confidence=0.0 if rejected else float(np.exp(min(0.0, evidence.logprob))),
            rejected=rejected,
            decode_ms=_since(began),
            no_speech=evidence.no_speech,
            logprob=evidence.logprob,
            heard=text,
        )

    def _read(self, encoded: Any, prompt: str, speech_s: float) -> gates.Evidence:
        """One greedy reading of an encoded sound."""
        answer = self._generate(encoded, prompt, token_budget(speech_s))
        text = " ".join(self._tokenizer.decode(answer.sequences_ids[0]).split())
        return gates.Evidence(text, answer.scores[0], answer.no_speech_prob, speech_s, prompt)

    def _encode(self, sound: Floats, rate: int, onset_s: float) -> Any:
        """The model's picture of `onset_s` of silence and the sound."""
        led = np.concatenate([np.zeros(round(onset_s * rate), dtype=np.float32), sound])
        wide = np.asarray(soxr.resample(led, rate, mel.RATE, quality="HQ"), dtype=np.float32)
        features = mel.log_mel(wide, window_s(len(led) / rate))
        return self._model.encode(ctranslate2.StorageView.from_array(features[None]))

    def _probe(self, sound: Floats, rate: int) -> float:
        """A second look at a doubtful sound: no-speech probability after the probes, 0 when doubt is gone.

        Cut close: the silence that helps to spell a word also makes sounds look more like one.
        """
        encoded = self._encode(sound, rate, 0.0)
        if not gates.is_doubtful(self._generate(encoded, "", 1).no_speech_prob):
            return 0.0
        looks = [self._generate(encoded, probe, 1).no_speech_prob for probe in PROBES]
        return sum(looks) / len(looks)

    def _generate(self, encoded: Any, prompt: str, budget: int) -> _Generation:
        start = list(self._task)
        if prompt:
            ids = self._tokenizer.encode(f" {prompt.strip()}", add_special_tokens=False).ids
            start = [self._previous, *ids[-MAX_PROMPT_TOKENS:], *self._task]
        result = self._model.generate(
            encoded,
            [start],
            beam_size=1,
            max_length=len(start) + budget,
            return_scores=True,
            return_no_speech_prob=True,
        )
        return cast(_Generation, result[0])


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000.0
