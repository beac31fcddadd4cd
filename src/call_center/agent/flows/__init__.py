"""Flows as data: what has to be known, how it is asked, which tool follows and what is told.

A flow is declared once (`FLOWS`); the offline brain executes it, a prompt is rendered from it and policy checks
against it. Adding a flow is one declaration and its lines.
"""

from call_center.agent.flows.base import Ask, Do, Flow, Tell
from call_center.agent.flows.catalogue import AVAILABILITY, ORDER, SELECT_TYRES
from call_center.agent.flows.later import CONSULT, FITTING, ORDER_STATUS

FLOWS: dict[str, Flow] = {
    flow.name: flow for flow in (SELECT_TYRES, AVAILABILITY, ORDER, FITTING, ORDER_STATUS, CONSULT)
}

__all__ = ["FLOWS", "Ask", "Do", "Flow", "Tell"]
