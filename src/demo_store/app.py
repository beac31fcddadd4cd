"""The FastAPI application: bearer key, request ids, one shape for every error.

Every answer carries X-Request-Id (the caller's own if it is a sane one). Every error, also an unknown path or a fault of
ours, is `{"error": {code, message, request_id}}`; a fault is logged with its request id and tells nothing of its cause.
"""

from __future__ import annotations

import logging
import re
import secrets
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo_store.clock import Clock
from demo_store.contract.common import Problem
from demo_store.database import SCHEMA, engine_for
from demo_store.errors import ApiError
from demo_store.faults import FaultMiddleware, Faults
from demo_store.idempotency import KEY_HEADER
from demo_store.routes import catalogue, fitting, orders
from demo_store.state import Store, current

log = logging.getLogger("demo_store")
BASE = "/api/v1"
CODES = {400: "bad_request", 401: "unauthorized", 404: "not_found", 405: "method_not_allowed"}
SHOWN_ERRORS = 3


class RequestIds:
    """ASGI middleware: puts `request_id` into the scope and X-Request-Id onto the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if re.fullmatch(r"[0-9A-Za-z_.-]{8,64}", given) else str(uuid.uuid4())
        scope["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        await self._app(scope, receive, send_with_id)


def problem(request: Request, error: ApiError, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return the error envelope."""
    body = {"code": error.code, "message": error.message, "request_id": request.scope["request_id"]}
    return JSONResponse({"error": body | error.extra}, status_code=error.status, headers=headers)


BEARER = HTTPBearer(auto_error=False, description="the shop's key")


async def authorised(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
) -> None:
    """Let only `Authorization: Bearer KEY` pass. Raises 401."""
    key = current(request).key
    if given is None or not secrets.compare_digest(given.credentials.encode(), key.encode()):
        raise ApiError(401, "unauthorized", "send the header Authorization: Bearer KEY with a valid key")


def serve_app(store: Store, faults: Faults | None = None) -> ASGIApp:
    """Return what a server runs for `store`; with `faults` it can be made to fail.

    The wrapping is outside FastAPI's own, so that an answer to a fault of ours carries its request id too.
    """
    app: ASGIApp = RequestIds(create_app(store))
    return app if faults is None else FaultMiddleware(app, faults)


def create_app(store: Store) -> FastAPI:
    """Return the application that serves `store`, to be wrapped by `serve_app`."""
    app = FastAPI(
        title="Store API",
        version="1.0.0",
        description="What the telephone agent asks of a tyre shop.",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{BASE}/openapi.json",
    )
    app.state.store = store
    answers: dict[int | str, dict[str, Any]] = {
        status: {"model": Problem} for status in (400, 401, 404, 409, 422, 429, 500, 503)
    }
    api = APIRouter(prefix=BASE, dependencies=[Depends(authorised)], responses=answers)
    for part in (catalogue, orders, fitting):
        api.include_router(part.router)
    app.include_router(api)
    _handle_errors(app)
    _require_keys(app)
    return app


def openapi_document() -> dict[str, Any]:
    """Return the contract as an OpenAPI document; no database is needed for it."""
    engine = engine_for("postgresql://nobody@127.0.0.1/none", SCHEMA)  # made, never connected
    return create_app(Store(engine, SCHEMA, Clock(), "")).openapi()


def _require_keys(app: FastAPI) -> None:
    """Let the document say that the key of a change is required: a missing one is a 400, not FastAPI's 422."""
    for methods in app.openapi()["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] == KEY_HEADER:
                    parameter["required"] = True
                    parameter["schema"] = {"type": "string", "format": "uuid"}


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(ApiError)
    async def on_api_error(request: Request, error: ApiError) -> JSONResponse:
        return problem(request, error, {"WWW-Authenticate": "Bearer"} if error.status == 401 else None)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        if any(item["type"] == "json_invalid" for item in error.errors()):
            return problem(request, ApiError(400, "bad_request", "the body is not JSON"))
        return problem(request, ApiError(422, "invalid", _explain(error)))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> JSONResponse:
        code = CODES.get(error.status_code, "error")
        headers = dict(error.headers or {})
        if error.status_code == 405:  # the framework names the methods of the first route alone
            headers["Allow"] = ", ".join(_methods_of(app, request.scope["path"]))
        return problem(request, ApiError(error.status_code, code, str(error.detail)), headers)

    @app.exception_handler(DBAPIError)
    @app.exception_handler(PoolTimeout)
    @app.exception_handler(OSError)
    async def on_database(request: Request, error: Exception) -> JSONResponse:
        log.error(
            "database: %s (request %s)", type(error).__name__, request.scope["request_id"], exc_info=error
        )
        unavailable = ApiError(503, "unavailable", "the store cannot reach its data now")
        return problem(request, unavailable, {"Retry-After": "1"})

    @app.exception_handler(Exception)
    async def on_fault(request: Request, error: Exception) -> JSONResponse:
        log.error("fault in request %s", request.scope["request_id"], exc_info=error)
        return problem(request, ApiError(500, "internal", "the store failed; see its log"))


def _methods_of(app: FastAPI, path: str) -> list[str]:
    """Return every method that `path` knows."""
    asked = path.split("/")
    found = set()
    for template, methods in app.openapi()["paths"].items():
        parts = template.split("/")
        if len(parts) == len(asked) and all(
            p == a or p.startswith("{") for p, a in zip(parts, asked, strict=True)
        ):
            found |= {method.upper() for method in methods}
    return sorted(found)


def _explain(error: RequestValidationError) -> str:
    """Return what is wrong in one line: `query width: Input should be ...; ...`."""
    parts = []
    for item in error.errors()[:SHOWN_ERRORS]:
        where = " ".join(str(step) for step in item["loc"])
        parts.append(f"{where}: {item['msg']}")
    return "; ".join(parts)
