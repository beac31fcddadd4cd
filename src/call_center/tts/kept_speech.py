"""Fixed phrases on the disk, beside the voice that spoke them, so that no later worker has to render them again.

One file per rendering code and voice package (`fingerprint`), written whole and renamed, so a reader never sees half of
it; a damaged or foreign file counts as none. It holds fixed phrases only: save before anything of a caller is rendered.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from functools import cache
from pathlib import Path

from call_center.tts.cache import Key, SpeechCache

_FORMAT = b"speech 1\n"
_SHAPING = ("debs.py", "install.py", "level.py", "rhvoice.py", "rhvoice_server.py", "speaking.py")


@cache
def fingerprint() -> str:
    """Changes with anything that makes the same words sound differently: packages, engine, loudness."""
    digest = hashlib.sha256(_FORMAT)
    for name in _SHAPING:
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()[:16]


def load(speech: SpeechCache, folder: Path) -> int:
    """Put what was kept into `speech`; returns how many phrases."""
    try:
        data = (folder / f"{fingerprint()}.speech").read_bytes()
    except OSError:
        return 0
    head, _, rest = data.removeprefix(_FORMAT).partition(b"\n")
    try:
        if not data.startswith(_FORMAT) or hashlib.sha256(rest).hexdigest() != head.decode():
            return 0
        index, _, pcm = rest.partition(b"\n")
        at = count = 0
        for fields, size in json.loads(index):
            speech.put(Key(**fields), pcm[at : at + size])
            at, count = at + size, count + 1
    except (ValueError, TypeError):
        return 0
    return count


def save(speech: SpeechCache, folder: Path) -> None:
    """Keep everything that is in `speech` now, in the place of what older code rendered. Raises `OSError`."""
    items = list(speech.items())
    index = json.dumps([(dataclasses.asdict(key), len(pcm)) for key, pcm in items]).encode()
    rest = index + b"\n" + b"".join(pcm for _, pcm in items)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{fingerprint()}.speech"
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_bytes(_FORMAT + hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest)
    temporary.replace(path)
    for old in folder.glob("*.speech"):
        if old != path:
            old.unlink(missing_ok=True)
