"""Two short scenarios by voice, judged as in text: `call-center simulate --mode voice` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
REPOSITORY = Path(__file__).resolve().parents[2]
SHORT = ("operator-request.yaml", "order-status-own.yaml")
LIMIT_S = 150.0


def test_short_scenarios_pass_by_voice(tmp_path: Path) -> None:
    """The caller is heard, the right thing happens in the store, and no guarantee is broken."""
    report = tmp_path / "report.json"
    files = [str(REPOSITORY / "tests" / "scenarios" / name) for name in SHORT]
    done = subprocess.run(
        [sys.executable, "-m", "call_center", "simulate", *files, "--mode", "voice", "--json", str(report)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "src")},
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    runs = json.loads(report.read_text("utf-8"))["runs"]
    assert [run["broken"] for run in runs] == [[], []]
    assert all(run["latencies_ms"] for run in runs)
