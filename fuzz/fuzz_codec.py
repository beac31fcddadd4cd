"""Fuzz the AudioSocket decoder for as long as wanted: `python fuzz/fuzz_codec.py [--seconds 60] [--seed N]`.

Builds streams of valid, mutated and random frames, cuts them at random places and checks on each that the decoder
never raises, holds less than one frame, and gives the same frames whatever the cuts. A failure prints the seed that
repeats it. The same invariants run for a second in the unit tests; this is for an hour after a change.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from call_center.core.codec import RATES, Decoder, Frame, Kind, encode_as_pbx

_KINDS = [*Kind, 0x02, 0x0F, 0x19, 0x7F, 0xFE]
_SIZES = [0, 1, 2, 15, 16, 17, 319, 320, 321, 640, 16_000, 16_001, 65_534, 65_535]


def _stream(dice: random.Random) -> bytes:
    out = bytearray()
    for _ in range(dice.randrange(1, 12)):
        size = dice.choice(_SIZES) if dice.random() < 0.5 else dice.randrange(700)
        out += encode_as_pbx(Frame(dice.choice(_KINDS), dice.randbytes(size)))
    for _ in range(dice.choice([0, 0, 1, 5])):
        at = dice.randrange(len(out))
        match dice.randrange(3):
            case 0:
                out[at] = dice.randrange(256)
            case 1:
                del out[at : at + dice.randrange(1, 9)]
            case _:
                out[at:at] = dice.randbytes(dice.randrange(1, 9))
        if not out:
            break
    return bytes(out)


def check(seed: int) -> int:
    """Run one case; return the number of frames. Raises `AssertionError` when an invariant breaks."""
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    stream = _stream(dice)
    whole = Decoder()
    expected = whole.feed(stream)
    decoder = Decoder()
    got: list[Frame] = []
    at = 0
    while at < len(stream):
        step = dice.choice([1, 2, 3, 4, 320, 323, 1448, 65_536])
        got += decoder.feed(stream[at : at + step])
        at += step
        if decoder.held >= 3 + 0xFFFF:
            raise AssertionError("the decoder holds more than a frame")
    if got != expected or decoder.held != whole.held:
        raise AssertionError("the frames depend on where the stream was cut")
    for frame in got:
        if frame.fault is None and frame.kind in RATES and (not frame.payload or len(frame.payload) % 2):
            raise AssertionError("unusable audio without a fault")
    return len(got)


def main() -> None:
    """Fuzz until the time is over or something breaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=None, help="repeat this one case")
    args = parser.parse_args()
    if args.seed is not None:
        sys.stdout.write(f"{check(args.seed)} frames, fine\n")
        return
    end = time.monotonic() + args.seconds
    seed = start = random.SystemRandom().randrange(1 << 40)
    frames = 0
    while time.monotonic() < end:
        try:
            frames += check(seed)
        except Exception as error:
            sys.exit(f"{type(error).__name__}: {error}; repeat with --seed {seed}")
        seed += 1
    sys.stdout.write(f"{seed - start} streams, {frames} frames, nothing broke\n")


if __name__ == "__main__":
    main()
