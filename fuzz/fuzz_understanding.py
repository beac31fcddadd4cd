"""Fuzz understanding for as long as wanted: `python fuzz/fuzz_understanding.py [--seconds 60] [--seed N]`.

Builds utterances from number words, names, everyday words, digits, signs and random characters, in every slot, and
checks on each that nothing raises, spans lie inside the text, sizes exist, phones are whole, quantities are 1-99, and
that the processor time of one utterance stays under 100 ms. A failure prints the seed that repeats it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from datetime import date

from call_center.core.ports import Question
from call_center.understanding import Catalogue, judge, load_catalogue, understand
from call_center.understanding.lexicon import NUMERALS
from call_center.understanding.names import everyday
from call_center.understanding.phones import normalise
from call_center.understanding.vocabulary import parse_size

_SLOTS = [
    "open",
    "tyre_size",
    "width",
    "phone",
    "order_number",
    "time",
    "date",
    "year",
    "quantity",
    "budget",
    "yes_no",
    "city",
    "brand",
    "model",
    "option",
]
_GLUE = [
    "на",
    "з",
    "і",
    "та",
    "о",
    "об",
    "у",
    "в",
    "до",
    "від",
    "пів",
    "чверть",
    "за",
    "без",
    "по",
    "радіус",
    "ер",
    "/",
    "-",
    ".",
    ",",
    ":",
    ";",
    "(",
    ")",
    "+",
    "тисяч",
    "гривень",
    "року",
    "штук",
    "C",
    "це",
    "ні",
    "так",
]


def _utterance(dice: random.Random, pools: list[list[str]]) -> str:
    words = []
    for _ in range(dice.randrange(dice.choice([4, 12, 40, 400]))):
        word = dice.choice(dice.choice(pools))
        if dice.random() < 0.05:
            at = dice.randrange(len(word) + 1)
            word = (
                word[:at]
                + chr(dice.choice([*range(32, 127), *range(0x400, 0x460), 0x1F600, 0x301, 0x661]))
                + word[at:]
            )
        words.append(word)
    return dice.choice([" ", " ", " ", "", ", "]).join(words)


def _check(text: str, slot: str, catalogue: Catalogue) -> None:
    started = time.process_time()
    heard = understand(text, slot, catalogue=catalogue, today=date(2026, 11, 23))
    ready = judge(text, slot, Question.DIGITS)
    spent = time.process_time() - started
    problems = [f.slot for f in heard.filled if not 0 <= f.span[0] <= f.span[1] <= len(text)]
    problems += [
        f.value for f in heard.all("tyre_size") if f.value and parse_size(f.value) not in catalogue.sizes
    ]
    problems += [f.value for f in heard.all("phone") if f.value and normalise(f.value[1:]) != f.value]
    problems += [f.value for f in heard.all("quantity") if f.value is not None and not 1 <= f.value <= 99]
    problems += ["complete and dangling"] if ready.complete and ready.dangling else []
    problems += [f"{spent:.3f} s"] if spent > 0.1 else []
    if problems:
        raise AssertionError(f"{problems} in slot {slot}: {text!r}")


def main() -> int:
    """Run until the time is over; 1 with the seed on the first failure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--seed", type=int, default=None)
    chosen = options.parse_args()
    catalogue = load_catalogue()
    names = [
        a
        for aliases in (catalogue.brands, catalogue.makes, catalogue.cities)
        for v in aliases.values()
        for a in v
    ]
    digits = [str(n) for n in (0, 5, 16, 55, 205, 2055516, 380990001234, 10**20)]
    pools = [sorted(NUMERALS), sorted(NUMERALS), names, sorted(everyday()), digits, _GLUE, _GLUE]
    until, seed, done = time.monotonic() + chosen.seconds, chosen.seed, 0
    while time.monotonic() < until:
        number = seed if seed is not None else random.SystemRandom().randrange(2**32)
        dice = random.Random(number)  # noqa: S311
        try:
            _check(_utterance(dice, pools), dice.choice(_SLOTS), catalogue)
        except Exception as error:
            sys.stderr.write(f"seed {number}: {error!r}\n")
            return 1
        done += 1
        if seed is not None:
            break
    sys.stdout.write(f"{done} utterances, no failure\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
