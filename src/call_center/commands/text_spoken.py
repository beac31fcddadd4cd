"""`call-center text spoken`: the spoken form of each line of stdin, one JSON object a line on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TextIO

from call_center.tts.spoken.normaliser import spoken


def run(lines: Iterable[str], out: TextIO) -> None:
    """Write `{"text": ..., "spoken": ...}` for every line, in order, as soon as it is read."""
    for line in lines:
        text = line.rstrip("\r\n")
        out.write(json.dumps({"text": text, "spoken": spoken(text)}, ensure_ascii=False) + "\n")
        out.flush()


def text_spoken() -> None:
    """Read lines of text from stdin and print what the synthesiser would get for each, as JSON lines."""
    run(sys.stdin, sys.stdout)
