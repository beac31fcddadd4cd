"""`make bench`: every stated figure, measured; results as JSON in bench/results with commit and machine load.

The server is pinned to core 0 and the generator to core 1, so one core is what the figures are about. Refuses a busy
machine, because figures would mean nothing; `--force` measures all the same and the load stands in the result.
`python -m bench.run [--only NAME...] [--seconds 60] [--force]`. Exit 0 when every limit was held, 1 when not, 2 when it
could not measure.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import machine, micro, stall
from bench.profiles import PROFILES, Profile

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS = Path(__file__).parent / "results"
ROOT = Path(__file__).parent.parent
SERVER_CORE, GENERATOR_CORE = 0, 1
START_LIMIT = 60.0  # seconds until a server listens
STOP_LIMIT = 15.0
SETTLED_S = 2.0
SETTLED_SHARE = 0.1  # of a core: what idle processes take with their timers
LATE_LIMIT_MS = 10.0  # p99 of the generator's own lateness above which a run is not to be trusted


class Refused(Exception):
    """It cannot be measured; the message says what to do."""


def say(text: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_quiet(force: bool) -> dict[str, Any]:
    """The load before the runs. Raises `Refused` on a busy machine without `force`."""
    if (os.cpu_count() or 1) < 2:
        raise Refused("the bench needs two cores, one for the server and one for the generator")
    busy = machine.busy_share(3.0)
    load = {"load_average": [round(x, 2) for x in os.getloadavg()], "core_busy_before": busy}
    loud = [core for core in (SERVER_CORE, GENERATOR_CORE) if busy[core] > machine.BUSY]
    if loud and not force:
        shares = ", ".join(f"core {core} is {busy[core]:.0%} busy" for core in loud)
        raise Refused(f"the machine is not quiet ({shares}): wait, or measure all the same with --force")
    return {**load, "forced": bool(loud)}


@contextmanager
def _server(profile: Profile, port: int, api_port: int) -> Iterator[int]:
    """The server's pid, once it listens; stopped at the end."""
    words = [word.format(port=port, api_port=api_port) for word in profile.command]
    with tempfile.TemporaryDirectory(prefix="call-center-bench-") as folder:
        log = Path(folder) / "server.log"
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "VAR_DIR": folder}
        with log.open("wb") as out:
            server = subprocess.Popen(
                words,
                stdout=out,
                stderr=out,
                cwd=ROOT,
                env=environment,
                preexec_fn=lambda: machine.pin(SERVER_CORE),  # noqa: PLW1509 - no threads yet
            )
        try:
            _wait(server, port, log)
            yield server.pid
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                server.send_signal(signal.SIGTERM)
                server.kill()
                server.wait()


def _settle(pid: int, end: float) -> None:
    """Wait until the server and its children rest: start-up work, such as a shop's, is not part of any figure."""
    before = machine.sample(pid).cpu
    while time.monotonic() < end:
        time.sleep(SETTLED_S)
        now = machine.sample(pid).cpu
        if now - before < SETTLED_SHARE * SETTLED_S:
            return
        before = now


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                _settle(server.pid, end)
                return
        time.sleep(0.2)
    tail = log.read_text(errors="replace").strip().splitlines()[-3:]
    raise Refused(f"the server did not listen on port {port}: {' | '.join(tail) or 'it said nothing'}")


def measure(profile: Profile, seconds: float) -> dict[str, Any]:
    """Run one profile; the result with its limits judged."""
    port, api_port = _free_port(), _free_port()
    say(f"{profile.name}: {profile.calls} calls, {seconds:g} s after everyone is connected")
    with _server(profile, port, api_port) as pid, tempfile.TemporaryDirectory() as folder:
        begun = Path(folder) / "begun"
        scrapes: list[stall.Buckets] = []
        watcher = threading.Thread(target=_first_scrape, args=(begun, api_port, scrapes), daemon=True)
        if profile.metrics:
            watcher.start()
        words = ["-m", "bench.generator", "--port", str(port), "--calls", str(profile.calls)]
        words += ["--seconds", str(seconds), "--stop-ms", str(profile.stop_ms)]
        words += ["--expect-ms", str(profile.expect_ms), "--server-pid", str(pid), "--at-begin", str(begun)]
        words += ["--core", str(GENERATOR_CORE)]
        generator = subprocess.run(
            [sys.executable, *words],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            check=False,
        )
        if generator.returncode:
            raise Refused(f"the generator failed ({generator.returncode}): see its message above")
        result: dict[str, Any] = json.loads(generator.stdout)
        if profile.metrics and scrapes:
            last = stall.scrape(api_port)
            shares = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}
            found = {name: stall.quantile(scrapes[0], last, share) for name, share in shares.items()}
            result["loop_stall_ms"] = {
                name: None if value is None else round(1000 * value, 2) for name, value in found.items()
            }
    result["trusted"] = result["generator_late_ms"].get("p99", 0.0) <= LATE_LIMIT_MS
    result["limits"] = {
        limit.path: {"value": limit.read(result), "at_most": limit.at_most, "held": limit.held(result)}
        for limit in profile.limits
    }
    return result


def _first_scrape(begun: Path, port: int, into: list[stall.Buckets]) -> None:
    """Scrape when the generator's steady window begins."""
    end = time.monotonic() + 120
    while not begun.exists() and time.monotonic() < end:
        time.sleep(0.05)
    try:
        into.append(stall.scrape(port))
    except OSError as error:
        say(f"no metrics from port {port}: {error}")


def show(name: str, result: dict[str, Any]) -> bool:
    """Print the verdict of one profile; whether all limits were held."""
    for path, judged in result["limits"].items():
        mark = "ok  " if judged["held"] else "MISS"
        say(f"  {mark} {path:32} {judged['value']!s:>8}  (at most {judged['at_most']:g})")
    if not result["trusted"]:
        say(f"  the generator was late (p99 {result['generator_late_ms']['p99']} ms): do not trust this run")
    held = all(judged["held"] for judged in result["limits"].values())
    say(f"{name}: {'held' if held else 'MISSED'}")
    return held


def main() -> int:
    """Read the command line, measure, write the file."""
    names = [profile.name for profile in PROFILES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--only", nargs="*", choices=names, default=names, metavar="NAME", help=", ".join(names)
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="steady window of each profile")
    parser.add_argument("--force", action="store_true", help="measure although the machine is busy")
    args = parser.parse_args()
    held = True
    try:
        load = check_quiet(args.force)
        document: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            **machine.identity(),
            "machine": load,
            "micro": micro.run(),
            "profiles": {},
        }
        for profile in PROFILES:
            if profile.name in args.only:
                result = measure(profile, args.seconds)
                document["profiles"][profile.name] = result
                held &= show(profile.name, result)
    except Refused as error:
        say(f"bench: {error}")
        return 2
    load["load_average_after"] = [round(x, 2) for x in os.getloadavg()]
    RESULTS.mkdir(exist_ok=True)
    stamp = document["at"].replace(":", "").replace("+0000", "Z")
    path = RESULTS / f"{stamp}-{document['commit'][:8]}.json"
    path.write_text(json.dumps(document, indent=1) + "\n")
    say(f"written to {path.relative_to(ROOT)}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
