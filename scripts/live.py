"""Against the real Claude API: `live.py check` asks one question, `live.py evals` plays the scenarios.

Needs ANTHROPIC_API_KEY; without it says so in one line and exits 2. Never run by CI.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from call_center.config import load_settings

REPOSITORY = Path(__file__).resolve().parents[1]


async def check() -> int:
    """One streamed request with the brain's own prompt and tools."""
    from anthropic import AsyncAnthropic  # noqa: PLC0415 - only with a key

    from call_center.agent.claude.prompt import static_prefix  # noqa: PLC0415
    from call_center.agent.claude.stream import Tally, read  # noqa: PLC0415

    settings = load_settings()
    chosen = settings.anthropic
    system, tools = static_prefix(settings.agent.name, settings.agent.shop, chosen.strict_tools)
    tally = Tally()
    async with AsyncAnthropic(api_key=chosen.api_key.get_secret_value(), max_retries=0) as client:
        deadline = asyncio.get_running_loop().time() + 30
        parts = read(
            client,
            {
                "model": chosen.model, "max_tokens": 300, "system": list(system), "tools": list(tools),
                "thinking": {"type": "disabled"}, "stream": True,
                "messages": [{"role": "user", "content": "<state>\nflow: \"none\"\n</state>\n<caller>Добрий день</caller>"}],
            },
            tally, first_token_s=20, deadline=deadline,
        )  # fmt: skip
        async for part in parts:
            sys.stdout.write(f"{part}\n")
    sys.stdout.write(f"first token {tally.first_token_s:.2f} s, {tally.usage}\n")
    return 0


def main() -> int:
    """Entry point."""
    if not load_settings().anthropic.api_key.get_secret_value():
        sys.stderr.write("set ANTHROPIC_API_KEY to a key of the Claude API, then run this again\n")
        return 2
    if sys.argv[1:] == ["check"]:
        return asyncio.run(check())
    command = [sys.executable, "-m", "call_center", "simulate", "tests/scenarios", "--brain", "claude"]
    return subprocess.run(command, cwd=REPOSITORY, check=False).returncode  # noqa: S603 - our own command


if __name__ == "__main__":
    sys.exit(main())
