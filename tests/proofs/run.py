"""`make proof`: random calls against the real store, with each guarantee taken out once, grounding, the API's own document.

`python -m tests.proofs.run [--runs 10000] [--jobs 2] [--seed N] [--force]`. Refuses a busy machine, because the times
would mean nothing; `--force` runs all the same and the load stands in the result, a JSON in bench/results. Exit 0 when
everything held and every sabotage was found, 1 when not, 2 when it could not run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import selectors
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import machine, turns
from bench.run import Refused, check_quiet, say
from tests.proofs import contract, corpus
from tests.proofs.sabotage import EXPECTED

from embedded_services import EmbeddedServices

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results"
SABOTAGED_RUNS = 400  # within which a sabotage has to show itself
CONTRACT_EXAMPLES = 20  # per operation of the API
TOLD_EVERY_S = 20.0


class Job:
    """One child process of runs."""

    def __init__(
        self, services: EmbeddedServices, schema: str, runs: int, seed: int, without: str = ""
    ) -> None:
        words = ["--postgres", services.postgres_url, "--valkey", services.valkey_url, "--schema", schema]
        words += ["--runs", str(runs), "--seed", str(seed)]
        words += ["--without", without] if without else []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.proofs.runs", *words],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        )
        self.last: dict[str, Any] = {"runs": 0}

    def read(self) -> bool:
        """Take a line; whether there may be more."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if line:
            self.last = json.loads(line)
        return bool(line)


def finish(jobs: list[Job], wanted: int) -> list[dict[str, Any]]:
    """Wait for the jobs and say how far they are. Raises `Refused` when one broke."""
    told = began = time.monotonic()
    with selectors.DefaultSelector() as selector:
        for job in jobs:
            assert job.process.stdout is not None
            selector.register(job.process.stdout, selectors.EVENT_READ, job)
        while selector.get_map():
            for key, _ in selector.select(1.0):
                if not key.data.read():
                    selector.unregister(key.fileobj)
            if time.monotonic() - told > TOLD_EVERY_S:
                told = time.monotonic()
                runs = sum(job.last["runs"] for job in jobs)
                say(f"  {runs} of {wanted} runs, {told - began:.0f} s")
    for job in jobs:
        code = job.process.wait()
        if code not in (0, 1) or "breaks" not in job.last:
            raise Refused(f"a job ended with {code}: see its message above")
    return [job.last for job in jobs]


def orders(services: EmbeddedServices, runs: int, jobs: int, seed: int) -> dict[str, Any]:
    """The stateful test in `jobs` processes, each with a store of its own."""
    say(f"orders: {runs} random calls in {jobs} jobs, seed {seed}")
    share = [runs // jobs + (index < runs % jobs) for index in range(jobs)]
    running = [
        Job(services, f"proofs_{index}", number, seed + index) for index, number in enumerate(share) if number
    ]
    began = time.monotonic()
    done = finish(running, runs)
    effects: Counter[str] = Counter()
    stopped: Counter[str] = Counter()
    for result in done:
        effects.update(result["effects"])
        stopped.update(result["stopped"])
    breaks = [line for result in done for line in result["breaks"]]
    say(f"  {sum(r['runs'] for r in done)} runs, {len(breaks)} breaks: {dict(effects)}")
    return {
        "runs": sum(r["runs"] for r in done), "seconds": round(time.monotonic() - began, 1), "breaks": breaks,
        "effects": dict(effects), "stopped": dict(stopped.most_common()), "seeds": [r["seed"] for r in done],
    }  # fmt: skip


def sabotaged(services: EmbeddedServices, seed: int) -> dict[str, Any]:
    """With each guarantee taken out the same test has to fail, and for the right reason."""
    found = {}
    for name, kind in EXPECTED.items():
        result = finish([Job(services, f"proofs_{name}", SABOTAGED_RUNS, seed, name)], SABOTAGED_RUNS)[0]
        kinds = sorted(
            {line.split(":", 1)[0] for line in result["breaks"] if line.split(":", 1)[0].isalpha()}
        )
        found[name] = {
            "found_after_runs": result["runs"],
            "breaks": kinds,
            "found": bool(kinds),
            "expected": kind,
        }
        say(f"without {name}: {'found' if kinds else 'NOT FOUND'} after {result['runs']} runs, {kinds}")
    return found


def held(document: dict[str, Any]) -> bool:
    """Whether everything is as promised."""
    sound = [not document["orders"]["breaks"], all(s["found"] for s in document["sabotage"].values())]
    grounding = document["grounding"]
    sound += [grounding["refused_percent"] <= 1.0, grounding["caught_percent"] >= 99.0]
    return all(sound) and not document["contract"]["failures"]


def main() -> int:
    """Read the command line, run, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--force", action="store_true", help="run although the machine is busy")
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    try:
        load = check_quiet(given.force)
        document: dict[str, Any] = {**machine.identity(), "load": load, "at": datetime.now(UTC).isoformat()}
        document["turn_ms"] = turns.run()
        say(f"a turn of the built-in brain: {document['turn_ms']}")
        document["grounding"] = corpus.judge(seed)
        say(f"grounding: { ({k: v for k, v in document['grounding'].items() if 'percent' in k}) }")
        with EmbeddedServices.from_environment() as services:
            document["orders"] = orders(services, given.runs, given.jobs, seed)
            document["sabotage"] = sabotaged(services, seed)
            document["contract"] = contract.run(services.postgres_url, CONTRACT_EXAMPLES, seed)
            say(f"contract: {document['contract']}")
    except Refused as refused:
        say(str(refused))
        return 2
    document["load"]["load_average_after"] = [round(x, 2) for x in os.getloadavg()]
    document["held"] = held(document)
    RESULTS.mkdir(exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    path = RESULTS / f"{stamp}-{document['commit'][:8]}-proof.json"
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    say(f"{'everything held' if document['held'] else 'IT DID NOT HOLD'}: {path.relative_to(ROOT)}")
    return 0 if document["held"] else 1


if __name__ == "__main__":
    sys.exit(main())
