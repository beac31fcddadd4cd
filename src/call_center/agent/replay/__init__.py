"""Real calls played again to a brain, turn by turn, to see what it would do otherwise; nothing reaches a shop.

`turns` cuts a journal into turns, `tape` answers tools from it, `replay` runs the brain on each turn as it really
stood, `compare` says what changed.
"""

from call_center.agent.replay.compare import Change, Comparison, Summary, compare, summarise
from call_center.agent.replay.replay import Replayed, Replayer
from call_center.agent.replay.turns import RecordedTurn, turns_of

__all__ = [
    "Change",
    "Comparison",
    "RecordedTurn",
    "Replayed",
    "Replayer",
    "Summary",
    "compare",
    "summarise",
    "turns_of",
]
