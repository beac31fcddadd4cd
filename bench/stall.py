"""The server's loop stall over a run, from two scrapes of its /metrics: pure arithmetic on histogram buckets."""

from __future__ import annotations

import re
import urllib.request

NAME = "callcenter_loop_stall_seconds"
_BUCKET = re.compile(rf'^{NAME}_bucket{{(?:.*,)?le="([^"]+)"(?:,.*)?}} (\S+)$', re.MULTILINE)

Buckets = dict[float, float]


def scrape(port: int) -> Buckets:
    """Cumulative counts by upper bound in seconds."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return parse(answer.read().decode())


def parse(text: str) -> Buckets:
    """The histogram in a Prometheus page; workers are added up."""
    found: Buckets = {}
    for bound, count in _BUCKET.findall(text):
        upper = float(bound.replace("+Inf", "inf"))
        found[upper] = found.get(upper, 0.0) + float(count)
    return found


def quantile(before: Buckets, after: Buckets, share: float) -> float | None:
    """The `share` quantile of what was observed in between, seconds, interpolated in its bucket; None without any."""
    counts = {bound: after[bound] - before.get(bound, 0.0) for bound in sorted(after)}
    total = max(counts.values(), default=0.0)
    if total <= 0:
        return None
    lower = below = 0.0
    for bound, count in counts.items():
        if count >= share * total:
            if bound == float("inf"):
                return lower
            inside = count - below
            return lower + (bound - lower) * (share * total - below) / inside if inside else bound
        lower, below = bound, count
    return lower
