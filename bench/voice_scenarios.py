"""The scenarios that must pass by voice (`tests/scenarios/voice.txt`), one after another, as `make proof` runs them.

`python -m bench.voice_scenarios [--seed N]`. Exit 0 when every one passed with no guarantee broken, 1 when
not, 2 when it could not run. Results as JSON in bench/results, with commit and machine load.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import machine
from bench.run import RESULTS, say

SCENARIOS = Path(__file__).resolve().parents[1] / "tests" / "scenarios"
LEAST = 12
LIMIT_S = 3600.0


def marked(folder: Path = SCENARIOS) -> list[Path]:
    """Files named in `voice.txt`, in its order; `#` begins a comment."""
    lines = (folder / "voice.txt").read_text("utf-8").splitlines()
    return [folder / name for line in lines if (name := line.partition("#")[0].strip())]


def play(files: list[Path], seed: int, folder: Path) -> dict[str, Any]:
    """Run the command as a user would; its report, empty when there is none."""
    report = folder / "report.json"
    command = [sys.executable, "-m", "call_center", "simulate", *map(str, files), "--mode", "voice"]
    command += ["--seed", str(seed), "--json", str(report)]
    subprocess.run(command, check=False, timeout=LIMIT_S)
    found: dict[str, Any] = json.loads(report.read_text("utf-8")) if report.is_file() else {}
    return found


def main() -> int:
    """Play the marked scenarios, write the result, judge."""
    parser = argparse.ArgumentParser(prog="python -m bench.voice_scenarios", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    files = marked()
    if len(files) < LEAST:
        say(f"{len(files)} scenarios are marked for voice, at least {LEAST} are wanted")
        return 2
    before = [round(x, 2) for x in os.getloadavg()]
    with tempfile.TemporaryDirectory() as folder:
        report = play(files, given.seed, Path(folder))
    if not report:
        say("the simulator wrote no report")
        return 2
    after = [round(x, 2) for x in os.getloadavg()]
    result = {
        **machine.identity(),
        "machine": {"load_average_before": before, "load_average_after": after},
        **report,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}-{result['commit'][:8]}-voice-scenarios.json"
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
    passed = sum(run["passed"] for run in report["runs"])
    say(f"{passed} of {len(report['runs'])} scenarios passed by voice; written to {path}")
    return 0 if passed == len(files) else 1


if __name__ == "__main__":
    sys.exit(main())
