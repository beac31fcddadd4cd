"""A SIP/RTP telephone for tests: places or takes one call at a time, speaks PCM, presses keys, remembers what it heard.

It runs on the event loop it is opened on; times are `time.monotonic()` seconds. RTP is sent every 20 ms on an absolute
clock from answer to end: speech, keys or silence, so the far side always has a clock. As an operator it does what
`on_invite` says, one entry for each incoming call, the last entry for all later ones. UDP without authentication, for
loopback. A call that fails raises `CallFailed` with the SIP status.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections import deque
from collections.abc import Sequence
from enum import StrEnum
from typing import Self

from call_center.testing.sip import message as sip
from call_center.testing.sip.g711 import Codec, Pcm
from call_center.testing.sip.heard import Heard
from call_center.testing.sip.media import HOST, Media, Udp

RETRANSMIT = (0.5, 1.0, 2.0, 4.0)  # RFC 3261 timers A and G, cut short: loopback loses nothing


class OnInvite(StrEnum):
    """What the agent does with an incoming call."""

    ANSWER = "200 OK"
    BUSY = "486 Busy Here"
    DECLINE = "603 Decline"
    RING = "180 Ringing"  # rings and is never picked up
    DEAD = ""  # no SIP response at all


class CallFailed(Exception):
    """The far side refused or never answered; `status` is the SIP status, 0 for silence."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"the call failed: {status} {reason}")
        self.status = status


