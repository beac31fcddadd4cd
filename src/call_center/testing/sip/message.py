"""SIP messages (RFC 3261) as text in and out; just what a test telephone needs, no sockets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_SHORT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
}


@dataclass(frozen=True, slots=True)
class Message:
    """A request or response. Header names are compared in lower case; order and repeats are kept."""

    start: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""

    @property
    def status(self) -> int:
        """Status code of a response, 0 for a request."""
        return int(self.start.split(" ")[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """Method of a request, or of the request that a response answers."""
        return self.header("cseq").split(" ")[-1] if self.status else self.start.split(" ")[0]

    def header(self, name: str) -> str:
        """The first value of a header, "" when absent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def all(self, name: str) -> list[tuple[str, str]]:
        """Every occurrence of a header."""
        return [(key, value) for key, value in self.headers if key.lower() == name.lower()]

    def tag(self, name: str) -> str:
        """The tag of From or To, "" when there is none."""
        match = re.search(r";tag=([^\s;>]+)", self.header(name))
        return match.group(1) if match else ""

    def uri(self, name: str) -> str:
        """The URI in a From, To or Contact header."""
        value = self.header(name)
        match = re.search(r"<([^>]+)>", value)
        return match.group(1) if match else value.split(";")[0].strip()

    def encode(self) -> bytes:
        """Bytes for the wire, Content-Length included."""
        body = self.body.encode()
        lines = [self.start, *(f"{key}: {value}" for key, value in self.headers)]
        if self.body:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def parse(data: bytes) -> Message | None:
    """A message, or None when it is not one (keep-alives)."""
    head, _, body = data.decode("utf-8", errors="replace").partition("\r\n\r\n")
    lines = head.split("\r\n")
    if len(lines) < 2 or "SIP/2.0" not in lines[0]:
        return None
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers.append((_SHORT.get(name.strip().lower(), name.strip()), value.strip()))
    return Message(lines[0], tuple(headers), body)


@dataclass(slots=True)
class Dialog:
    """One side's view of a dialog: who, where to, and the running CSeq."""

    call_id: str
    local: str  # our From (caller) or To (called) without tag
    local_tag: str
    contact: str
    remote: str = ""
    remote_tag: str = ""
    target: str = ""
    peer: tuple[str, int] = ("", 0)
    cseq: int = 0
    invite_branch: str = ""
    extra: list[tuple[str, str]] = field(default_factory=list)

    def request(self, method: str, branch: str, via: str, body: str = "") -> Message:
        """A request inside (or opening) the dialog. ACK and CANCEL reuse the number of the INVITE."""
        if method not in {"ACK", "CANCEL"}:
            self.cseq += 1
        number = 1 if method in {"ACK", "CANCEL"} else self.cseq
        to = f"{self.remote};tag={self.remote_tag}" if self.remote_tag else self.remote
        headers = (
            ("Via", f"SIP/2.0/UDP {via};branch={branch};rport"),
            ("From", f"{self.local};tag={self.local_tag}"),
            ("To", to),
            ("Call-ID", self.call_id),
            ("CSeq", f"{number} {method}"),
            ("Max-Forwards", "70"),
            ("Contact", f"<{self.contact}>"),
            *(self.extra if method == "INVITE" else ()),
        )
        return Message(f"{method} {self.target} SIP/2.0", headers, body)


def response(request: Message, status: str, tag: str, contact: str, body: str = "") -> Message:
    """The response to a request; `status` is code and reason."""
    to = request.header("to")
    if not status.startswith("100") and ";tag=" not in to:
        to += f";tag={tag}"
    headers = (
        *request.all("via"),
        ("From", request.header("from")),
        ("To", to),
        ("Call-ID", request.header("call-id")),
        ("CSeq", request.header("cseq")),
        *request.all("record-route"),
        ("Contact", f"<{contact}>"),
    )
    return Message(f"SIP/2.0 {status}", headers, body)


def sdp(host: str, port: int, payload: int, name: str) -> str:
    """An offer or answer of one G.711 stream with telephone events."""
    lines = (
        "v=0",
        f"o=- 1 1 IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {payload} 101",
        f"a=rtpmap:{payload} {name}/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=ptime:20",
        "a=sendrecv",
    )
    return "\r\n".join(lines) + "\r\n"


def media_address(body: str) -> tuple[str, int] | None:
    """Where the other side wants its RTP, or None without an audio stream."""
    port = re.search(r"^m=audio (\d+)", body, re.M)
    host = re.search(r"^c=IN IP4 (\S+)", body, re.M)
    return (host.group(1), int(port.group(1))) if port and host else None
