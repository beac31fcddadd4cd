"""`python -m bench.kills`: the audio worker is killed (SIGKILL) while tyres are ordered by voice through a real Asterisk.

Twenty orders with one kill each at seeded moments (`call_center.testing.resilience.moments`). Each must be completed
exactly once in the shop, as wished; no slot asked again, nothing said twice or never, nobody greeted twice, and p95 of
the silence at the caller's ear at most `GAP_LIMIT_S`. What a kill hit is read from the dead process's journal: one that
missed its moment counts as an order, not for the moment, and up to `MOST_MORE` orders are added until every moment
was hit `LEAST_EACH` times. No order is left out of the result. Exit 0 when all of that held, 1 when not, 2 when it could not measure. Results as JSON in
bench/results with commit and machine load. `--force` measures on a busy machine; its load stands in the result.
`--slack 3` is for shared machines.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import functools
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import machine
from bench.run import RESULTS, Refused, check_quiet, say
from bench.spoken import percentile
from tests.e2e.system import System, running

from call_center.core.journal.codec import to_json
from call_center.testing.resilience.call import Caller, OrderCall, speech
from call_center.testing.resilience.judge import hit, problems
from call_center.testing.resilience.moments import Kill, Moment, plan
from call_center.testing.resilience.person import Wish
from call_center.testing.resilience.store import TestStore, running_store
from call_center.testing.sip.agent import SipAgent
from call_center.testing.sip.g711 import Pcm
from call_center.testing.sip.installation import find
from call_center.testing.sip.private_asterisk import PrivateAsterisk, free_udp_port

GAP_LIMIT_S = 2.0
LEAST_EACH = 3
MOST_MORE = 6
NUMBER = "+38099000{:04d}"
DIALLED = "700"


@dataclass(frozen=True, slots=True)
class Place:
    """Shop, call processor and PBX, all running."""

    store: TestStore
    system: System
    uri: str


@contextmanager
def place() -> Iterator[Place]:
    """Start everything; ends it, too."""
    with (
        tempfile.TemporaryDirectory(prefix="kills-") as folder,
        running_store(Path(folder)) as store,
        running("embedded", workers=1, STORE_API_URL=store.url, STORE_API_KEY=store.key) as system,
        PrivateAsterisk(
            find(functools.partial(print, file=sys.stderr)),
            api=system.api,
            secret=system.secret,
            operator_port=free_udp_port(),
        ) as pbx,
    ):
        yield Place(store, system, f"sip:{DIALLED}@127.0.0.1:{pbx.sip_port}")


async def order(where: Place, said: dict[str, Pcm], kills: list[Kill], nth: int) -> OrderCall:
    """One order, with its kills."""
    await asyncio.to_thread(where.store.reset)
    await asyncio.to_thread(where.system.wait_spare)
    async with await SipAgent.open(user=NUMBER.format(nth)) as agent:
        caller = Caller(
            agent,
            where.system.folder / "var/spool",
            where.store,
            said,
            lambda pid: os.kill(pid, signal.SIGKILL),
            wish=Wish(quantity=2 + 2 * (nth % 2)),
            kills=kills,
            seed=nth,
            spare=lambda: asyncio.to_thread(where.system.wait_spare),
        )
        return await caller.run(where.uri)


async def measure(where: Place, seed: int, orders: int, journals: Path | None) -> list[dict[str, Any]]:
    """Every order's row."""
    said = await speech(Wish())
    kills, more = plan(seed, orders), plan(seed + 1, len(Moment) * MOST_MORE)
    rows: list[dict[str, Any]] = []
    while kills:
        nth, kill = len(rows) + 1, kills.pop(0)
        call = await order(where, said, [kill], nth)
        changes = await asyncio.to_thread(where.store.changes)
        row = row_of(kill, call, problems(call, changes))
        rows.append(row)
        say(f"{nth:2}. {line_of(row)}")
        if journals is not None:
            lines = [json.dumps(to_json(entry), ensure_ascii=False) for entry in call.entries]
            (journals / f"{nth:02}.jsonl").write_text("\n".join(lines) + "\n")
        if not kills and nth < orders + MOST_MORE:
            wanting = [moment for moment, hits in hits_by_moment(rows).items() if hits < LEAST_EACH]
            kills = [kill for kill in more if kill.moment in wanting][:1]
            more = [kill for kill in more if kill not in kills]
    return rows


