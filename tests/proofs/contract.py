"""The demo store against its own OpenAPI document: schemathesis asks what it likes, every answer must be as the document says.

One check is left out, that whatever fits the schema is accepted: 422 is also how the shop decides (a product that does
not exist, a branch that is not there, a key used for something else), which no schema can tell.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from demo_store.process import StoreAddress, StoreProcess

STORE_NOW = "2026-11-23T10:30:00+02:00"
LIMIT_S = 1200


def check(address: StoreAddress, examples: int, seed: int) -> dict[str, Any]:
    """At most `examples` cases an operation and phase; what was found, none when all answers fit."""
    with tempfile.TemporaryDirectory(prefix="store-contract-") as folder:
        report = Path(folder) / "report.json"
        command = [
            sys.executable, "-m", "schemathesis.cli", "run", f"{address.url}/api/v1/openapi.json",
            "--header", f"Authorization: Bearer {address.key}", "--max-examples", str(examples), "--seed", str(seed),
            "--exclude-checks", "positive_data_acceptance", "--no-color", "--warnings", "off", "--generation-database", "none",
            "--report-junit-path", str(report), "--output-truncate", "true",
        ]  # fmt: skip
        run = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=LIMIT_S, cwd=folder
        )
    lines = [line.strip() for line in run.stdout.splitlines()]
    summary = [line for line in lines if "generated" in line or "passed" in line or "failed" in line]
    failures = [] if run.returncode == 0 else lines[-80:]
    return {"examples": examples, "seed": seed, "failures": failures, "summary": summary[-4:]}


def run(postgres_url: str, examples: int, seed: int) -> dict[str, Any]:
    """The same with a store of its own."""
    process = StoreProcess(
        database_url=postgres_url, schema="demo_store_contract", now=STORE_NOW, test_port=0, reset=True
    )
    with process as address:
        return check(address, examples, seed)


def main() -> None:
    """Print what is found: `python -m tests.proofs.contract POSTGRES_URL [EXAMPLES]`."""
    found = run(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 30, 1)
    sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
