"""`python -m call_center.provision`: fetches what the embedded default needs beside Python packages.

Idempotent: what is there is left alone and nothing is printed about it. The recogniser's weights are checked by hash,
the voice is unpacked into the project's cache without touching the system. Ends 1 with one line when something cannot
be had; `call-center doctor` says what that means for calls.
"""

from __future__ import annotations

import sys

from call_center.config import load_settings
from call_center.errors import CallCenterError
from call_center.stt.install import ensure_model
from call_center.tts.install import ensure_espeak, ensure_voice


def tell(line: str) -> None:
    """Show progress where a person looks, away from any output that a program reads."""
    sys.stderr.write(f"==> {line}\n")
    sys.stderr.flush()


def main() -> int:
    """Fetch the voice, the spare voice and the recogniser."""
    try:
        ensure_voice(tell)
        ensure_espeak(tell)
        ensure_model(tell, load_settings().stt.model_dir)
    except CallCenterError as error:
        sys.stderr.write(f"provision: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
