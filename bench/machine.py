"""What the machine did meanwhile: load of every core, CPU time and memory of a process tree, from /proc (Linux)."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")
BUSY = 0.15  # share of a core that others may use before figures mean nothing


def core_seconds() -> list[float]:
    """Busy seconds of every core since boot, whoever used them."""
    busy = []
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith("cpu") and line[3].isdigit():
            spent = [int(word) for word in line.split()[1:9]]
            busy.append((sum(spent) - spent[3] - spent[4]) / _TICKS)
    return busy


def busy_share(seconds: float) -> list[float]:
    """How busy each core is over the next `seconds`, 0..1."""
    before = core_seconds()
    time.sleep(seconds)
    return [round((b - a) / seconds, 3) for a, b in zip(before, core_seconds(), strict=True)]


@dataclass(frozen=True, slots=True)
class Sample:
    """A process tree at one moment; seconds and kilobytes."""

    at: float
    cpu: float
    rss: int
    pss: int  # pages that processes share (a database's buffers) counted once
    waited: float  # runnable but not running: what neighbours took
    cores: tuple[float, ...]
    threads: int


def _tree(pid: int) -> list[int]:
    pids = [pid]
    for parent in pids:
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                pids += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return pids


def sample(pid: int) -> Sample:
    """CPU time (children and ended threads included), RSS, PSS and threads of `pid` and all its descendants."""
    cpu = waited = 0.0
    rss = pss = threads = 0
    for member in _tree(pid):
        home = Path(f"/proc/{member}")
        try:
            fields = (home / "stat").read_text().rsplit(")", 1)[1].split()
            cpu += (int(fields[11]) + int(fields[12])) / _TICKS
            for line in (home / "status").read_text().splitlines():
                if line.startswith("VmRSS"):
                    rss += int(line.split()[1])
                elif line.startswith("Threads"):
                    threads += int(line.split()[1])
            pss += int((home / "smaps_rollup").read_text().split("Pss:")[1].split()[0])
            for task in (home / "task").iterdir():
                waited += int((task / "schedstat").read_text().split()[1]) / 1e9
        except (OSError, IndexError):
            continue
    return Sample(time.monotonic(), cpu, rss, pss, waited, tuple(core_seconds()), threads)


def between(idle: Sample, first: Sample, last: Sample, calls: float) -> dict[str, Any]:
    """The server over the steady window; `idle` is before any call."""
    wall = last.at - first.at
    cpu = last.cpu - first.cpu
    return {
        "cpu_s": round(cpu, 3),
        "wall_s": round(wall, 2),
        "cpu_percent": round(100 * cpu / wall, 1),
        "cpu_s_per_call_minute": round(cpu / (calls * wall / 60), 4),
        "rss_idle_mb": round(idle.rss / 1024, 1),
        "rss_mb": round(last.rss / 1024, 1),
        "rss_mb_per_call": round((last.rss - idle.rss) / 1024 / calls, 3),
        "pss_mb_per_call": round((last.pss - idle.pss) / 1024 / calls, 3),
        "threads": last.threads,
        "waited_s": round(last.waited - first.waited, 2),
        "core_busy_percent": [
            round(100 * (b - a) / wall, 1) for a, b in zip(first.cores, last.cores, strict=True)
        ],
    }


def pin(core: int) -> None:
    """Keep this process and its children on one core."""
    os.sched_setaffinity(0, {core})


def _git(*words: str) -> str:
    found = subprocess.run(["git", *words], capture_output=True, text=True, check=False)  # noqa: S607
    return found.stdout.strip()


def identity() -> dict[str, Any]:
    """Which code on which machine."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {
        "commit": _git("rev-parse", "HEAD"),
        "changed": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "cpu": model,
        "cores": os.cpu_count(),
    }
