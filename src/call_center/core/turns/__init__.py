"""Turn decisions, one small pure class each. Time is given in ms of audio or as seconds; nothing here has a clock."""

from call_center.core.turns.backchannel import Backchannel, Verdict
from call_center.core.turns.end import EndOfTurn
from call_center.core.turns.failure import FailureLadder, Remedy
from call_center.core.turns.keys import KeyCollector
from call_center.core.turns.line_quality import LineQuality
from call_center.core.turns.silence import SilencePrompts
from call_center.core.turns.speculation import Speculation
from call_center.core.turns.start import StartOfTurn
from call_center.core.turns.unrecognised import Unrecognised

__all__ = [
    "Backchannel",
    "EndOfTurn",
    "FailureLadder",
    "KeyCollector",
    "LineQuality",
    "Remedy",
    "SilencePrompts",
    "Speculation",
    "StartOfTurn",
    "Unrecognised",
    "Verdict",
]
