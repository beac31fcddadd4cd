"""What the dialplan asks with CURL(): announce a call, what next, call ended.

Bodies are `application/x-www-form-urlencoded`, at most 16 KiB; the secret is a bearer token. Answers are one line of
plain text, so that the dialplan needs no parser: `agent TICKET HOST:PORT`, `operator SUMMARY_ID`, `again`, `hangup`.
Anything the dialplan cannot read (an error, nothing) means "no processor" to it, and operators ring.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

from call_center.api.auth import bearer
from call_center.errors import CallCenterError
from call_center.logging import get_logger
from call_center.monitoring import metrics
from call_center.telephony.announce import Announcement


class CallReport(BaseModel):
    """What the dialplan says of a call after an attempt."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    call_id: UUID
    status: str = Field(default="", max_length=64)


router = APIRouter(prefix="/api/v1/telephony", tags=["telephony"])
MAX_BODY = 16 * 1024
log = get_logger(__name__)


async def _fields(request: Request) -> dict[str, str]:
    if not request.app.state.context.is_pbx(bearer(request)):
        raise HTTPException(401, "bearer token is not TELEPHONY_SECRET")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(413, f"body is over {MAX_BODY} bytes")
    parsed = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=32)
    return {key: values[-1] for key, values in parsed.items()}


async def _ask(request: Request, op: str, **fields: Any) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = await request.app.state.context.supervisor.ask(op, 1.0, **fields)
    except CallCenterError as error:
        log.error("supervisor does not answer", op=op, error=str(error))
        raise HTTPException(503, "the supervisor does not answer") from None
    return answer


def _checked[Model: BaseModel](model: type[Model], fields: dict[str, str]) -> Model:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise HTTPException(422, f"{place}: {first['msg']}") from None


@router.post("/announce", response_class=PlainTextResponse)
async def announce(request: Request) -> str:
    """A dial attempt is coming: which worker takes it, or the operators."""
    started = time.perf_counter()
    call = _checked(Announcement, await _fields(request))
    answer = await _ask(request, "announce", **call.model_dump(mode="json"))
    metrics.ANNOUNCE_SECONDS.observe(time.perf_counter() - started)
    if answer["answer"] == "agent":
        return f"agent {answer['ticket']} {answer['address']}"
    return f"operator {answer['summary_id']}"


@router.post("/next", response_class=PlainTextResponse)
async def what_next(request: Request) -> str:
    """An attempt ended: the agent's decision, or what the dialplan should do about a lost worker."""
    report = _checked(CallReport, await _fields(request))
    answer = await _ask(request, "next", call_id=str(report.call_id), status=report.status)
    return f"operator {answer['summary_id']}" if answer["answer"] == "operator" else str(answer["answer"])


@router.post("/ended", response_class=PlainTextResponse)
async def ended(request: Request) -> str:
    """The caller's channel is gone."""
    report = _checked(CallReport, await _fields(request))
    await _ask(request, "ended", call_id=str(report.call_id))
    return "ok"
