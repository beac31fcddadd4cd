"""Whole spoken calls on the embedded default: how long a caller waits for an answer, over seeds 1-5 of the demo.

`python -m bench.spoken [--seeds 1 2 3] [--force]`. End of speech to first agent audio is what the worker measured
(`TurnTimed`) and, beside it, what the caller's own socket saw. Exit 0 when every limit was held and every call ended
well, 1 when not, 2 when it could not measure. Results as JSON in bench/results with commit and machine load.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import machine
from bench.run import RESULTS, Refused, check_quiet, say

LIMITS_MS = {"yes_no": 1100.0, "choice": 1100.0, "open": 1600.0}
"""p95 of end of speech to first agent audio; questions that are dictated have no stated limit."""
CALL_LIMIT_S = 420


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def place(seed: int, folder: Path) -> dict[str, Any]:
    """One demo call; its turns and whether it ended well."""
    command = [sys.executable, "-m", "call_center", "demo", "--seed", str(seed), "--out", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CALL_LIMIT_S, check=False)
    journal = json.loads((folder / "call.json").read_text()) if (folder / "call.json").is_file() else []
    turns = [entry["data"] for entry in journal if entry["kind"] == "TurnTimed"]
    return {
        "seed": seed,
        "ok": done.returncode == 0,
        "turns": turns,
        "last_lines": done.stdout.splitlines()[-4:],
    }


def summarise(calls: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts and percentiles by the type of the question."""
    by_question: dict[str, list[dict[str, float]]] = defaultdict(list)
    for call in calls:
        for turn in call["turns"]:
            by_question[turn["question"]].append(turn)
    return {
        question: {
            "turns": len(turns),
            "p50_ms": round(percentile([t["total_ms"] for t in turns], 0.5)),
            "p95_ms": round(percentile([t["total_ms"] for t in turns], 0.95)),
            "stt_p50_ms": round(percentile([t["stt_ms"] for t in turns], 0.5)),
            "brain_p50_ms": round(percentile([t["brain_ms"] for t in turns], 0.5)),
            "tts_p50_ms": round(percentile([t["tts_ms"] for t in turns], 0.5)),
        }
        for question, turns in sorted(by_question.items())
    }


def main() -> int:
    """Place the calls and judge them."""
    parser = argparse.ArgumentParser(prog="python -m bench.spoken", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--force", action="store_true", help="measure on a busy machine too")
    given = parser.parse_args()
    try:
        before = check_quiet(given.force)
    except Refused as error:
        say(str(error))
        return 2
    calls = []
    for seed in given.seeds:
        with tempfile.TemporaryDirectory() as folder:
            calls.append(place(seed, Path(folder)))
        say(f"seed {seed}: {'ok' if calls[-1]['ok'] else 'FAILED'}, {len(calls[-1]['turns'])} turns")
    summary = summarise(calls)
    held = all(call["ok"] for call in calls)
    for question, row in summary.items():
        limit = LIMITS_MS.get(question)
        good = limit is None or row["p95_ms"] <= limit
        held = held and good
        bound = f"(at most {limit:.0f})" if limit else "(no limit stated)"
        say(
            f"  {'ok  ' if good else 'MISS'} {question:<8} p95 {row['p95_ms']} ms of {row['turns']} turns {bound}"
        )
    now = datetime.now(UTC)
    result = {
        **machine.identity(),
        "machine": before | {"load_average_after": [round(x, 2) for x in os.getloadavg()]},
        "summary": summary,
        "calls": calls,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{now:%Y-%m-%dT%H%M%SZ}-{result['commit'][:8]}-spoken.json"
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    say(f"written to {path}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
