"""Structured log lines on stderr, with personal data masked in every one of them.

`configure` is called once per process; rooms use `get_logger(__name__)`. Masking happens in the last processor before
rendering, so no call site can forget it.
"""

from call_center.logging.setup import configure, get_logger

__all__ = ["configure", "get_logger"]
