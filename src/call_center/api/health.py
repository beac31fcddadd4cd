"""`/livez` (this process runs), `/readyz` (a call would be answered now), `/health` (both, for people), `/metrics`."""

from __future__ import annotations

import os
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess

from call_center.errors import CallCenterError

router = APIRouter(tags=["health"])


async def _status(request: Request) -> dict[str, Any] | None:
    try:
        status: dict[str, Any] = await request.app.state.context.supervisor.ask("status", 0.5)
    except CallCenterError:
        return None
    return status


def _takes_calls(status: dict[str, Any] | None) -> bool:
    if status is None or status["stopping"]:
        return False
    return any(
        not w["draining"] and w["beat_age_ms"] < 1000 and w["active"] < w["limit"] for w in status["workers"]
    )


@router.get("/livez")
async def livez() -> dict[str, str]:
    """The API process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """200 when a worker would take a call now, else 503."""
    ready = _takes_calls(await _status(request))
    return JSONResponse({"status": "ok" if ready else "not_ready"}, 200 if ready else 503)


@router.get("/health")
async def health(request: Request) -> JSONResponse:
    """State of every part; 503 when no call would be answered by the agent."""
    status = await _status(request)
    ready = _takes_calls(status)
    body: dict[str, Any] = {
        "status": "ok" if ready else "degraded",
        "supervisor": "ok" if status else "unreachable",
        "workers": (status or {}).get("workers", []),
        "spares": (status or {}).get("spares", 0),
    }
    return JSONResponse(body, 200 if ready else 503)


@router.get("/metrics")
def metrics() -> Response:
    """Prometheus text, added up over all processes."""
    registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
