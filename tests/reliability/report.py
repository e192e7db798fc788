"""The table of promises: rows beside the benchmarks' results, and the same as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.results import RESULTS, Results, Row, write
from tests.reliability.promise import Promise
from tests.reliability.run import Verdict

NAME: Final = "reliability"
DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN: Final = "<!-- results: written by make reliability -->"
END: Final = "<!-- end of results -->"


def keep(promises: Sequence[Promise], verdicts: Sequence[Verdict], *, folder: Path = RESULTS) -> Path:
    """Write the rows of these verdicts; rows of promises that were not tried now stay as they are."""
    by_id = {promise.id: promise for promise in promises}
    fresh = [row for verdict in verdicts for row in rows_of(by_id[verdict.id], verdict)]
    names = {row["name"] for row in fresh}
    tried = tuple(f"{NAME}.{verdict.id}." for verdict in verdicts)
    kept = [
        msgspec.structs.asdict(row)
        for row in stored(folder)
        if row.name not in names and not row.name.startswith(tried)
    ]
    ordered = sorted([*kept, *fresh], key=lambda row: _order(str(row["name"])))
    return write(NAME, ordered, folder=folder)


def rows_of(promise: Promise, verdict: Verdict) -> list[dict[str, Any]]:
    """Return the figures of one promise: its violations first, then what was seen."""
    tally = verdict.tally
    common = {
        "count": tally.tried,
        "seconds": verdict.seconds,
        "seed": verdict.seed,
        "command": f"make reliability ARGS='--only {promise.id}'",
    }
    figures = {f"{NAME}.{promise.id}.violations": float(verdict.violations)}
    if promise.goal:
        figures[promise.goal] = float(verdict.violations)
    if verdict.control is not None:
        figures[f"{NAME}.{promise.id}.found_in_sabotaged"] = float(verdict.control)
    figures |= {f"{NAME}.{promise.id}.{name}": value for name, value in tally.counts.items()}
    figures |= {f"{NAME}.{promise.id}.worst_{name}": value for name, value in tally.worst.items()}
    return [
        {"name": name, "value": value, "unit": unit_of(name), **common} for name, value in figures.items()
    ]


def unit_of(name: str) -> str:
    """Return the unit that a figure carries at the end of its name, 1 where none.

    >>> unit_of("reliability.R12.worst_recovery_s"), unit_of("reliability.R1.violations")
    ('s', '1')
    """
    last = name.rpartition("_")[2]
    return last if last in {"s", "ms", "us", "mb", "kb"} else "1"


def stored(folder: Path = RESULTS) -> tuple[Row, ...]:
    """Return the rows of the last runs; none before the first."""
    path = folder / f"{NAME}.json"
    return msgspec.json.decode(path.read_bytes(), type=Results).rows if path.exists() else ()


def table(promises: Sequence[Promise], rows: Sequence[Row]) -> str:
    """Return the results as a Markdown table: one line for each promise that was tried at full count."""
    by_name = {row.name: row for row in rows}
    lines = ["| | promise | tried | violations | sabotage found | s |", "|---|---|---|---|---|---|"]
    for promise in promises:
        row = by_name.get(f"{NAME}.{promise.id}.violations")
        found = by_name.get(f"{NAME}.{promise.id}.found_in_sabotaged")
        if row is None:
            continue
        tried = f"{row.count:,} {promise.unit}".replace(",", " ")
        seen = "no control" if found is None else "yes" if found.value else "**no**"
        lines.append(
            f"| {promise.id} | {promise.claim} | {tried} | {row.value:g} | {seen} | {row.seconds:.0f} |"
        )
    return "\n".join(lines)


def document(text: str, promises: Sequence[Promise], rows: Sequence[Row]) -> str:
    """Return a document with the table between its marks.

    Raises:
        ValueError: the document has no such marks.
    """
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no place for the table: {BEGIN} and {END} are missing")
    return f"{head}{BEGIN}\n\n{table(promises, rows)}\n\n{END}{tail}"


def _order(name: str) -> tuple[int, str]:
    number = name.removeprefix(f"{NAME}.R").partition(".")[0]
    return (int(number) if number.isdigit() else 0, name)
