"""The API process: uvicorn, and the control channel to the supervisor. It ends when the supervisor goes."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import uvicorn

from call_center.agent.prompts.desk import PromptDesk
from call_center.api.application import Context, build
from call_center.config import Settings
from call_center.processes.control import Channel, Message, connect


class ApiServer(uvicorn.Server):
    """Says hello to the supervisor once it really listens."""

    def __init__(self, config: uvicorn.Config, channel: Channel) -> None:
        super().__init__(config)
        self._channel = channel

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        self._channel.notify("hello", kind="api")


async def run_api(settings: Settings, control: Path) -> None:
    """The API process: uvicorn, and the control channel to the supervisor."""

    async def asked(channel: Channel, op: str, message: Message) -> Message | None:
        return None

    channel = await connect(control, asked)
    context = Context(
        channel,
        settings.telephony.secret.get_secret_value(),
        settings.api.operator_token.get_secret_value(),
        PromptDesk(settings),
    )
    config = uvicorn.Config(
        build(context),
        settings.api.host,
        settings.api.port,
        log_level="warning",
        access_log=False,
        loop="none",
    )
    server = ApiServer(config, channel)
    reading = asyncio.create_task(channel.run())
    reading.add_done_callback(lambda _: setattr(server, "should_exit", True))
    await server.serve()
    channel.close()
    await reading
