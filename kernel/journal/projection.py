"""Projection: outputs as an older format saw them, so that digests taken then can be compared today.

A field that is added to a noun later has a default, and is left out of the digest of a run that was
recorded before it existed. A field that is renamed or dropped cannot be told from a difference: do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

FIELDS_OF_1: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(fields.split())
    for name, fields in {
        "Assessment": "asset made_at_ns condition failure_per_year failure_low failure_high findings model",
        "Basis": "command decision proposals measurements forecasts",
        "Command": "id trace point value operation tick issued_at_ns valid_until_ns sequence "
        "reversion_value reversion_s authority revision reason renewal",
        "Conflict": "agents text",
        "CostOfWaiting": "days median low high",
        "Decision": "point value tick chosen_by narrowed_by expires_at_ns trace conflict once",
        "Finding": "asset name text value unit limit at_ns quality trend trend_step_s",
        "Forecast": "point made_at_ns start_ns step_s quantiles values model rung",
        "ForecastUsed": "point model rung made_at_ns step_s highest_at_ns quantiles highest",
        "Measurement": "point value quality at_ns available_at_ns",
        "Narrowing": "agent priority low high reason wanted rung evidence",
        "Outputs": "tick now_ns sent bases commands receipts refused published rungs gate_failure "
        "journal_failure jobs",
        "Plan": "point made_at_ns start_ns step_s values valid_until_ns maker why",
        "Proposal": "agent point priority wanted low high reason confidence made_at_ns expires_at_ns rung "
        "evidence once",
        "Receipt": "command outcome at_ns detail value",
        "Refused": "id point value asked_by kind rule reason revision trace at_ns",
        "RepairOrder": "id asset title work made_at_ns decide_by_ns cost_per_day if_you_wait confidence "
        "evidence what_would_change feasible rank model state",
        "Rung": "rung why since_ns",
        "RungChange": "agent before now",
        "Sent": "command transmission at_ns detail",
    }.items()
}
"""Fields of every struct that a tick of format 1 could give, in their order; never changed."""


def as_format_1(value: Any) -> Any:
    """Return a value with the fields of format 1 only, ready to be encoded in their order.

    >>> from kernel.command import Sent, Transmission
    >>> as_format_1((Sent(command="c", transmission=Transmission.WRITTEN, at_ns=1),))
    [{'command': 'c', 'transmission': <Transmission.WRITTEN: 'written'>, 'at_ns': 1, 'detail': ''}]
    """
    if isinstance(value, msgspec.Struct):
        kind = type(value)
        names = FIELDS_OF_1.get(kind.__name__, kind.__struct_fields__)
        tag = kind.__struct_config__.tag
        head = {} if tag is None else {kind.__struct_config__.tag_field: tag}
        return head | {name: as_format_1(getattr(value, name)) for name in names}
    if isinstance(value, (tuple, list)):
        return [as_format_1(one) for one in value]
    return value
