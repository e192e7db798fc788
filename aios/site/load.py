"""Loading a site file: every mistake with its line, or the frozen `Site`."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from aios.plugins import beside, installed_kinds
from aios.site import checks
from aios.site.commands import check_commands, remote_commands
from aios.site.lines import Lines
from aios.site.points import computed, map_path, mapped_points, rung_point, with_changes
from aios.site.repair import Partial, readable_part, whole
from aios.site.reserving import check_reserving
from aios.site.schema import LoopSection, SiteFile, keys_at
from aios.site.secrets import check_secrets, without_secrets
from aios.site.signers import check_signers, policy_shelf
from aios.site.sums import check_sums, sums_of
from aios.site.transports import check_transports, reached
from aios.site.uplinks import uplinks_of
from kernel.asset import Asset
from kernel.capability import May
from kernel.ladder import LadderSpec
from kernel.pipe.format import FORMAT
from kernel.pipe.ladder import LADDER_SINCE
from kernel.point import NANOSECONDS, Point
from kernel.site import Device, LoopSpec, Retention, Site, WorkerProcesses, WorkPermit
from policies.bundle import shipped

SECRETS_SINCE: Final = 2
"""Format of recordings whose site files hold no secrets; older ones are read as they are."""


class SiteFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake in a site file."""

    line: int
    """Counted from 1."""
    where: str
    """Path of the mistake, such as `device[2].port`."""
    text: str


class SiteInvalid(Exception):
    """A site file has mistakes; all of them stand in `findings`."""

    def __init__(self, file: str, findings: Sequence[SiteFinding]) -> None:
        """Keep the findings."""
        self.file = file
        self.findings = tuple(findings)
        lines = "\n".join(f"{file}:{f.line}: {f.where}: {f.text}" for f in findings)
        super().__init__(f"{len(findings)} mistakes in {file}\n{lines}")


def load_site(path: Path) -> Site:
    """Read a site file.

    Raises:
        SiteInvalid: it has mistakes, all of them listed.
        FileNotFoundError: there is no such file.
    """
    return site_of(path.read_text(encoding="utf-8"), file=str(path), folder=path.parent)


