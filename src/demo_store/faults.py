"""Faults on request, for tests: the store answers late, wrongly, never, or loses its answer.

`/_test/faults` replaces the list. Every request takes the first fault whose path and method fit and which is not used
up. `lost_answer` does the work and then breaks the connection: what makes an idempotency key worth having.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo_store.contract.common import Request, Text

HANG_S = 120.0  # longer than any client waits
Kind = Literal["latency", "429", "500", "503", "hang", "reset", "html", "cut_json", "lost_answer"]


class Fault(Request):
    """One fault. `path` is a part of the path, "" fits all; `times` null: until replaced."""

    kind: Kind
    path: Annotated[str, Field(max_length=200)] = ""
    method: Text | None = None
    times: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    latency_ms: Annotated[int, Field(ge=0, le=60_000)] = 0
    retry_after_s: Annotated[int, Field(ge=0, le=3600)] = 1


class Faults:
    """The faults that are due."""

    def __init__(self) -> None:
        self._due: list[Fault] = []

    def replace(self, faults: list[Fault]) -> None:
        """Forget all and take these."""
        self._due = [fault.model_copy() for fault in faults]

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault of this request and count it."""
        for fault in self._due:
            if fault.path in path and fault.method in {None, method}:
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self._due.remove(fault)
                return fault
        return None


class FaultMiddleware:
    """ASGI middleware, the outermost: between the server and everything else."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        fault = self._faults.take(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.latency_ms:
            await asyncio.sleep(fault.latency_ms / 1000)
        if fault.kind == "latency":
            await self._app(scope, receive, send)
        elif fault.kind == "hang":
            await asyncio.sleep(HANG_S)
        elif fault.kind == "reset":
            _break(send)
        elif fault.kind == "lost_answer":
            await self._app(scope, receive, _swallow)
            _break(send)
        else:
            await _answer(fault)(scope, receive, send)


def _answer(fault: Fault) -> Response:
    if fault.kind == "html":
        return HTMLResponse("<html><body><h1>It works!</h1></body></html>")
    if fault.kind == "cut_json":
        return Response(b'{"data": [{"id": "00120013", "bra', media_type="application/json")
    status = int(fault.kind)
    error = {"code": "unavailable", "message": "a fault that was asked for", "request_id": "fault"}
    headers = {"Retry-After": str(fault.retry_after_s)} if status != 500 else {}
    return JSONResponse({"error": error}, status_code=status, headers=headers)


async def _swallow(message: Message) -> None:
    """Let nothing out."""


def _break(send: Any) -> None:
    """Reset the TCP connection: close with the linger time 0, which sends RST.

    ASGI has no word for it; uvicorn's `send` is a method of an object that holds the transport.
    """
    transport: asyncio.Transport = send.__self__.transport
    raw = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