class SipAgent:
    """One telephone. Open it with `async with await SipAgent.open(...)`."""

    def __init__(
        self, user: str, display: str, codec: Codec, on_invite: Sequence[OnInvite], ring_seconds: float
    ) -> None:
        self.user, self.display, self.codec = user, display, codec
        self.on_invite = deque(on_invite)
        self.ring_seconds = ring_seconds
        self.media = Media(codec)
        self.invites: list[sip.Message] = []  # every INVITE that came in, with its headers
        self.statuses: list[int] = []  # of our own INVITE
        self.times: dict[str, float] = {}  # invite, ringing, answered, bye_sent, bye_received, first_rtp
        self.ended_by = ""  # "us", "them"
        self.sip_port = 0
        self.invited = asyncio.Event()
        self.answered = asyncio.Event()
        self.ended = asyncio.Event()
        self._dialog: sip.Dialog | None = None
        self._incoming: sip.Message | None = None
        self._final: sip.Message | None = None
        self._acknowledged = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: CallFailed | None = None
        self._silent = False

    @classmethod
    async def open(
        cls,
        *,
        user: str = "+380990001234",
        display: str = "",
        port: int = 0,
        codec: Codec = Codec.PCMA,
        on_invite: Sequence[OnInvite] = (OnInvite.ANSWER,),
        ring_seconds: float = 0.2,
    ) -> Self:
        """Bind the sockets. `display` goes into From as it is, quotes included when it needs them."""
        agent = cls(user, display, codec, on_invite, ring_seconds)
        loop = asyncio.get_running_loop()
        agent._sip, _ = await loop.create_datagram_endpoint(
            lambda: Udp(agent._on_sip), local_addr=(HOST, port)
        )
        agent.sip_port = agent._sip.get_extra_info("sockname")[1]
        await agent.media.open()
        return agent

    _sip: asyncio.DatagramTransport

    @property
    def heard(self) -> Heard:
        """What came in, over all calls of this agent."""
        return self.media.heard

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up when still in a call and release the sockets."""
        if self._dialog is not None and self.answered.is_set() and not self.ended.is_set():
            await self.hang_up()
        for task in list(self._tasks):
            task.cancel()
        for task in list(self._tasks):
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._sip.close()
        self.media.close()

    # --- as caller ---------------------------------------------------------------------------------------------------

    async def call(self, uri: str, *, headers: Sequence[tuple[str, str]] = (), timeout: float = 10.0) -> None:  # noqa: ASYNC109
        """Ring `uri` (sip:number@127.0.0.1:port) and return when it answers."""
        await self.invite(uri, headers=headers)
        await self.wait_answered(timeout)

    async def invite(self, uri: str, *, headers: Sequence[tuple[str, str]] = ()) -> None:
        """Send the INVITE and return at once."""
        self._begin()
        host, _, port = uri.rpartition("@")[2].partition(":")
        contact = f"sip:{self._plain_user}@{HOST}:{self.sip_port}"
        self._dialog = sip.Dialog(
            call_id=f"{secrets.token_hex(8)}@{HOST}",
            local=f"{self.display} <sip:{self.user}@{HOST}>".strip(),
            local_tag=secrets.token_hex(4),
            contact=contact,
            remote=f"<{uri}>",
            target=uri,
            peer=(host, int(port or 5060)),
            invite_branch=_branch(),
            extra=list(headers),
        )
        self._mark("invite")
        offer = self._sdp()
        request = self._dialog.request("INVITE", self._dialog.invite_branch, self._via, offer)
        self._own(self._retransmit(request, self._dialog.peer, lambda: bool(self.statuses)))

    async def wait_answered(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109
        """Return when the call is up, ours or an incoming one."""
        try:
            await asyncio.wait_for(self.answered.wait(), timeout)
        except TimeoutError:
            raise CallFailed(0, f"no answer in {timeout:.0f} s") from None
        if self._failed is not None:
            raise self._failed

    async def wait_invite(self, timeout: float = 10.0) -> float:  # noqa: ASYNC109
        """Return when the first call came in, with the time of the last. Raises TimeoutError."""
        await asyncio.wait_for(self.invited.wait(), timeout)
        return self.times["invite"]

    # --- in the call -------------------------------------------------------------------------------------------------

    def play(self, pcm: Pcm) -> None:
        """Queue speech (int16, 8,000 Hz) and return at once."""
        self.media.play(pcm)

    async def say(self, pcm: Pcm) -> tuple[float, float]:
        """Speak and return when the last frame has left: monotonic start and end."""
        return await self.media.say(pcm)

    async def press(self, keys: str) -> None:
        """Press keys, 120 ms each with a pause of 100 ms."""
        await self.media.press(keys)

    def vanish(self) -> None:
        """Go away without BYE: no more RTP, no answer to anything."""
        self._silent = True
        self.media.deaf = True
        self._finish("us")

    async def hang_up(self) -> None:
        """Send BYE (CANCEL before the answer) and return when it is confirmed or two seconds passed."""
        dialog = self._dialog
        if dialog is None or self.ended.is_set():
            return
        self._mark("bye_sent")
        if not self.answered.is_set():
            self._send(dialog.request("CANCEL", dialog.invite_branch, self._via), dialog.peer)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), 2.0)
            return
        confirmed = asyncio.Event()
        self._confirmed = confirmed
        self._finish("us")
        request = dialog.request("BYE", _branch(), self._via)
        self._own(self._retransmit(request, dialog.peer, confirmed.is_set))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(confirmed.wait(), 2.0)

    async def wait_ended(self, timeout: float = 10.0) -> float:  # noqa: ASYNC109
        """Return when the call is over, with the time that was. Raises TimeoutError."""
        await asyncio.wait_for(self.ended.wait(), timeout)
        return self.times["ended"]

    # --- SIP ---------------------------------------------------------------------------------------------------------

    @property
    def _via(self) -> str:
        return f"{HOST}:{self.sip_port}"

    @property
    def _plain_user(self) -> str:
        """The user part of Contact, where nothing hostile is wanted."""
        return "".join(c for c in self.user if c.isascii() and c.isalnum())[:32] or "caller"

    def _sdp(self) -> str:
        return sip.sdp(HOST, self.media.port, self.codec, self.codec.name)

    def _begin(self) -> None:
        """Fresh state for a new call; `heard` and `invites` go on."""
        for event in (self.answered, self.ended, self._acknowledged):
            event.clear()
        self.media.begin()
        self._failed, self._final, self.ended_by = None, None, ""
        self.statuses.clear()

    _confirmed: asyncio.Event | None = None

    def _mark(self, what: str) -> None:
        self.times[what] = time.monotonic()

    def _send(self, packet: sip.Message, peer: tuple[str, int]) -> None:
        if not self._silent and not self._sip.is_closing():
            self._sip.sendto(packet.encode(), peer)

    async def _retransmit(self, packet: sip.Message, peer: tuple[str, int], done: object) -> None:
        self._send(packet, peer)
        for pause in RETRANSMIT:
            await asyncio.sleep(pause)
            if done():  # type: ignore[operator]
                return
            self._send(packet, peer)

    def _own(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_sip(self, data: bytes, peer: tuple[str, int], _now: float) -> None:
        packet = sip.parse(data)
        if packet is None or self._silent:
            return
        if packet.status:
            self._on_response(packet)
        else:
            self._on_request(packet, peer)

    def _on_response(self, packet: sip.Message) -> None:
        dialog = self._dialog
        if dialog is None or packet.header("call-id") != dialog.call_id:
            return
        if packet.method == "BYE" and self._confirmed is not None:
            self._confirmed.set()
        if packet.method != "INVITE":
            return
        status = packet.status
        self.statuses.append(status)
        if status == 180:
            self._mark("ringing")
        if status >= 180:
            dialog.remote_tag = packet.tag("to") or dialog.remote_tag
        if 200 <= status < 300:
            dialog.target = packet.uri("contact") or dialog.target
            self._send(dialog.request("ACK", _branch(), self._via), dialog.peer)
            self._up(sip.media_address(packet.body))
        elif status >= 300:
            self._send(dialog.request("ACK", dialog.invite_branch, self._via), dialog.peer)
            self._failed = CallFailed(status, packet.start.partition(" ")[2])
            self._finish("them")
            self.answered.set()

    def _on_request(self, packet: sip.Message, peer: tuple[str, int]) -> None:
        contact = f"sip:{self._plain_user}@{HOST}:{self.sip_port}"
        tag = self._dialog.local_tag if self._dialog else secrets.token_hex(4)
        ours = self._dialog is not None and packet.header("call-id") == self._dialog.call_id
        if packet.method == "INVITE":
            self._on_invite(packet, peer, contact, ours=ours)
        elif packet.method == "ACK":
            self._acknowledged.set()
        elif packet.method == "BYE":
            self._send(sip.response(packet, "200 OK" if ours else "481 No Call", tag, contact), peer)
            if ours:
                self._mark("bye_received")
                self._finish("them")
        elif packet.method == "CANCEL":
            self._send(sip.response(packet, "200 OK", tag, contact), peer)
            if ours and self._incoming is not None and not self.answered.is_set():
                self._send(sip.response(self._incoming, "487 Request Terminated", tag, contact), peer)
                self._finish("them")
        else:
            self._send(sip.response(packet, "200 OK", tag, contact), peer)

    def _on_invite(self, packet: sip.Message, peer: tuple[str, int], contact: str, *, ours: bool) -> None:
        if ours:
            if packet.tag("to") and self._dialog is not None:  # re-INVITE: the media moved
                self.media.remote = sip.media_address(packet.body) or self.media.remote
                answer = self._sdp()
                self._send(sip.response(packet, "200 OK", self._dialog.local_tag, contact, answer), peer)
            elif self._final is not None:
                self._send(self._final, peer)
            return
        will = self.on_invite.popleft() if len(self.on_invite) > 1 else self.on_invite[0]
        self.invites.append(packet)
        busy = self._dialog is not None and self.answered.is_set() and not self.ended.is_set()
        if busy:
            self._send(sip.response(packet, OnInvite.BUSY, secrets.token_hex(4), contact), peer)
            return
        self._begin()
        self._incoming = packet
        self._mark("invite")
        self.invited.set()
        self._dialog = sip.Dialog(
            call_id=packet.header("call-id"),
            local=packet.header("to"),
            local_tag=secrets.token_hex(4),
            contact=contact,
            remote=packet.header("from").partition(";tag=")[0],
            remote_tag=packet.tag("from"),
            target=packet.uri("contact"),
            peer=peer,
        )
        if will is not OnInvite.DEAD:
            self._own(self._take(packet, peer, will, self._dialog))

    async def _take(
        self, packet: sip.Message, peer: tuple[str, int], will: OnInvite, dialog: sip.Dialog
    ) -> None:
        """Ring, then do what the test wants."""
        if will in {OnInvite.ANSWER, OnInvite.RING}:
            self._send(sip.response(packet, OnInvite.RING, dialog.local_tag, dialog.contact), peer)
            self._mark("ringing")
            await asyncio.sleep(self.ring_seconds)
        if will is OnInvite.RING or self.ended.is_set():
            return
        body = self._sdp() if will is OnInvite.ANSWER else ""
        self._final = sip.response(packet, will, dialog.local_tag, dialog.contact, body)
        if will is OnInvite.ANSWER:
            self._up(sip.media_address(packet.body))
        else:
            self._finish("us")
        await self._retransmit(self._final, peer, self._acknowledged.is_set)

    def _up(self, remote: tuple[str, int] | None) -> None:
        if not self.answered.is_set():
            self._mark("answered")
            self.answered.set()
            self.media.remote = remote
            self._own(self.media.run())

    def _finish(self, by: str) -> None:
        if not self.ended.is_set():
            self._mark("ended")
            self.ended_by = by
            self.ended.set()
            self.media.end()


def _branch() -> str:
    return f"z9hG4bK{secrets.token_hex(6)}"
