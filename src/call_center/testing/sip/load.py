"""SIPp as an independent SIP stack: many calls at once, each streaming speech, none may fail.

The scenario dials, acknowledges, streams a raw A-law file for the given time and hangs up. SIPp runs as the ordinary
user of the private Asterisk, in its folder; its own counters are the result.
"""

from __future__ import annotations

import csv
import subprocess
from dataclasses import dataclass
from pathlib import Path

from call_center.errors import ConfigError
from call_center.testing.sip.g711 import Codec, Pcm, encode
from call_center.testing.sip.private_asterisk import (
    CALLER_PORTS,
    PrivateAsterisk,
    free_udp_port,
    free_udp_range,
)

_REQUEST = """
    {method} {uri} SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:+38099000[call_number]@[local_ip]>;tag=[pid]-[call_number]
    To: <sip:[service]@[remote_ip]:[remote_port]>{to}
    Call-ID: [call_id]
    CSeq: {number} {method}
    Contact: <sip:load@[local_ip]:[local_port]>
    Max-Forwards: 70
"""

_OFFER = """    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=- 1 1 IN IP4 [local_ip]
    s=-
    c=IN IP4 [media_ip]
    t=0 0
    m=audio [rtpstream_audio_port] RTP/AVP 8
    a=rtpmap:8 PCMA/8000
    a=ptime:20
"""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """SIPp's own counters."""

    started: int
    succeeded: int
    failed: int
    retransmissions: int


def scenario(speech: str) -> str:
    """The SIPp scenario as XML; `speech` is the file it streams for ever."""
    peer = "[peer_tag_param]"
    invite = (
        _REQUEST.format(method="INVITE", uri="sip:[service]@[remote_ip]:[remote_port]", to="", number=1)
        + _OFFER
    )
    acknowledge, bye = (
        _REQUEST.format(method=method, uri="[next_url]", to=peer, number=number) + "    Content-Length: 0\n\n"
        for method, number in (("ACK", 1), ("BYE", 2))
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller who speaks">
  <send retrans="500"><![CDATA[{invite}]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true" rtd="true"/>
  <send><![CDATA[{acknowledge}]]></send>
  <nop><action><exec rtp_stream="{speech},-1,8,PCMA/8000"/></action></nop>
  <pause/>
  <send retrans="500"><![CDATA[{bye}]]></send>
  <recv response="200"/>
</scenario>
"""


def run_load(asterisk: PrivateAsterisk, number: str, speech: Pcm, *, calls: int, seconds: int) -> LoadResult:
    """Hold `calls` calls to `number` for `seconds` each, five new ones a second, and count."""
    folder = asterisk.folder / "run"
    Path(folder / "speech.al").write_bytes(encode(speech, Codec.PCMA))
    Path(folder / "load.xml").write_text(scenario("speech.al"), encoding="utf-8")
    rtp = free_udp_range(4 * calls, CALLER_PORTS)
    command = [
        *asterisk.installation.sipp,
        *("-sf", "load.xml", "-s", number, "-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(free_udp_port())),
        *("-m", str(calls), "-l", str(calls), "-r", "5", "-d", str(seconds * 1000), "-nostdin"),
        *("-min_rtp_port", str(rtp), "-max_rtp_port", str(rtp + 4 * calls - 1)),
        *(
            "-trace_stat",
            "-stf",
            "load.csv",
            "-trace_err",
            "-error_file",
            "load.err",
            "-timeout",
            f"{seconds + 60}s",
        ),
        f"127.0.0.1:{asterisk.sip_port}",
    ]
    process = asterisk.spawn(command, subprocess.PIPE)
    output, _ = process.communicate()
    results = folder / "load.csv"
    if not results.exists():
        lines = output.decode(errors="replace").strip().splitlines()
        raise ConfigError(f"SIPp did not run: {lines[-1][:200] if lines else process.returncode}")
    with results.open(encoding="utf-8", newline="") as table:
        last = list(csv.DictReader(table, delimiter=";"))[-1]
    return LoadResult(
        started=int(last["TotalCallCreated"]),
        succeeded=int(last["SuccessfulCall(C)"]),
        failed=int(last["FailedCall(C)"]),
        retransmissions=int(last["Retransmissions(C)"]),
    )
