"""Writes the generated documents anew: `make docs`. Tests fail while they differ from the code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GENERATED = {
    "src/demo_store/openapi.json": ["-m", "demo_store", "--openapi"],
}


def main() -> int:
    """Run every generator."""
    from call_center.core.floor_diagram import PAGE, page  # noqa: PLC0415  the tree may be half broken

    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
    for name, arguments in GENERATED.items():
        made = subprocess.run(  # noqa: S603  our own modules
            [sys.executable, *arguments], check=True, capture_output=True, text=True
        )
        (ROOT / name).write_text(made.stdout, encoding="utf-8")
        sys.stdout.write(f"{ROOT / name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
