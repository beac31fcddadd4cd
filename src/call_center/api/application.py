"""Builds the FastAPI application of the API process.

It holds no state of calls: everything is asked of the supervisor over the control channel, so web traffic can neither
delay audio nor lose a call. Errors are `{"error": {"code", "message", "request_id"}}`; telephony answers are one line
of plain text for the dialplan's CURL().
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from call_center.agent.prompts.desk import PromptDesk
from call_center.api import health, operator, prompts, telephony
from call_center.errors import PromptError


class SupervisorLink(Protocol):
    """What the API asks of the supervisor."""

    closed: bool

    async def ask(self, op: str, seconds: float = 1.0, **fields: Any) -> dict[str, Any]:
        """One request; raises `CallCenterError` when there is no answer in time."""


class Context:
    """Shared by the routes of one application; `desk` is what the prompts' routes work on."""

    def __init__(
        self, supervisor: SupervisorLink, telephony_secret: str, operator_token: str, desk: PromptDesk
    ) -> None:
        if not telephony_secret or not operator_token:
            raise ValueError("the API needs both secrets; empty ones would let anyone in")
        self.supervisor, self.desk = supervisor, desk
        self._telephony_secret, self._operator_token = telephony_secret, operator_token

    def is_pbx(self, presented: str) -> bool:
        """Whether the telephony secret was presented; constant time."""
        return secrets.compare_digest(presented.encode(), self._telephony_secret.encode())

    def is_operator(self, presented: str) -> bool:
        """Whether the operators' token was presented; constant time."""
        return secrets.compare_digest(presented.encode(), self._operator_token.encode())


def build(context: Context) -> FastAPI:
    """The application with all routes."""
    app = FastAPI(title="Call Center AI", version="1", docs_url="/docs", redoc_url=None)
    app.state.context = context
    app.include_router(health.router)
    app.include_router(telephony.router)
    app.include_router(operator.router)
    app.include_router(prompts.router)

    @app.middleware("http")
    async def with_request_id(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        request.state.request_id = uuid.uuid4().hex[:16]
        response = await call_next(request)
        response.headers["X-Request-Id"] = request.state.request_id
        return response

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        code = {
            401: "unauthorised",
            404: "not_found",
            405: "method_not_allowed",
            409: "conflict",
            413: "too_large",
            503: "unavailable",
        }
        return _error(request, error.status_code, code.get(error.status_code, "invalid"), str(error.detail))

    @app.exception_handler(PromptError)
    async def not_possible(request: Request, error: PromptError) -> JSONResponse:
        status = {"not_found": 404, "conflict": 409, "storage": 503}.get(error.kind, 422)
        code = {404: "not_found", 409: "conflict", 503: "unavailable"}.get(status, "invalid")
        return _error(request, status, code, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return _error(request, 422, "invalid", f"{place}: {first['msg']}")

    return app


def _error(request: Request, status: int, code: str, message: str) -> JSONResponse:
    request_id = getattr(request.state, "request_id", "")
    return JSONResponse({"error": {"code": code, "message": message, "request_id": request_id}}, status)
