"""AIOS Grid: an operating system for the substation's edge.

This is the only import that users and plug-ins make: the nouns, the roles, `Simulation`, and `aios.testing`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from kernel import quality
from kernel.alarm import Alarm, AlarmState
from kernel.asset import Asset
from kernel.capability import Answer, AskPeople, Infer, Inferred, Store
from kernel.command import Command, Outcome, Receipt, Sent, Transmission
from kernel.confidence import Expectation
from kernel.decision import Conflict, Decision, Narrowing
from kernel.finding import Assessment, Finding
from kernel.forecast import Forecast
from kernel.image import IntervalMean, ProcessImage, Reading, View
from kernel.measurement import Block, Measurement, block
from kernel.plan import Plan
from kernel.point import Kind, OnLoss, Operation, Plausibility, Point, Writing
from kernel.ports import Agent, Calculated, Clock, Driver, Gate, GateRequest, Historian, Past, Published, Step
from kernel.proposal import Priority, Proposal
from kernel.repair import CostOfWaiting, RepairOrder
from kernel.schedule.loop import ControlLoop
from kernel.site import Device, LoopSpec, Site, WorkPermit
from kernel.verdict import Allow, Ask, Clamp, Deny, Judgement, Verdict

if TYPE_CHECKING:
    from aios.history import History, open_history
    from aios.simulation import Simulation
else:
    _WHEN_ASKED = {"History": "aios.history", "open_history": "aios.history", "Simulation": "aios.simulation"}

    def __getattr__(name: str) -> Any:
        """Import what is heavy when it is asked for: a gateway carries no world, a command no history."""
        if name in _WHEN_ASKED:
            return getattr(importlib.import_module(_WHEN_ASKED[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__version__ = "0.1.0"

__all__ = [
    "Agent",
    "Alarm",
    "AlarmState",
    "Allow",
    "Answer",
    "Ask",
    "AskPeople",
    "Assessment",
    "Asset",
    "Block",
    "Calculated",
    "Clamp",
    "Clock",
    "Command",
    "Conflict",
    "ControlLoop",
    "CostOfWaiting",
    "Decision",
    "Deny",
    "Device",
    "Driver",
    "Expectation",
    "Finding",
    "Forecast",
    "Gate",
    "GateRequest",
    "Historian",
    "History",
    "Infer",
    "Inferred",
    "IntervalMean",
    "Judgement",
    "Kind",
    "LoopSpec",
    "Measurement",
    "Narrowing",
    "OnLoss",
    "Operation",
    "Outcome",
    "Past",
    "Plan",
    "Plausibility",
    "Point",
    "Priority",
    "ProcessImage",
    "Proposal",
    "Published",
    "Reading",
    "Receipt",
    "RepairOrder",
    "Sent",
    "Simulation",
    "Site",
    "Step",
    "Store",
    "Transmission",
    "Verdict",
    "View",
    "WorkPermit",
    "Writing",
    "__version__",
    "block",
    "open_history",
    "quality",
]
