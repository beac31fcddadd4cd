"""Understanding: what a caller's words mean, in Ukrainian, Russian and the mix of both. Pure, no I/O after load.

`load_catalogue()` once, then `understand(text, expected, catalogue=..., today=...)` for every final transcript and
`judge(text, slot, question)` for every partial one.
"""

from call_center.understanding.meaning import Filled, Hours, Intent, Utterance
from call_center.understanding.readiness import judge
from call_center.understanding.understand import understand
from call_center.understanding.vocabulary import Catalogue, Model, load_catalogue

__all__ = [
    "Catalogue",
    "Filled",
    "Hours",
    "Intent",
    "Model",
    "Utterance",
    "judge",
    "load_catalogue",
    "understand",
]
