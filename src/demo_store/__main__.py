"""`python -m demo_store`: the demo store on its own, without the call centre."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from demo_store.app import openapi_document
from demo_store.command import options_of
from demo_store.errors import StartError
from demo_store.server import run


def main() -> int:
    """Serve until a signal; 1 and one line on stderr when that cannot be."""
    parser = argparse.ArgumentParser(prog="demo_store", description="Reference Store API with demo data.")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument(
        "--test-port", type=int, default=None, help="also serve /_test/* there (0: any free port)"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--now", default=None, help="ISO 8601 time that the store's clock starts from")
    parser.add_argument("--reset", action="store_true", help="put the data back to the seed first")
    parser.add_argument("--schema", default="demo_store", help="database schema")
    parser.add_argument(
        "--folder", type=Path, default=Path("var/services"), help="of the embedded PostgreSQL"
    )
    parser.add_argument("--leashed", action="store_true", help="end when standard input closes")
    parser.add_argument("--json", action="store_true", help="print URL and key as one JSON object")
    parser.add_argument("--openapi", action="store_true", help="print the OpenAPI document and stop")
    asked = vars(parser.parse_args())
    if asked.pop("openapi"):
        sys.stdout.write(json.dumps(openapi_document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        return 0
    as_json = asked.pop("json")
    try:
        run(options_of(**asked), as_json=as_json)
    except StartError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
