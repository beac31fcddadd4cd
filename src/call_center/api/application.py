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

from call_center.api import health, operator, telephony


class SupervisorLink(Protocol):
    """What the API asks of the supervisor."""

    closed: bool

    async def ask(self, op: str, seconds: float = 1.0, **fields: Any) -> dict[str, Any]:
        """One request; raises `CallCenterError` when there is no answer in time."""


class Context:
    """Shared by the routes of one application."""

    def __init__(self, supervisor: SupervisorLink, telephony_secret: str, operator_token: str) -> None:
        if not telephony_secret or not operator_token:
            raise ValueError("the API needs both secrets; empty ones would let anyone in")
        self.supervisor = supervisor
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
            413: "too_large",
            503: "unavailable",
        }
        return _error(request, error.status_code, code.get(error.status_code, "invalid"), str(error.detail))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return _error(request, 422, "invalid", f"{place}: {first['msg']}")

    return app


def _error(request: Request, status: int, code: str, message: str) -> JSONResponse:
    request_id = getattr(request.state, "request_id", "")
    return JSONResponse({"error": {"code": code, "message": message, "request_id": request_id}}, status)
