"""The REST side of prompts: who may, what comes back, errors as everywhere."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest

from call_center.agent.prompts.desk import PromptDesk
from call_center.api.application import Context, build
from call_center.config import load_settings

pytestmark = pytest.mark.unit
TOKEN = "operators-token-0001"
WARM = {
    "name": "warm",
    "note": "softer",
    "parts": [{"section": "tone", "mode": "add", "text": "Speak warmly."}],
}
HALF = {"name": "t1", "variants": [{"version": "builtin", "weight": 1}, {"version": "warm", "weight": 1}]}


class Silent:
    """A supervisor nobody asks."""

    closed = False

    async def ask(self, op: str, seconds: float = 1.0, **fields: Any) -> dict[str, Any]:
        """Never called by these routes."""
        raise AssertionError(op)


def asked(folder: Path, *requests: tuple[str, str, Any], token: str = TOKEN) -> list[httpx2.Response]:
    """Answers to requests (method, path, body) one after the other."""
    app = build(Context(Silent(), "telephony-secret-0001", TOKEN, PromptDesk(load_settings(var_dir=folder))))

    async def run() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(app)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
            return [
                await client.request(method, f"/api/v1/prompts{path}", json=body)
                for method, path, body in requests
            ]

    return asyncio.run(run())


def test_a_version_goes_from_draft_to_active_and_back(tmp_path: Path) -> None:
    """Draft, look, try, decide, go back; every answer says who decides now."""
    answers = asked(
        tmp_path,
        ("POST", "/versions", WARM),
        ("GET", "/versions/warm", None),
        ("POST", "/experiments", HALF),
        ("GET", "/versions", None),
        ("POST", "/versions/warm/activate", None),
        ("GET", "/experiments/t1", None),
        ("POST", "/rollback", None),
        ("GET", "/history", None),
        ("GET", "/outcomes?experiment=t1", None),
    )
    assert [a.status_code for a in answers] == [201, 200, 201, 200, 200, 200, 200, 200, 200]
    drafted, seen, started, listed, decided, ended, back, history, outcomes = (a.json() for a in answers)
    assert drafted["state"] == "draft"
    assert "Speak warmly." in seen["system_prompt"]
    assert seen["tokens"] == drafted["tokens"] < 6_000
    assert started["running"]
    assert [v["name"] for v in listed["versions"]] == ["builtin", "warm"]
    assert listed["experiment"]["name"] == "t1"
    assert (decided["active"], decided["experiment"], decided["ended"]) == ("warm", None, "t1")
    assert not ended["running"]
    assert back["active"] == "builtin"
    assert [row["how"] for row in history["history"]] == ["activate", "rollback"]
    assert [v["calls"] for v in outcomes["versions"]] == [0, 0]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/versions"), ("GET", "/versions/warm"), ("POST", "/versions"), ("POST", "/versions/warm/activate"),
        ("POST", "/rollback"), ("GET", "/history"), ("GET", "/experiments"), ("POST", "/experiments"),
        ("GET", "/experiments/t1"), ("POST", "/experiments/t1/stop"), ("GET", "/outcomes"),
    ],
)  # fmt: skip
def test_nobody_gets_in_without_the_token(tmp_path: Path, method: str, path: str) -> None:
    """401 before a body is read or a file is looked at."""
    for token in ("", "wrong", TOKEN + "x"):
        (answer,) = asked(tmp_path, (method, path, {"x": "y" * 100_000}), token=token)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "unauthorised"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("request_line", "body", "expected", "says"),
    [
        ("GET /versions/cold", None, (404, "not_found"), "cold"),
        ("POST /versions/cold/activate", None, (404, "not_found"), "cold"),
        ("POST /rollback", None, (409, "conflict"), "nothing to go back"),
        ("POST /versions/builtin/activate", None, (409, "conflict"), "already"),
        ("POST /versions", {**WARM, "name": "builtin"}, (409, "conflict"), "draft another name"),
        ("POST /versions", {**WARM, "name": "A B"}, (422, "invalid"), "lower-case"),
        ("POST /versions", {**WARM, "parts": []}, (422, "invalid"), "parts"),
        ("POST /versions", {**WARM, "rules": "none"}, (422, "invalid"), "rules"),
        ("POST /versions", {**WARM, "parts": [{"section": "facts", "mode": "replace", "text": "x"}]}, (422, "invalid"), "only be added to"),
        ("POST /versions", {**WARM, "parts": [{"section": "tone", "mode": "add", "text": "слово " * 300}]}, (422, "invalid"), "below 6000"),
        ("POST /versions", {**WARM, "note": "x" * 70_000}, (413, "too_large"), "65536"),
        ("POST /experiments", HALF, (404, "not_found"), "warm"),
        ("POST /experiments", {**HALF, "variants": [{"version": "builtin", "weight": True}] * 2}, (422, "invalid"), "weight"),
        ("POST /experiments/t9/stop", None, (404, "not_found"), "t9"),
        ("GET /outcomes?experiment=t9", None, (404, "not_found"), "t9"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(
    tmp_path: Path, request_line: str, body: Any, expected: tuple[int, str], says: str
) -> None:
    """One error shape, a status by kind, a message that names the thing."""
    method, path = request_line.split()
    (answer,) = asked(tmp_path, (method, path, body))
    assert (answer.status_code, answer.json()["error"]["code"]) == expected
    assert says in answer.json()["error"]["message"]


def test_a_damaged_file_is_unavailable_not_a_crash(tmp_path: Path) -> None:
    """503 with the way out."""
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "book.json").write_text("{", "utf-8")
    (answer,) = asked(tmp_path, ("GET", "/versions", None))
    assert answer.status_code == 503
    assert "damaged" in answer.json()["error"]["message"]
