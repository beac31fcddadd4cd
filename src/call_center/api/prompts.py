"""Prompt versions and experiments over HTTP, for those who hold `API_OPERATOR_TOKEN`; what `call-center prompts` does.

Bodies are JSON of at most 64 KiB, read only after the token was checked. The work is done in a thread: it reads and
writes files, and an announcement must not wait for it. `PromptError` becomes 404, 409, 422 or 503 in `application`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

from call_center.agent.prompts.desk import PromptDesk
from call_center.agent.prompts.experiments import Variant
from call_center.agent.prompts.parts import Mode, Part, Section
from call_center.api.auth import bearer

router = APIRouter(prefix="/api/v1/prompts", tags=["prompts"])
MAX_BODY = 64 * 1024
BY = "api"  # the token names no person


class PartBody(BaseModel):
    """One change of one section."""

    model_config = ConfigDict(extra="forbid")

    section: Section
    mode: Mode
    text: str


class DraftBody(BaseModel):
    """A draft; the same name again writes it anew until it was active or tried."""

    model_config = ConfigDict(extra="forbid")

    name: str
    parts: list[PartBody] = Field(min_length=1, max_length=8)
    note: str = ""


class VariantBody(BaseModel):
    """A version and its weight."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: str
    weight: int


class ExperimentBody(BaseModel):
    """An experiment that begins at once; the first variant is what the others are compared with."""

    model_config = ConfigDict(extra="forbid")

    name: str
    variants: list[VariantBody] = Field(min_length=2, max_length=8)


@router.get("/versions")
async def versions(request: Request) -> dict[str, Any]:
    """All versions, the active one, and the running experiment."""
    return await _done(request, lambda desk: desk.versions())


@router.get("/versions/{name}")
async def version(name: str, request: Request) -> dict[str, Any]:
    """One version with its parts, tokens and the whole system prompt."""
    return await _done(request, lambda desk: desk.version(name))


@router.post("/versions", status_code=201, openapi_extra={"requestBody": {"required": True}})
async def draft(request: Request) -> dict[str, Any]:
    """Write a draft (`DraftBody`)."""
    body = await _body(request, DraftBody)
    parts = [Part(p.section, p.mode, p.text) for p in body.parts]
    return await _done(request, lambda desk: desk.draft(body.name, parts, body.note, BY))


@router.post("/versions/{name}/activate")
async def activate(name: str, request: Request) -> dict[str, Any]:
    """Make a version the active one; a running experiment ends."""
    return await _done(request, lambda desk: desk.activate(name, BY))


@router.post("/rollback")
async def rollback(request: Request) -> dict[str, Any]:
    """Back to the version that was active before."""
    return await _done(request, lambda desk: desk.rollback(BY))


@router.get("/history")
async def history(request: Request) -> dict[str, Any]:
    """Activations and rollbacks, oldest first."""
    return await _done(request, lambda desk: {"history": desk.history()})


@router.get("/experiments")
async def experiments(request: Request) -> dict[str, Any]:
    """All experiments, oldest first."""
    return await _done(request, lambda desk: {"experiments": desk.experiments()})


@router.post("/experiments", status_code=201, openapi_extra={"requestBody": {"required": True}})
async def start(request: Request) -> dict[str, Any]:
    """Begin an experiment (`ExperimentBody`)."""
    body = await _body(request, ExperimentBody)
    variants = [Variant(v.version, v.weight) for v in body.variants]
    return await _done(request, lambda desk: desk.start(body.name, variants, BY))


@router.get("/experiments/{name}")
async def experiment(name: str, request: Request) -> dict[str, Any]:
    """One experiment."""
    return await _done(request, lambda desk: desk.experiment(name))


@router.post("/experiments/{name}/stop")
async def stop(name: str, request: Request) -> dict[str, Any]:
    """End an experiment."""
    return await _done(request, lambda desk: desk.stop(name))


@router.get("/outcomes")
async def outcomes(request: Request, experiment: str | None = None) -> dict[str, Any]:
    """How the calls of each version went, with 95 % intervals."""
    return await _done(request, lambda desk: desk.outcomes(experiment))


def _allow(request: Request) -> None:
    if not request.app.state.context.is_operator(bearer(request)):
        raise HTTPException(401, "bearer token is not API_OPERATOR_TOKEN")


async def _done(request: Request, work: Callable[[PromptDesk], dict[str, Any]]) -> dict[str, Any]:
    _allow(request)
    return await asyncio.to_thread(work, request.app.state.context.desk)


async def _body[Model: BaseModel](request: Request, model: type[Model]) -> Model:
    _allow(request)
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY:
            raise HTTPException(413, f"body is over {MAX_BODY} bytes")
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "body"
        raise HTTPException(422, f"{place}: {first['msg']}") from None
