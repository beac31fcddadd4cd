"""The spool file and its reader."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from call_center.core.journal import Journal, Spool, read_spool
from call_center.core.journal import events as ev
from call_center.core.journal.codec import encode
from call_center.errors import ConfigError, JournalError

pytestmark = pytest.mark.unit


def entries(*happened: ev.Event, epoch: int = 1) -> list[ev.Entry]:
    """Return a journal, one event a second."""
    return [ev.Entry("call", epoch, seq, 100.0 + seq, event) for seq, event in enumerate(happened, start=1)]


def test_spool_keeps_everything_in_order(tmp_path: Path) -> None:
    """What many calls append is in the file, each call's entries in order."""
    spool = Spool(tmp_path / "spool.jsonl")
    journals = [Journal(f"call-{n}", 1, spool) for n in range(5)]
    for _ in range(100):
        for journal in journals:
            journal.append(ev.KeyPressed("1"))
    spool.close()
    reading = read_spool(spool.path)
    assert reading.torn_lines == 0
    for journal in journals:
        mine = [entry for entry in reading.entries if entry.call_id == journal.call_id]
        assert tuple(mine) == journal.entries


def test_spool_is_private(tmp_path: Path) -> None:
    """Nobody else may read callers' words, also when the file was there with other rights."""
    path = tmp_path / "new" / "spool.jsonl"
    path.parent.mkdir()
    path.touch(0o644)
    Spool(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_spool_runs_one_thread_for_all_calls(tmp_path: Path) -> None:
    """Calls cost no threads."""
    before = threading.active_count()
    spool = Spool(tmp_path / "spool.jsonl")
    for n in range(50):
        Journal(f"call-{n}", 1, spool).append(ev.KeyPressed("1"))
    assert threading.active_count() == before + 1
    spool.close()


def test_durable_append_is_on_disk_when_it_returns(tmp_path: Path) -> None:
    """Write-ahead: after the await another process can read the entry."""

    async def main() -> None:
        spool = Spool(tmp_path / "spool.jsonl")
        journal = Journal("call", 1, spool)
        entry = await journal.append(ev.ToolIntended(1, "confirm_order", {}, "k"), durable=True)
        assert read_spool(spool.path).entries == (entry,)
        spool.close()

    asyncio.run(main())


def test_durable_append_to_a_closed_spool_fails(tmp_path: Path) -> None:
    """What cannot be made durable is told, so that nothing is committed."""

    async def main() -> None:
        spool = Spool(tmp_path / "spool.jsonl")
        spool.close()
        with pytest.raises(JournalError):
            await Journal("call", 1, spool).append(ev.KeyPressed("1"), durable=True)
        assert spool.dropped == 1

    asyncio.run(main())


def test_entries_survive_kill_9(tmp_path: Path) -> None:
    """What was written 100 ms before SIGKILL is there."""
    path = tmp_path / "spool.jsonl"
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from call_center.core.journal import Journal, Spool\n"
        "from call_center.core.journal.events import KeyPressed\n"
        "journal = Journal('call', 1, Spool(Path(sys.argv[1])))\n"
        "for _ in range(1000): journal.append(KeyPressed('1'))\n"
        "time.sleep(0.1)\n"
        "print('written', flush=True)\n"
        "time.sleep(60)\n"
    )
    source = Path(__file__).parents[3] / "src"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(source)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
    assert len(read_spool(path).entries) == 1000


def test_cut_last_line_is_counted_not_fatal(tmp_path: Path) -> None:
    """A process that died in the middle of a write loses at most that line."""
    path = tmp_path / "spool.jsonl"
    first, second = entries(ev.KeyPressed("1"), ev.KeyPressed("2"))
    path.write_bytes(encode(first) + encode(second)[:-10])
    reading = read_spool(path)
    assert (reading.entries, reading.torn_lines) == ((first,), 1)


def test_reopened_spool_does_not_glue_lines(tmp_path: Path) -> None:
    """What is appended after a cut line is readable."""
    path = tmp_path / "spool.jsonl"
    first, second = entries(ev.KeyPressed("1"), ev.KeyPressed("2"))
    path.write_bytes(encode(first)[:-10])
    spool = Spool(path)
    spool.put(second)
    spool.close()
    assert read_spool(path).entries == (second,)


def test_full_spool_drops_the_newest_and_counts(tmp_path: Path) -> None:
    """A stalled disk costs entries, never a stalled call; the loss is counted."""
    spool = Spool(tmp_path / "spool.jsonl", capacity=0)
    Journal("call", 1, spool).append(ev.KeyPressed("1"))
    spool.close()
    assert spool.dropped == 1
    assert read_spool(spool.path).entries == ()


def test_bad_entry_does_not_stop_the_spool(tmp_path: Path) -> None:
    """An event that is no JSON is dropped and told; what follows is written."""
    spool = Spool(tmp_path / "spool.jsonl")
    bad, good = entries(ev.Noted("x", {"at": object()}), ev.KeyPressed("1"))
    spool.put(bad)
    spool.put(good)
    spool.close()
    assert read_spool(spool.path).entries == (good,)
    assert spool.dropped == 1


def test_spool_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    """One line with the path and the way out."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="set another folder"):
        Spool(tmp_path / "file" / "spool.jsonl")


def test_full_disk_is_told_and_does_not_end_the_thread() -> None:
    """Writing to a device that is full keeps the entry, says so, and gives up only when the spool closes."""

    async def main() -> None:
        spool = Spool(Path("/dev/full"))
        waiting = Journal("call", 1, spool).append(ev.KeyPressed("1"), durable=True)
        await asyncio.get_running_loop().run_in_executor(None, spool.close)
        with pytest.raises(OSError, match="No space"):
            await waiting
        assert spool.error is not None
        assert "free space" in spool.error

    asyncio.run(main())
