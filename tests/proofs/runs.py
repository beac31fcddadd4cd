"""Runs of the stateful test against one world, counted: `python -m tests.proofs.runs` is one of the jobs of `make proof`."""

from __future__ import annotations

import argparse
import json
import logging
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.proofs.call import Call
from tests.proofs.machine import machine_for
from tests.proofs.sabotage import SABOTAGES
from tests.proofs.world import World

STEPS = 9
_BREAKS = re.compile(r"\b(duplicate|unagreed|stale|mismatch|unsettled): [^;\n]*")
_EFFECTS = "SELECT status, count(*) AS times FROM orders WHERE call_id = %s GROUP BY 1"
_CALLBACKS = "SELECT count(*) AS times FROM callbacks WHERE call_id = %s"


class Tally:
    """What the runs did: a proof that never confirmed or killed anything proves nothing."""

    def __init__(self, world: World, hear: Callable[[Tally], None] = lambda tally: None) -> None:
        self._world, self._hear = world, hear
        self.runs = 0
        self.stops: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()

    def told(self, call: Call) -> None:
        """A run has ended."""
        self.runs += 1
        self.stops.update(call.stopped)
        for row in self._world.rows(_EFFECTS, call.id):
            self.effects[f"orders {row['status']}"] += row["times"]
        self.effects["callbacks"] += self._world.rows(_CALLBACKS, call.id)[0]["times"]
        self.effects["yeses"] += len(call.yeses)
        self.effects["processes"] += call.processes
        self._hear(self)


def prove(
    world: World, runs: int, seed: int, *, shrink: bool = True, tally: Tally | None = None
) -> list[str]:
    """Every break that was found, none when all runs held. Raises what is no break of an invariant."""
    machine = machine_for(world, tally.told if tally else lambda call: None)
    machine._hypothesis_internal_use_seed = seed  # what `@seed` sets
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    profile = settings(
        max_examples=runs, deadline=None, database=None, stateful_step_count=STEPS, phases=phases,
        suppress_health_check=list(HealthCheck), print_blob=False, report_multiple_bugs=False,
    )  # fmt: skip
    try:
        run_state_machine_as_test(machine, settings=profile)
    except BaseException as error:
        found = breaks_of(error)
        if not found:
            raise
        return found
    return []


def breaks_of(error: BaseException) -> list[str]:
    """The broken invariants that an error tells of, and the run that Hypothesis reports with it."""
    texts = [str(error), *getattr(error, "__notes__", ())]
    for inner in getattr(error, "exceptions", ()):
        texts += breaks_of(inner)
    breaks = [match[0] for match in _BREAKS.finditer("\n".join(texts))]
    told = [text for text in texts if "state." in text and breaks]
    return [*dict.fromkeys(breaks), *dict.fromkeys(told)]


def main() -> int:
    """One job: JSON lines on stdout, the last one the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--postgres", required=True)
    parser.add_argument("--valkey", required=True)
    parser.add_argument("--schema", required=True)
    parser.add_argument("--without", choices=sorted(SABOTAGES))
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    began = time.monotonic()

    def hear(tally: Tally) -> None:
        if tally.runs % 10 == 0:
            tell({"runs": tally.runs, "effects": dict(tally.effects)})

    with World(given.postgres, given.valkey, given.schema) as world:
        tally = Tally(world, hear)
        spoil = SABOTAGES[given.without]() if given.without else nullcontext()
        with spoil:
            found = prove(world, given.runs, given.seed, shrink=given.without is None, tally=tally)
    tell(
        {
            "runs": tally.runs, "seed": given.seed, "seconds": round(time.monotonic() - began, 1),
            "breaks": found, "effects": dict(tally.effects), "stopped": dict(tally.stops.most_common()),
        }
    )  # fmt: skip
    return 1 if found else 0


def tell(line: dict[str, Any]) -> None:
    """One line to whoever started the job."""
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
