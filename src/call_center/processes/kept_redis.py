"""The embedded Valkey of `serve`: a child of the supervisor, started again on the same port and data when it dies."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from urllib.parse import urlsplit

from call_center.logging import get_logger
from embedded_services import EmbeddedServices, ServicesError

WATCH_S = 0.5
log = get_logger(__name__)


class KeptRedis:
    """`start` gives the URL; `watch` runs while it is wanted; `stop` ends it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._services = EmbeddedServices(folder, postgres=False)
        self.url = ""

    def start(self) -> str:
        """Start or attach to the folder's server. Raises `ServicesError`."""
        self._services.start()
        self.url = self._services.valkey_url
        return self.url

    async def watch(self) -> None:
        """Start it again, for ever, with the same URL."""
        while True:
            await asyncio.sleep(WATCH_S)
            if self._has_ended():
                log.error("the embedded Valkey ended, restarting it")
                try:
                    await asyncio.to_thread(self.restart)
                except ServicesError as error:
                    log.error("the embedded Valkey does not start", why=str(error))

    def stop(self) -> None:
        """End it if it is ours."""
        self._services.stop()

    @property
    def pid(self) -> int | None:
        """Process id while it is ours."""
        return self._services.valkey.pid if self._services.valkey is not None else None

    def _has_ended(self) -> bool:
        server = self._services.valkey
        if server is None or server.pid is None:
            return server is None or not server.attached
        try:
            return os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # somebody has waited for it
            return True

    def restart(self) -> None:
        """Start it again on its port and its data. Raises `ServicesError`."""
        self._services.stop()
        port = urlsplit(self.url).port or 0
        self._services = EmbeddedServices(self._folder, postgres=False, valkey_port=port)
        self._services.start()
