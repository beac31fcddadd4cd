"""Write doc/technical/floor.md from the floor's table: `python -m call_center.core.floor_diagram [path]`.

A unit test fails while the committed page differs from what this renders.
"""

from __future__ import annotations

import sys
from pathlib import Path

from call_center.core.floor import mermaid

PAGE = Path("doc/technical/floor.md")

_HEAD = """# The floor

Who may speak, drawn from the table in `src/call_center/core/floor.py` by `python -m call_center.core.floor_diagram`.
Do not edit this page. An arrow reads `event / actions`.

While a sentence that must not be interrupted (the legal notice) is playing, `voice`, `key`, `keys_ended` and
`claimed` do not move `agent_speaking`; what was said is kept and is considered when the sentence ends.

"""


def page() -> str:
    """Return the whole page."""
    return f"{_HEAD}```mermaid\n{mermaid()}```\n"


def main() -> None:
    """Write the page."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
