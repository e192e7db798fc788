"""Rows of pandapower's tables as plain dictionaries, and the ledger of what became of each of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.networks.importers.imported import NotCarried, Tables
from simulators.networks.importers.names import unlike

Row = dict[str, Any]
Rows = dict[int, Row]


def rows_of(net: Any, table: str) -> Rows:
    """Return a table by its index, without the fields that are empty.

    Args:
        net: of pandapower.
        table: `line`; one that the net does not have is empty.
    """
    frame = net.get(table)
    if frame is None or not len(frame):
        return {}
    return {
        int(index): {column: value for column, value in row.items() if not _empty(value)}
        for index, row in frame.to_dict("index").items()
    }


def in_service(rows: Rows) -> Rows:
    """Return the rows that are in service; a table without that column is in service whole."""
    return {index: row for index, row in rows.items() if bool(row.get("in_service", True))}


def number(row: Row, column: str, default: float = 0.0) -> float:
    """Return a number, or the default where nothing is filled in.

    >>> number({"p_mw": 2}, "p_mw"), number({}, "scaling", 1.0)
    (2.0, 1.0)
    """
    return float(row.get(column, default))


def label(rows: Rows, index: int) -> str:
    """Return what people call an element of the origin: its name, else its index."""
    return str(rows[index].get("name") or index)


@dataclass(slots=True, kw_only=True)
class Harvest:
    """What became of the elements of an origin so far; readers add to it, nothing is dropped in silence."""

    tables: Tables = field(default_factory=dict)
    names: dict[str, dict[int, str]] = field(default_factory=dict)
    """Our name by table and index of the origin."""
    refused: list[NotCarried] = field(default_factory=list)
    left_out: list[NotCarried] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, kind: str, rows: Rows, index: int, why: str) -> None:
        """Enter an element that cannot be carried."""
        self.refused.append(NotCarried(kind=kind, name=label(rows, index), why=why))

    def kept(
        self, net: Any, table: str, bus: Mapping[int, str], ends: tuple[str, ...], taken: set[str]
    ) -> Rows:
        """Return the rows of a table that are in service at buses that are carried, and name them."""
        return self.kept_of(rows_of(net, table), table, bus, ends, taken)

    def kept_of(
        self, rows: Rows, table: str, bus: Mapping[int, str], ends: tuple[str, ...], taken: set[str]
    ) -> Rows:
        """Return the rows that are in service at buses that are carried, and name them."""
        kept: Rows = {}
        for index, row in rows.items():
            if not bool(row.get("in_service", True)):
                why = "out of service"
            elif not all(int(row[end]) in bus for end in ends):
                why = "its bus is out of service"
            else:
                kept[index] = row
                continue
            self.left_out.append(NotCarried(kind=table, name=label(rows, index), why=why))
        self.name(kept, table, taken)
        return kept

    def name(self, rows: Rows, table: str, taken: set[str]) -> dict[int, str]:
        """Name the rows of a table of the origin; returns the names of these rows."""
        names = unlike({index: row.get("name") for index, row in rows.items()}, table, taken)
        self.names.setdefault(table, {}).update(names)
        return names


def tidy(value: Any) -> Any:
    """Return tables with their numbers rounded to 12 digits, as people would have written them.

    >>> tidy({"lines": [{"ohm_per_km": 0.1 + 0.2}], "name": "n", "closed": True})
    {'lines': [{'ohm_per_km': 0.3}], 'name': 'n', 'closed': True}
    """
    if isinstance(value, dict):
        return {key: tidy(one) for key, one in value.items()}
    if isinstance(value, list):
        return [tidy(one) for one in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


def _empty(value: object) -> bool:
    # pandas writes what is missing as None, NaN or NA; only the last has no truth of its own.
    return value is None or str(value) in {"<NA>", "nan"} or (isinstance(value, float) and math.isnan(value))
