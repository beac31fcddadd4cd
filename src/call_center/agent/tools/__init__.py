"""The agent's tools: typed actions on the shop, by their canonical names.

Arguments are pydantic models that forbid what they do not know; results are JSON. Options get handles (`o1`, `o2`)
that mean the same tyre throughout the call; ids of the shop never reach a brain or the caller.
"""

from call_center.agent.tools.registry import BadArguments, ShopRefused, Tool, Toolbox, ToolContext
from call_center.agent.tools.step import default_toolbox

__all__ = ["BadArguments", "ShopRefused", "Tool", "ToolContext", "Toolbox", "default_toolbox"]
