"""Microbenchmarks as ratios within one run, so that they mean something on any machine.

`python -m bench.micro` prints JSON: CPU microseconds of each thing, and how many times cheaper our way is than the plain
one that it replaces (batched against single, gated against always, fast path against general path).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from bench.speech import synthetic

from call_center.core.codec import Decoder, Frame, Kind, encode, encode_as_pbx
from call_center.core.energy import EnergyGate
from call_center.core.outlet import ClipQueue
from call_center.core.silero import CONTEXT, RATE, WINDOW, Silero

_BATCH = 25  # loud calls of a hundred that a flush meets
_ROUNDS = 5


def cost(work: Callable[[], object], times: int) -> float:
    """CPU microseconds of one `work`: the best of a few rounds, as noise only adds."""
    best = float("inf")
    for _ in range(_ROUNDS):
        before = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - before) / times)
    return best * 1e6


def _codec() -> dict[str, float]:
    whole = encode_as_pbx(Frame(Kind.SLIN8, bytes(320)))
    wide = encode_as_pbx(Frame(Kind.SLIN16, bytes(640)))
    decoder = Decoder()

    def split() -> None:
        decoder.feed(whole[:100])
        decoder.feed(whole[100:])

    queue = ClipQueue(Kind.SLIN8, time.monotonic)
    return {
        "decode_whole_frame": cost(lambda: decoder.feed(whole), 20_000),
        "decode_wide_frame": cost(lambda: decoder.feed(wide), 20_000),
        "decode_split_frame": cost(split, 20_000),
        "encode_frame": cost(lambda: encode(Frame(Kind.SLIN8, whole[3:])), 20_000),
        "outlet_silence": cost(queue.take, 20_000),
    }


def _vad() -> dict[str, float]:
    model = Silero()
    voice = synthetic(RATE).astype(np.float32) / np.float32(32_768)
    one = voice[None, 4000 : 4000 + CONTEXT + WINDOW]
    many = np.repeat(one, _BATCH, axis=0)
    state_one = np.zeros((2, 1, 128), np.float32)
    state_many = np.zeros((2, _BATCH, 128), np.float32)
    gate = EnergyGate(100)
    slots = np.arange(100, dtype=np.intp)
    levels = np.full(100, 35, np.float32)
    return {
        "model_single": cost(lambda: model.run(one, state_one), 300),
        "model_batched": cost(lambda: model.run(many, state_many), 60) / _BATCH,
        "gate_window": cost(lambda: gate.update(slots, levels), 500) / 100,
    }


def run() -> dict[str, Any]:
    """All of them."""
    codec, vad = _codec(), _vad()
    return {
        "microseconds": {name: round(value, 3) for name, value in {**codec, **vad}.items()},
        "ratios": {
            "split_frame_over_whole": round(codec["decode_split_frame"] / codec["decode_whole_frame"], 2),
            "single_model_over_batched": round(vad["model_single"] / vad["model_batched"], 2),
            "batched_model_over_gate": round(vad["model_batched"] / vad["gate_window"], 1),
        },
    }


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=1)
