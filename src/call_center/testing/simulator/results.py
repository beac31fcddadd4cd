"""What came of the runs: one line a run as it ends, the table at the end, everything as JSON. Pure.

pass@1 is the mean share of a scenario's runs that passed, pass^N the share of scenarios of which all N runs passed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from call_center.testing.simulator.deadlines import latencies
from call_center.testing.simulator.play import Outcome
from call_center.testing.simulator.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one scenario. `broken` are those of `failed` that every scenario has to hold."""

    scenario: str
    turns: int
    failed: tuple[str, ...]
    transcript: str
    broken: tuple[str, ...] = ()
    route: tuple[str, ...] = ()
    seed: int = 1
    seconds: float = 0.0
    ended: str = ""
    tools: tuple[str, ...] = ()
    latencies_ms: tuple[int, ...] = ()  # caller's end of turn to the answer, turn by turn
    changes: dict[str, Any] | None = None

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        outcome: Outcome,
        broken: Sequence[str],
        missed: Sequence[str],
        *,
        seed: int,
        began: float,
    ) -> Result:
        """Sum a played scenario up; `began` is of `time.perf_counter`."""
        return cls(
            scenario.id,
            len(outcome.caller),
            (*broken, *missed),
            outcome.transcript(),
            tuple(broken),
            outcome.route(),
            seed,
            round(time.perf_counter() - began, 3),
            outcome.ended,
            tuple(f"{e['name']} {'ok' if e['ok'] else 'failed'}" for e in outcome.of("tool")),
            tuple(latencies(outcome)),
            outcome.changes,
        )

    @property
    def line(self) -> str:
        """The run as a row of the table."""
        verdict = "FAIL" if self.failed else "pass"
        return f"{self.scenario:<32} {verdict} {self.turns:>3}  {'; '.join(self.failed)}".rstrip()

    def as_dict(self) -> dict[str, Any]:
        """JSON types, the transcript line by line."""
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "passed": not self.failed,
            "turns": self.turns,
            "failed": list(self.failed),
            "broken": list(self.broken),
            "ended": self.ended,
            "seconds": self.seconds,
            "latencies_ms": list(self.latencies_ms),
            "tools": list(self.tools),
            "route": list(self.route),
            "transcript": self.transcript.splitlines(),
            "changes": self.changes,
        }


def runs_of(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Runs by scenario, in the order in which they were played."""
    runs: dict[str, list[Result]] = {}
    for result in results:
        runs.setdefault(result.scenario, []).append(result)
    return runs


def summary(results: Sequence[Result], repeat: int) -> dict[str, Any]:
    """The figures."""
    runs = list(runs_of(results).values())
    return {
        "scenarios": len(runs),
        "repeat": repeat,
        "pass_at_1": round(sum(sum(not r.failed for r in each) / len(each) for each in runs) / len(runs), 4),
        f"pass_hat_{repeat}": round(sum(all(not r.failed for r in each) for each in runs) / len(runs), 4),
        "failed": [name for name, each in runs_of(results).items() if any(r.failed for r in each)],
        "broken_guarantees": sum(len(r.broken) for r in results),
        "runs_with_broken_guarantees": sum(bool(r.broken) for r in results),
        "seconds": round(sum(r.seconds for r in results), 1),
    }


def closing_lines(results: Sequence[Result], repeat: int) -> str:
    """What stands under the table: repeated scenarios summed up, then the totals."""
    lines = []
    if repeat > 1:
        for name, each in runs_of(results).items():
            good = sum(not r.failed for r in each)
            checks = "; ".join(dict.fromkeys(check for r in each for check in r.failed))
            turns = sum(r.turns for r in each) / len(each)
            lines.append(f"{name:<32} {good}/{len(each)} {turns:>5.1f}  {checks}".rstrip())
    found = summary(results, repeat)
    lines.append(
        f"{found['scenarios']} scenarios, pass@1 {found['pass_at_1']:.0%},"
        f" pass^{repeat} {found[f'pass_hat_{repeat}']:.0%},"
        f" {found['runs_with_broken_guarantees']} with a broken guarantee, {found['seconds']:.0f} s"
    )
    return "\n".join(lines) + "\n"


def report(results: Sequence[Result], repeat: int, **asked: Any) -> dict[str, Any]:
    """Everything, for `--json`; `asked` is how the runs were asked for."""
    return {**asked, "summary": summary(results, repeat), "runs": [r.as_dict() for r in results]}
