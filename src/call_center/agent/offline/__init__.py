"""The built-in brain: a deterministic Ukrainian dialogue manager that executes the declared flows."""

from call_center.agent.offline.brain import OfflineBrain

__all__ = ["OfflineBrain"]
