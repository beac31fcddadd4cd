"""`call-center asterisk render`: the Asterisk side of the system as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from call_center.errors import ConfigError
from call_center.telephony.configuration import (
    NoAnswer,
    Private,
    Profile,
    Settings,
    read_secret,
    render,
    write,
)

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)

TEST = "Test profile"
HELP = """Write the dialplan, the operators' endpoints, the queue and the secret for the PBX.

Production: copy the files to the PBX's /etc/asterisk, owner root:asterisk, and add

\b
to extensions.conf  #include "call_center_extensions.conf"
  and in the context of your trunk
                    same => n,Gosub(call-center,start,1(${EXTEN}))
to pjsip.conf       #include "call_center_pjsip.conf"
  and at your trunk's endpoint
                    rtp_timeout=30
to queues.conf      #include "call_center_queues.conf"

then `asterisk -rx "core reload"`. Needed modules: app_audiosocket app_exec app_queue func_curl func_env.

\b
Example:
  call-center asterisk render --out /tmp/pbx --api http://10.0.0.5:8080 \\
    --secret-file /etc/call-center/pbx.secret \\
    --operator sip:desk@10.0.0.7 --operator PJSIP/102
"""


@app.callback()
def asterisk() -> None:
    """Render the Asterisk configuration."""


@app.command("render", help=HELP)
def render_command(  # noqa: PLR0917 (typer passes options by name)
    out: Annotated[Path, typer.Option(help="Folder to write to; made when missing.")],
    api: Annotated[str, typer.Option(help="Where the PBX reaches the API, e.g. http://10.0.0.5:8080")],
    secret_file: Annotated[Path, typer.Option(help="One word of 16+ characters, the same as the API's.")],
    operator: Annotated[
        list[str], typer.Option(help="sip:name@host[:port] or PJSIP/endpoint; may be repeated.")
    ],
    profile: Annotated[
        Profile, typer.Option(help="production: files to include; test: a whole private Asterisk.")
    ] = (Profile.PRODUCTION),
    no_answer: Annotated[
        NoAnswer, typer.Option(help="When no operator answers: again = back to the agent.")
    ] = (NoAnswer.AGAIN),
    ring_seconds: Annotated[int, typer.Option(help="How long operators ring.")] = 20,
    queue: Annotated[str, typer.Option(help="Name of the queue of last resort.")] = "call-center-operators",
    queue_seconds: Annotated[int, typer.Option(help="How long a caller waits there.")] = 60,
    etc: Annotated[Path, typer.Option(help="Where the files will lie at the PBX.")] = Path("/etc/asterisk"),
    sip_port: Annotated[int, typer.Option(help="UDP port on 127.0.0.1.", rich_help_panel=TEST)] = 15060,
    rtp_start: Annotated[int, typer.Option(help="First RTP port.", rich_help_panel=TEST)] = 20000,
    rtp_end: Annotated[int, typer.Option(help="Last RTP port.", rich_help_panel=TEST)] = 20999,
    modules: Annotated[Path, typer.Option(help="Asterisk's module folder.", rich_help_panel=TEST)] = Path(
        "/usr/lib/asterisk/modules"
    ),
    data: Annotated[Path, typer.Option(help="Asterisk's data folder.", rich_help_panel=TEST)] = Path(
        "/usr/share/asterisk"
    ),
) -> None:
    """Write the files; `HELP` is what the user reads."""
    private = None
    if profile is Profile.TEST:
        if not 1024 <= sip_port <= 65535 or not 1024 <= rtp_start < rtp_end <= 65535:
            raise ConfigError(
                "--sip-port, --rtp-start and --rtp-end must be ports from 1024 to 65535, start below end"
            )
        etc = out.resolve()
        private = Private(sip_port, rtp_start, rtp_end, modules, data)
    settings = Settings(
        api, tuple(operator), etc, no_answer, ring_seconds, queue, queue_seconds, private=private
    )
    files = render(settings)
    write(files, read_secret(secret_file), out)
    typer.echo(f"{len(files) + 1} files in {out}")