def site_of(
    text: str,
    *,
    file: str = "site.toml",
    folder: Path = Path(),
    format: int = FORMAT,  # noqa: A002 - the word of a recording's header
) -> Site:
    """Turn the text of a site file into a site.

    Args:
        text: of the file.
        file: its name, for findings.
        folder: where the files that it names lie.
        format: of the recording that it stands in; before format 2 rungs were no points.

    Raises:
        SiteInvalid: it has mistakes, all of them listed.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = getattr(error, "lineno", None) or _line_in(str(error))
        raise SiteInvalid(file, [SiteFinding(line=line, where="file", text=f"not TOML: {error}")]) from error
    findings, partial = _read(raw, Lines(text))
    found: list[checks.Found] = []
    if partial is not None:
        found = [*_cross_findings(partial.content, folder), *_unsafe(partial.content, folder)]
        if format >= SECRETS_SINCE:
            found += check_secrets(partial.content)
    lines = Lines(text)
    for path, words in found:
        if partial is not None and not partial.repeats(words):
            place = partial.original(path)
            findings.append(SiteFinding(line=lines.line(place), where=_words(place), text=words))
    if findings or partial is None:
        raise SiteInvalid(file, sorted(findings, key=lambda f: f.line))
    points = tuple(_points(partial.content, folder))
    if format >= LADDER_SINCE:
        points += tuple(rung_point(loop.agent) for loop in partial.content.loop)
    return _site(partial.content, points, folder, digest=hashlib.sha256(text.encode()).hexdigest())


def _read(raw: dict[str, Any], lines: Lines) -> tuple[list[SiteFinding], Partial | None]:
    """Hold the file against the schema; return the mistakes and what can be read in spite of them."""
    try:
        return [], whole(SiteFile.model_validate(raw))
    except ValidationError as error:
        return list(_schema_findings(error, lines)), readable_part(raw, error)


def _schema_findings(error: ValidationError, lines: Lines) -> Iterator[SiteFinding]:
    for mistake in error.errors():
        path = tuple(mistake["loc"])
        yield SiteFinding(
            line=lines.line(path), where=_words(path), text=_told(mistake["type"], path, mistake)
        )


def _told(kind: str, path: Sequence[str | int], mistake: Mapping[str, Any]) -> str:
    """Say a schema mistake the way its reader thinks: in keys, not in inputs."""
    if kind == "extra_forbidden":
        return f"unknown key {path[-1]}; {checks.near(str(path[-1]), keys_at(path[:-1]))}"
    if kind == "missing":
        return f"{path[-1]} is missing"
    return f"{mistake['msg']} (found {without_secrets(mistake['input'])})"


def _cross_findings(content: SiteFile, folder: Path) -> Iterator[checks.Found]:
    yield from checks.check_names(content)
    yield from checks.check_time_zone(content)
    yield from check_transports(content, folder)
    yield from checks.check_protocols(content, [entry.name for entry in entry_points(group="aios.drivers")])
    yield from checks.check_loops(content, installed_kinds(), folder)
    yield from checks.check_ladders(content)
    yield from checks.check_policies(content, shipped())
    yield from content.alarms.wrong(content.site.base_tick_s)
    yield from (
        () if content.notify is None else content.notify.wrong(canary=content.alarms.canary_s is not None)
    )
    yield from check_signers(content)
    map_mistakes = list(checks.check_maps(content, folder))
    yield from map_mistakes
    if not map_mistakes:
        yield from checks.check_points(content, tuple(mapped_points(content, folder)))


def _unsafe(content: SiteFile, folder: Path) -> Iterator[checks.Found]:
    """Find values that are not safe on the points of every device whose map can be read."""
    devices = [device for device in content.device if not list(checks.map_mistakes(device, folder))]
    points = tuple(_points(content.model_copy(update={"device": devices}), folder))
    yield from check_sums(content, points)
    yield from check_commands(content, points)
    yield from () if content.access is None else content.access.wrong()
    for name, field, text in (
        *checks.check_writing(points),
        *checks.check_movement(points),
        *checks.check_local(points),
        *check_reserving(points, content.site.base_tick_s),
    ):
        yield _place(content, name, field), text


def _points(content: SiteFile, folder: Path) -> Iterator[Point]:
    changes = {section.name: section for section in content.point}
    for point in mapped_points(content, folder):
        section = changes.pop(point.name, None)
        yield point if section is None else with_changes(point, section)
    yield from (computed(section) for section in changes.values())


def _site(content: SiteFile, points: tuple[Point, ...], folder: Path, *, digest: str) -> Site:
    head = content.site
    return Site(
        name=head.name,
        title=head.title,
        currency=head.currency,
        time_zone=head.time_zone,
        base_tick_s=head.base_tick_s,
        questions_at_most=head.questions_at_most,
        assets=tuple(Asset(**asset.model_dump()) for asset in content.asset),
        points=points,
        devices=tuple(
            Device(
                **device.model_dump() | reached(device, folder) | {"map": str(map_path(device.map, folder))}
            )
            for device in content.device
        ),
        loops=tuple(_loop(loop, folder) for loop in content.loop),
        permits=tuple(
            WorkPermit(id=p.id, zone=p.zone, holder=p.holder, from_ns=_ns(p.begin), until_ns=_ns(p.until))
            for p in content.work_permit
        ),
        policies=tuple(content.policies.names),
        shelf=policy_shelf(content, folder),
        uplinks=uplinks_of(content.uplinks, folder),
        sums=sums_of(content),
        workers=WorkerProcesses(**content.workers.model_dump()),
        journal=Retention(checkpoints=content.journal.checkpoints, keep_days=content.journal.keep_days),
        canary_s=content.alarms.canary_s,
        commands=remote_commands(content, folder),
        access=None if content.access is None else content.access.as_noun(folder),
        simulation=content.simulation,
        revision=head.revision,
        folder=str(folder),
        digest=digest,
    )


def _loop(section: LoopSection, folder: Path) -> LoopSpec:
    ladder = {name: LadderSpec(**changes.model_dump()) for name, changes in section.ladder.items()}
    may = None if section.may is None else msgspec.convert(section.may.model_dump(), May)
    return LoopSpec(
        **section.model_dump() | {"ladder": ladder, "may": may, "kind": beside(section.kind, folder)}
    )


def _ns(moment: datetime) -> int:
    return round(moment.timestamp()) * NANOSECONDS


def _place(content: SiteFile, point: str, field: str) -> tuple[str | int, ...]:
    for place, section in enumerate(content.point):
        if section.name == point:
            return ("point", place, "writing", field)
    return ()


def _words(path: Iterable[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "file"


def _line_in(text: str) -> int:
    """Find the line number in the words of the TOML parser."""
    words = text.replace(",", " ").split()
    return int(words[words.index("line") + 1]) if "line" in words else 1
