"""Flows as data: what has to be known, how it is asked, which tool follows and what is told.

A flow is declared once (`FLOWS`); the offline brain executes it, a prompt is rendered from it and policy checks
against it. Adding a flow is one declaration and its lines.
"""

from call_center.agent.flows.base import Agree, Ask, Do, Flow, Tell
from call_center.agent.flows.callback import CALLBACK
from call_center.agent.flows.catalogue import AVAILABILITY, SELECT_TYRES
from call_center.agent.flows.fitting import FITTING, FITTING_CANCEL, FITTING_MOVE, FITTING_PRICE
from call_center.agent.flows.later import CONSULT
from call_center.agent.flows.order import ORDER
from call_center.agent.flows.status import ORDER_STATUS

FLOWS: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        SELECT_TYRES,
        AVAILABILITY,
        ORDER,
        FITTING,
        FITTING_PRICE,
        FITTING_MOVE,
        FITTING_CANCEL,
        ORDER_STATUS,
        CALLBACK,
        CONSULT,
    )
}

__all__ = ["FLOWS", "Agree", "Ask", "Do", "Flow", "Tell"]
