"""Calibrations left: what the outcomes in the journal have left each agent when the next run begins.

An agent whose kind or origin (package and version, digest of its file) is another one than when it was
calibrated begins anew: what the old one did says nothing of the new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from kernel.confidence import Calibration, Hindsight
from kernel.journal.chain import Entry
from kernel.pipe.calibrating import WINDOW

KINDS: Final = ("opened", "calibration", "hindsight")
"""Kinds of the entries that tell of it."""


class _Opened(msgspec.Struct, frozen=True):
    agents: dict[str, str] = {}


def calibrations_left(told: Iterable[Entry], makers: Mapping[str, str]) -> dict[str, Calibration]:
    """Read from the journal what calibrates the agents of a new run.

    Args:
        told: the entries of `KINDS` of all runs until now, in order.
        makers: kind and origin of each agent of the new run, as an `opened` entry names them.
    """
    left: dict[str, Calibration] = {}
    known: dict[str, str] = {}
    for entry in told:
        match entry.kind:
            case "opened":
                opened = msgspec.json.decode(entry.body, type=_Opened).agents
                _forget_others(left, known, opened)
                known |= opened
            case "calibration":
                left[entry.subject] = msgspec.json.decode(entry.body, type=Calibration)
            case _:
                _count(left, msgspec.json.decode(entry.body, type=Hindsight))
    _forget_others(left, known, makers)
    return {agent: one for agent, one in left.items() if agent in makers}


def _forget_others(left: dict[str, Any], known: Mapping[str, str], makers: Mapping[str, str]) -> None:
    for agent, maker in makers.items():
        if known.get(agent, maker) != maker:
            left.pop(agent, None)


def _count(left: dict[str, Calibration], one: Hindsight) -> None:
    before = left.get(one.agent, Calibration()).outcomes
    outcomes = (*before, (one.confidence, one.came_true))[-WINDOW:]
    left[one.agent] = Calibration(outcomes=outcomes, budgets=one.budgets)
