"""Fails when a module is over 400 lines or a function over 60: `python scripts/size_guard.py FOLDER...`."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

MODULE_LINES = 400
FUNCTION_LINES = 60


def findings(path: Path) -> Iterator[str]:
    """One line for each thing in the file that wants splitting."""
    source = path.read_text(encoding="utf-8")
    lines = source.count("\n")
    if lines > MODULE_LINES:
        yield f"{path}: {lines} lines (at most {MODULE_LINES})"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines (at most {FUNCTION_LINES})"


def main(folders: list[str]) -> int:
    """Print the findings; 1 when there are any."""
    paths = sorted(p for folder in folders for p in Path(folder).rglob("*.py"))
    found = [line for path in paths for line in findings(path)]
    for line in found:
        sys.stdout.write(line + "\n")
    sys.stdout.write(f"size guard: {len(paths)} files, {len(found)} too large\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