def hits_by_moment(rows: list[dict[str, Any]]) -> dict[str, int]:
    """How often a process really died in each."""
    return {moment: sum(row["hit"] and row["moment"] == moment for row in rows) for moment in Moment}


def row_of(kill: Kill, call: OrderCall, wrong: list[str]) -> dict[str, Any]:
    """The result of one order."""
    gap = call.deaths[0].gap_s if call.deaths else None
    return {
        "moment": kill.moment,
        "hit": any(hit(death, call.entries) for death in call.deaths),
        "at": dataclasses.asdict(kill),
        "gap_s": None if gap is None else round(gap, 2),
        "call_s": call.seconds,
        "problems": wrong,
    }


def line_of(row: dict[str, Any]) -> str:
    """A row for people."""
    gap = "-" if row["gap_s"] is None else f"{row['gap_s']:.2f} s"
    place_ = f"{row['at']['slot']} + {row['at']['delay_s']:.2f} s"
    verdict = "; ".join(row["problems"]) or "ordered once, as wished"
    moment = row["moment"] if row["hit"] else f"not {row['moment']}"
    return f"{moment:38} {place_:24} silence {gap:>7}  call {row['call_s']:5.1f} s  {verdict}"


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts by moment and the gap."""
    gaps = [row["gap_s"] for row in rows if row["gap_s"] is not None]
    return {
        "orders": len(rows),
        "right": sum(not row["problems"] for row in rows),
        "missed": sum(not row["hit"] for row in rows),
        "by_moment": hits_by_moment(rows),
        "gap_p50_s": percentile(gaps, 0.5) if gaps else None,
        "gap_p95_s": percentile(gaps, 0.95) if gaps else None,
        "gap_max_s": max(gaps, default=None),
    }


def held(summary: dict[str, Any], slack: float) -> bool:
    """Whether what is stated was seen; the gap may be `slack` times as long."""
    enough = min(summary["by_moment"].values()) >= LEAST_EACH
    gap = summary["gap_p95_s"]
    return enough and summary["right"] == summary["orders"] and gap is not None and gap <= GAP_LIMIT_S * slack


def main() -> int:
    """Read the command line, kill, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=int, default=20)
    parser.add_argument("--force", action="store_true", help="measure although the machine is busy")
    parser.add_argument(
        "--slack", type=float, default=1.0, help="times the stated silence that is let through (CI: 3)"
    )
    parser.add_argument("--journals", type=Path, help="folder that gets the journal of every call")
    args = parser.parse_args()
    if args.journals:
        args.journals.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    try:
        load = check_quiet(args.force)
    except Refused as error:
        say(f"kills: {error}")
        return 2
    with place() as where:
        rows = asyncio.run(measure(where, args.seed, args.orders, args.journals))
    load["load_average_after"] = [round(x, 2) for x in os.getloadavg()]
    summary = summarise(rows)
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        **machine.identity(),
        "machine": load,
        "seed": args.seed,
        "minutes": round((time.monotonic() - began) / 60, 1),
        "summary": summary,
        "slack": args.slack,
        "held": held(summary, args.slack),
        "kills": rows,
    }
    RESULTS.mkdir(exist_ok=True)
    stamp = str(document["at"]).replace(":", "").replace("+0000", "Z")
    path = RESULTS / f"{stamp}-{str(document['commit'])[:8]}-kills.json"
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    say(json.dumps(summary, ensure_ascii=False))
    say(f"written to {path}")
    return 0 if document["held"] else 1


if __name__ == "__main__":
    sys.exit(main())
