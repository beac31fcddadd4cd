"""What an operator's screen shows for a call that comes from the agent; the id arrives in a SIP header."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from call_center.api.auth import bearer
from call_center.errors import CallCenterError

router = APIRouter(prefix="/api/v1/operator", tags=["operator"])


class OperatorCall(BaseModel):
    """Why the call came to a person and what is already known."""

    call_id: str
    caller: str | None = Field(description="E.164, null when hidden")
    name: str | None = Field(description="caller's name as the line shows it")
    reason: str | None = Field(description="transfer reason, a fixed word")
    summary: str = Field(description="what the caller wants and what is known, Ukrainian")


@router.get("/calls/{summary_id}")
async def operator_call(summary_id: str, request: Request) -> OperatorCall:
    """The summary behind `X-Call-Summary`; bearer token `API_OPERATOR_TOKEN`."""
    context = request.app.state.context
    if not context.is_operator(bearer(request)):
        raise HTTPException(401, "bearer token is not API_OPERATOR_TOKEN")
    try:
        answer: dict[str, Any] = await context.supervisor.ask("summary", 1.0, summary_id=summary_id)
    except CallCenterError:
        raise HTTPException(503, "the supervisor does not answer") from None
    if not answer["found"]:
        raise HTTPException(404, "no such summary; they are kept for 30 minutes")
    return OperatorCall.model_validate(answer)
