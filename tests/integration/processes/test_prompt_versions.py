"""Prompt versions in a whole system: over REST into running workers, and with a call through the death of its worker."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.integration.processes.system import TOKEN, System, serving, until
from tests.integration.processes.test_resume import Caller

from call_center.core.journal.events import Connected, Noted
from call_center.processes.worker import read_call

pytestmark = pytest.mark.integration
NOBODY = "http://127.0.0.1:9"


def asked(system: System, method: str, path: str, body: Any = None) -> Any:
    """An answer of the prompts' API."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = httpx2.request(
        method, f"{system.api}/api/v1/prompts{path}", json=body, headers=headers, timeout=20
    )
    assert answer.is_success, answer.text
    return answer.json()


def notes(system: System, call_id: str) -> list[dict[str, Any]]:
    """What a call's journal says of prompts."""
    events = [entry.event for entry in read_call(system.var / "spool", call_id)]
    return [e.data for e in events if isinstance(e, Noted) and e.what == "prompt"]


def version_of_a_new_call(system: System) -> str:
    """Ring, hear the greeting begin, hang up; the version that the journal names before the connection."""
    call_id = str(uuid.uuid4())

    async def call() -> None:
        async with Caller(system, call_id) as caller:
            await caller.hear_speech()

    asyncio.run(call())
    until(5, lambda: bool(notes(system, call_id)))
    kinds = [type(entry.event) for entry in read_call(system.var / "spool", call_id)]
    assert kinds.index(Noted) < kinds.index(Connected)
    return str(notes(system, call_id)[0]["version"])


def test_a_version_reaches_running_workers_and_stays_with_its_call(tmp_path: Path, valkey_url: str) -> None:
    """Activated over REST, the next calls have it; a call keeps it when its worker dies and another version is active."""
    settings = {
        "REDIS_URL": valkey_url, "STORE_API_URL": NOBODY, "STORE_API_KEY": "none", "ANTHROPIC_API_KEY": "none",
        "ANTHROPIC_BASE_URL": NOBODY,
    }  # fmt: skip
    with serving(tmp_path, 1, "agent", **settings) as system:
        until(30, lambda: system.spares() == 1)
        assert version_of_a_new_call(system) == "builtin"
        part = {"section": "tone", "mode": "add", "text": "Speak warmly."}
        asked(system, "POST", "/versions", {"name": "warm", "parts": [part]})
        asked(system, "POST", "/versions/warm/activate")
        until(5, lambda: version_of_a_new_call(system) == "warm")
        call_id = str(uuid.uuid4())

        async def killed() -> None:
            async with Caller(system, call_id) as caller:
                await caller.hear_speech(frames=20)
                await asyncio.to_thread(asked, system, "POST", "/rollback")
                os.kill(system.pid_of(call_id), signal.SIGKILL)
                await caller.hear_the_end()
            answer = await asyncio.to_thread(system.post, "next", call_id=call_id, status="SUCCESS")
            assert answer.text == "again"
            async with Caller(system, call_id, previous="lost") as caller:
                await caller.hear_speech()

        asyncio.run(killed())
        until(5, lambda: {e.epoch for e in read_call(system.var / "spool", call_id)} == {1, 2})
        assert [note["version"] for note in notes(system, call_id)] == ["warm"]
        until(5, lambda: version_of_a_new_call(system) == "builtin")
        counted = httpx2.get(f"{system.api}/metrics").text
        assert 'callcenter_calls_by_prompt_total{version="warm"}' in counted
