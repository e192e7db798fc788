"""Who is asked at each point: a person at a terminal, or a table that was filled in beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from aios.commission.compare import NoReference, reference_of
from aios.commission.look import Look
from aios.commission.readings import Reading
from kernel.point import Point


class Interrupted(Exception):
    """The person stops here and goes on later."""


class Again(Exception):
    """The person wants the point read once more."""


class Person(Protocol):
    """Says what the device's display, or a reference instrument, shows."""

    def reading(self, point: Point, look: Look) -> Reading:
        """Return what was read of a point that shows `look`.

        Raises:
            Interrupted: go on later.
            Again: read it once more first.
        """
        ...


class Table:
    """Answers from a table; what stands in no row is not compared."""

    def __init__(self, readings: Mapping[str, Reading]) -> None:
        self._readings = readings

    def reading(self, point: Point, look: Look) -> Reading:  # noqa: ARG002 - a table does not look
        """Return the row of a point."""
        return self._readings.get(point.name, Reading())


class AtTerminal:
    """Asks at the terminal."""

    def reading(self, point: Point, look: Look) -> Reading:
        """Show the point and ask."""
        import typer  # noqa: PLC0415 - a terminal is only where a person sits

        registers = " ".join(f"{word:04X}" for word in look.raw.registers) if look.raw else ""
        typer.echo(f"\n{point.name}: {look.state or f'{look.value:.7g}'} {point.unit}, {look.quality}")
        typer.echo(f"  registers {registers or 'not read'}")
        said = typer.prompt(
            "  display shows (number or state; empty: not compared; a: again; q: stop)",
            default="",
            show_default=False,
        ).strip()
        if said == "q":
            raise Interrupted
        if said == "a":
            raise Again
        try:
            if said:
                reference_of(point, said)
        except NoReference as mistake:
            typer.echo(f"  {mistake}")
            raise Again from mistake
        note = typer.prompt("  note", default="", show_default=False) if said else ""
        value, reversion = self._test(point)
        return Reading(reference=said, note=note.strip(), write=value, reversion=reversion)

    @staticmethod
    def _test(point: Point) -> tuple[float | None, bool]:
        """Ask whether and what is to be written in a test."""
        import typer  # noqa: PLC0415

        writing = point.writing
        if writing is None:
            return None, False
        said = typer.prompt(
            f"  write, through the gate, {writing.low:g} to {writing.high:g} {point.unit} (empty: no test)",
            default="",
            show_default=False,
        ).strip()
        try:
            value = float(said) if said else None
        except ValueError:
            typer.echo(f"  {said} is no number: no test")
            value = None
        if value is None or writing.reversion_s is None:
            return value, False
        return value, bool(
            typer.confirm(f"  wait for the reversion, {writing.reversion_s:g} s?", default=True)
        )
