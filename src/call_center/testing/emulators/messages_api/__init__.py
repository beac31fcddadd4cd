"""An emulator of Anthropic's Messages API: HTTP and SSE, a rule-driven model, and everything that goes wrong.

It knows the agent only by the requests it gets. `Emulator` serves, `model.reply` decides, `wire` makes the events,
`behaviours` are the faults. Tests parse every answer with the official SDK.
"""

from call_center.testing.emulators.messages_api.behaviours import Behaviour
from call_center.testing.emulators.messages_api.server import Emulator, emulator

__all__ = ["Behaviour", "Emulator", "emulator"]
