"""The brain that asks Claude: Messages API, streaming, strict tools, prompt caching; `ClaudeBrain` is its face.

The prompt and the tool schemas are rendered from the flows and the toolbox (`prompt`), the messages from the folded
journal (`context`); what the model wants is verified (`evidence`) before it becomes an output of the brain.
"""

from call_center.agent.claude.brain import ClaudeBrain
from call_center.agent.claude.settings import BrainOptions

__all__ = ["BrainOptions", "ClaudeBrain"]
