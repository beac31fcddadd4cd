"""What the owner of a shop decides about the agent."""

from __future__ import annotations

from dataclasses import dataclass, field

from call_center.agent.policy import Limits


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Persona, shop and bounds."""

    name: str = "Олена"
    shop: str = "Шинний двір"
    limits: Limits = field(default_factory=Limits)
    operators: tuple[int, int] = (9, 19)  # hours from and to which they are there
    filler_after: float = 0.7  # seconds a tool may take in silence
    tool_timeout: float = 6.0
