"""structlog wired to stderr: console lines for people, JSON lines for machines, both masked."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from call_center.logging.masking import mask, mask_text

_SAFE = frozenset({"event", "level", "timestamp", "room", "call_id"})


def _masked(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in list(event.items()):
        if key == "event":
            event[key] = mask_text(str(value))
        elif key not in _SAFE:
            event[key] = mask(value, key)
    return event


def configure(level: str = "info", style: str = "console", process: str = "") -> None:
    """Set up logging for this process; `process` is bound to every line."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if style == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            _masked,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    if process:
        structlog.contextvars.bind_contextvars(process=process)


def get_logger(name: str) -> Any:
    """A logger whose lines carry `name`; keyword arguments become fields."""
    return structlog.get_logger(room=name)
