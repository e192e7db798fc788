"""The check-out sheet for people: Markdown that reads well as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from aios.commission.sheet import PointResult, Sheet, WriteTest


def paper(sheet: Sheet, signature: str, public_key: str) -> str:
    """Return the sheet for people, with the signature of that for programs at its end."""
    return "\n".join([*_head(sheet), *_table(sheet), *_writes(sheet), *_foot(sheet, signature, public_key)])


def _head(sheet: Sheet) -> Iterator[str]:
    counts = ", ".join(f"{number} {word}" for word, number in sheet.counts().items() if number)
    yield f"# Check-out sheet: {_cell(sheet.title)} ({_cell(sheet.site)})"
    yield ""
    yield f"- Begun {_moment(sheet.began_ns)}, closed {_moment(sheet.ended_ns)} by {_cell(sheet.person)}"
    yield f"- {len(sheet.results)} points ({_cell(sheet.scope)}): {counts or 'none'}"
    yield f"- Site file SHA-256 {sheet.site_digest}"
    for name, digest in sorted(sheet.maps.items()):
        yield f"- Register map {_cell(name)} SHA-256 {digest}"
    yield f"- AIOS Grid {sheet.version}"
    yield ""


def _table(sheet: Sheet) -> Iterator[str]:
    yield "| point | registers | value | unit | quality | reference | tolerance | result | by | at | note |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for one in sheet.results:
        cells = (
            one.point, _registers(one), one.state or f"{one.value:.9g}", one.unit, one.quality,
            one.reference or "-", f"{one.tolerance:.6g}", one.verdict.value, one.by, _moment(one.at_ns),
            one.note or "-",
        )  # fmt: skip
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |"
    yield ""


def _writes(sheet: Sheet) -> Iterator[str]:
    tests = [(one.point, one.unit, one.written) for one in sheet.results if one.written is not None]
    if tests:
        yield "## Writes, through the gate"
        yield ""
        yield from (f"- {_cell(_written(point, unit, test))}" for point, unit, test in tests)
        yield ""


def _written(point: str, unit: str, test: WriteTest) -> str:
    back = "" if test.read_back is None else f", read back {test.read_back:.9g}"
    why = f" ({test.detail})" if test.detail else ""
    fell = {None: "reversion not looked at", True: "reverted", False: "DID NOT REVERT"}[test.reverted]
    seen = f" ({test.reversion})" if test.reversion else ""
    return f"{point} {test.value:g} {unit}: {test.outcome}{why}{back}; {fell}{seen}; command {test.command}"


def _foot(sheet: Sheet, signature: str, public_key: str) -> Iterator[str]:
    yield "Result: every point is in order." if sheet.good else "Result: NOT IN ORDER, see the table."
    yield ""
    yield f"Ed25519 public key {public_key}"
    yield f"Ed25519 signature of the sheet for programs {signature}"
    yield ""


def _registers(one: PointResult) -> str:
    if one.raw is None:
        return "-"
    words = " ".join(f"{word:04X}" for word in one.raw.registers) or "not read"
    return f"{one.raw.device} unit {one.raw.unit} {one.raw.table} {one.raw.address}: {words}"


def _moment(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns / 1e9, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _cell(text: str) -> str:
    """Return a text that cannot leave its cell: what devices and people say stands in the sheet as it is."""
    return " ".join(text.replace("|", "\\|").split())
