"""Projection: outputs as an older program saw them, so that digests taken then can be compared today.

A field that is added to a noun later has a default, and is left out of the digest of a run that was
recorded before it existed: the table of fields travels with a recording from format 2, and stands here for
format 1. A field that is renamed or dropped cannot be told from a difference: do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import msgspec
import msgspec.inspect as types

from kernel.pipe.tick import Outputs

Fields = Mapping[str, tuple[str, ...]]
"""Fields of structs by name, in their order."""

FIELDS_OF_1: Final[Fields] = {
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


def as_then(value: Any, fields: Fields) -> Any:
    """Return a value with the fields of then only, ready to be encoded in their order.

    >>> from kernel.command import Sent, Transmission
    >>> as_then((Sent(command="c", transmission=Transmission.WRITTEN, at_ns=1),), FIELDS_OF_1)
    [{'command': 'c', 'transmission': <Transmission.WRITTEN: 'written'>, 'at_ns': 1, 'detail': ''}]
    """
    if isinstance(value, msgspec.Struct):
        kind = type(value)
        names = fields.get(kind.__name__, kind.__struct_fields__)
        tag = kind.__struct_config__.tag
        head = {} if tag is None else {kind.__struct_config__.tag_field: tag}
        return head | {name: as_then(getattr(value, name), fields) for name in names}
    if isinstance(value, (tuple, list)):
        return [as_then(one, fields) for one in value]
    if isinstance(value, dict):
        return {name: as_then(value[name], fields) for name in sorted(value)}
    return value


@cache
def fields_now() -> dict[str, tuple[str, ...]]:
    """Return the fields of every struct that a tick can give today.

    >>> fields_now()["Rung"][:2]
    ('rung', 'why')
    """
    return dict(sorted(_structs(types.type_info(Outputs), {}).items()))


def _structs(kind: types.Type, found: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    if isinstance(kind, types.StructType):
        name = kind.cls.__name__
        if name not in found:
            found[name] = tuple(field.name for field in kind.fields)
            for field in kind.fields:
                _structs(field.type, found)
    for inner in _inside(kind):
        _structs(inner, found)
    return found


def _inside(kind: types.Type) -> Iterator[types.Type]:
    match kind:
        case types.UnionType():
            yield from kind.types
        case types.VarTupleType() | types.ListType() | types.SetType() | types.FrozenSetType():
            yield kind.item_type
        case types.TupleType():
            yield from kind.item_types
        case types.DictType():
            yield kind.value_type
