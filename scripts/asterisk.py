"""A private Asterisk by hand: `fetch` prepares one, `run` starts it before a running `call-center serve`.

    python scripts/asterisk.py fetch
    python scripts/asterisk.py run --api http://127.0.0.1:8080 --secret-file var/secrets/telephony

`run` prints where to ring (any softphone on this machine, without registration) and where the operator's telephone must
listen, and follows Asterisk's log until Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from call_center.errors import CallCenterError
from call_center.telephony.configuration import read_secret
from call_center.testing.sip.installation import find
from call_center.testing.sip.private_asterisk import PrivateAsterisk

say = partial(print, flush=True)


def run(given: argparse.Namespace) -> None:
    """Start Asterisk and follow its log."""
    asterisk = PrivateAsterisk(
        find(say), api=given.api, secret=read_secret(given.secret_file), operator_port=given.operator_port
    )
    with asterisk:
        say(
            f"ring sip:700@127.0.0.1:{asterisk.sip_port}; the operator is sip:operator@127.0.0.1:{given.operator_port}"
        )
        shown = len(asterisk.log)
        while asterisk.alive:
            log = asterisk.log
            sys.stdout.write(log[shown:])
            sys.stdout.flush()
            shown = len(log)
            time.sleep(0.5)


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    fetch = commands.add_parser("fetch", help="find or unpack Asterisk and SIPp and say where they are")
    fetch.set_defaults(do=lambda _given: say("Asterisk {0.version}: {0.origin}".format(find(say))))
    start = commands.add_parser("run", help="start one on 127.0.0.1 until Ctrl-C")
    start.add_argument("--api", required=True, help="http://127.0.0.1:8080")
    start.add_argument("--secret-file", required=True, type=Path, help="file with TELEPHONY_SECRET")
    start.add_argument(
        "--operator-port", type=int, default=15070, help="UDP port of the operator's telephone"
    )
    start.set_defaults(do=run)
    given = parser.parse_args()
    try:
        given.do(given)
    except CallCenterError as error:
        sys.stderr.write(f"asterisk: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
