"""Devices of an edge node: one for each asset, with a metric for each of its points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from drivers.historian.batch import Batch, Column
from drivers.mqtt.sparkplug.payload import DataType, Metric, Value
from kernel.point import Kind, Point
from kernel.quality import GOOD, INVALID, OLD, QUESTIONABLE, VALIDITY

SPARKPLUG_GOOD: Final = 192
SPARKPLUG_BAD: Final = 0
SPARKPLUG_STALE: Final = 500


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a point, as the outbox has it."""

    column: Column
    value: float
    quality: int
    """16 bits: IEC 61850 validity and detail bits."""
    at_ns: int
    historical: bool = False

    @property
    def is_invalid(self) -> bool:
        """Whether there is no value worth showing."""
        return self.quality & VALIDITY not in {GOOD, QUESTIONABLE}


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """What a metric is, as its birth tells."""

    alias: int
    """Unique in the edge node (6.4.6)."""
    name: str
    """Of the metric: the quantity."""
    device: str
    """The asset."""
    unit: str
    datatype: DataType

    def metric(self, row: Row | None, *, born: bool = False, with_quality: bool = True) -> Metric:
        """Return the metric with a value; in a birth it carries name, datatype and unit too.

        Args:
            row: the value; None where none is known yet, which is stale and null.
            born: whether it is for a birth.
            with_quality: whether the quality is told; it is left out where it has not changed.
        """
        properties: dict[str, Value | None] = {"engUnit": self.unit} if born else {}
        if with_quality or born:
            properties |= quality_of(row)
        return Metric(
            name=self.name if born else "",
            alias=self.alias,
            datatype=self.datatype,
            told_type=born,
            value=None if row is None or row.is_invalid else self._value(row.value),
            at_ms=None if row is None else row.at_ns // 1_000_000,
            historical=row is not None and row.historical and not born,
            properties=properties,
        )

    def _value(self, value: float) -> Value:
        return round(value) if self.datatype is DataType.INT32 else value


class Definitions:
    """Every metric of an edge node by its column; a column that was never seen gets a new alias."""

    def __init__(self, points: Iterable[Point]) -> None:
        self.by_column: dict[Column, Definition] = {}
        self._names: set[tuple[str, str]] = set()
        for point in points:
            self._add(Column(point.name, point.unit), DataType.INT32 if point.kind is Kind.CODE else None)

    def learn(self, columns: Iterable[Column]) -> bool:
        """Take note of columns; return whether any is new, so that births must tell of it."""
        before = len(self.by_column)
        for column in columns:
            if column not in self.by_column:
                self._add(column, None)
        return len(self.by_column) > before

    def devices(self) -> Mapping[str, tuple[Definition, ...]]:
        """Return the metrics of each device, devices in order of first appearance."""
        found: dict[str, list[Definition]] = {}
        for definition in self.by_column.values():
            found.setdefault(definition.device, []).append(definition)
        return {device: tuple(those) for device, those in found.items()}

    def _add(self, column: Column, datatype: DataType | None) -> None:
        device, _, quantity = column.name.partition("/")
        if (device, quantity) in self._names:  # the same point with another unit is another series
            quantity = f"{quantity} ({column.unit})"
        self._names.add((device, quantity))
        self.by_column[column] = Definition(
            alias=len(self.by_column) + 1,
            name=quantity,
            device=device,
            unit=column.unit,
            datatype=datatype or DataType.DOUBLE,
        )


def quality_of(row: Row | None) -> dict[str, Value | None]:
    """Return the quality as properties: Sparkplug's three codes, and our own bits where it is not good.

    >>> quality_of(None)
    {'Quality': 500}

    Source: Sparkplug 3.0.0, 6.4.14 (0 bad, 192 good, 500 stale).
    """
    if row is None:
        return {"Quality": SPARKPLUG_STALE}
    if row.quality & VALIDITY == GOOD:
        details: dict[str, Value | None] = {"iec61850Quality": row.quality} if row.quality else {}
        return {"Quality": SPARKPLUG_GOOD, **details}
    stale = row.quality & OLD and row.quality & VALIDITY != INVALID
    return {"Quality": SPARKPLUG_STALE if stale else SPARKPLUG_BAD, "iec61850Quality": row.quality}


def rows_of(batch: Batch) -> Iterator[Row]:
    """Return the rows of a batch, in order."""
    for block in batch.blocks:
        columns = zip(
            block.index.tolist(),
            block.value.tolist(),
            block.quality.tolist(),
            block.at_ns.tolist(),
            strict=True,
        )
        for index, value, quality, at_ns in columns:
            yield Row(
                column=batch.columns[index],
                value=value,
                quality=quality,
                at_ns=at_ns,
                historical=batch.historical,
            )
