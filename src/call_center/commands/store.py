"""`call-center store`: the demo store as a server of its own; `store verify` judges any shop's Store API."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from call_center.errors import ConfigError

app = typer.Typer(
    add_completion=False, help="Run the demo store, or check a shop's own Store API against the contract."
)


@app.callback(invoke_without_command=True)
def store(
    context: typer.Context,
    *,
    port: Annotated[int, typer.Option(help="port on the host; 0: any free one")] = 0,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    now: Annotated[
        str | None,
        typer.Option(help="ISO 8601 time the store's clock starts from; a run in a throw-away database"),
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="put the data back to the seed first")] = False,
    test_port: Annotated[
        int | None, typer.Option(help="serve /_test/* (reset, changes, faults) there; 0: any free port")
    ] = None,
    schema: Annotated[str, typer.Option(help="database schema")] = "demo_store",
    folder: Annotated[Path, typer.Option(help="data of the embedded PostgreSQL")] = Path("var/services"),
    as_json: Annotated[bool, typer.Option("--json", help="print URL and key as one JSON object")] = False,
) -> None:
    """Run the demo store until a signal; its URL and key are the first lines on stdout.

    DATABASE_URL chooses your own PostgreSQL, STORE_API_KEY the key.
    """
    if context.invoked_subcommand is not None:
        return
    from demo_store.command import options_of
    from demo_store.errors import StartError
    from demo_store.server import run

    try:
        options = options_of(
            port=port, host=host, now=now, reset=reset, test_port=test_port, schema=schema, folder=folder
        )
        run(options, as_json=as_json)
    except StartError as error:
        raise ConfigError(str(error)) from error


@app.command()
def verify(
    url: Annotated[
        str, typer.Option("--url", help="base URL of the shop's Store API", envvar="STORE_API_URL")
    ],
    key: Annotated[str, typer.Option("--key", help="its bearer key", envvar="STORE_API_KEY")],
    *,
    write: Annotated[
        bool,
        typer.Option("--write", help="also make and cancel a draft and a booking (nothing is confirmed)"),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
) -> None:
    """Check a shop's API against the contract; exit code 1 and what is missing when it is not kept."""
    broken = asyncio.run(_verify(url, key, write=write, as_json=as_json))
    raise typer.Exit(1 if broken else 0)


async def _verify(url: str, key: str, *, write: bool, as_json: bool) -> int:
    from call_center.store_client.verify import Verifier

    verifier = Verifier(url, key)
    broken = total = 0
    try:
        async for finding in verifier.run(write=write):
            total += 1
            broken += bool(finding.problem)
            if as_json:
                told = {"check": finding.check, "ok": not finding.problem, "problem": finding.problem or None}
                line = json.dumps(told | {"ms": round(finding.milliseconds, 1)}, ensure_ascii=False)
            else:
                mark = "FAIL" if finding.problem else "ok"
                line = f"{mark:4}  {finding.check:52}  {finding.milliseconds:6.0f} ms  {finding.problem}".rstrip()
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    finally:
        await verifier.aclose()
    if not as_json:
        sys.stdout.write(f"{total - broken} of {total} checks passed\n")
    return broken
