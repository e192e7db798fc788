"""`study.toml`: a grid of scenarios, controllers, policies and models, with replicates.

[study]
name = "peak_week"
replicates = 3              # each with a seed of its own, the same for every cell: cells are paired by seed
seed = 1

[[scenario]]
name = "winter"
file = "winter.toml"        # beside this file

[[controller]]
name = "none"
loops = "none"              # no gateway: an open loop

[[controller]]
name = "site"               # the loops of the site file, as they are

[[controller]]
name = "mine"
drop = ["forecast"]
[[controller.loop]]         # changes the site's loop of that agent, or adds one
agent = "shaver"
kind = "file:mine.py"       # a plain Python file beside this one, with make(spec, site)
thinks = { cost_s = 0.2, spread = 0.5 }

[[policies]]                # optional; without it the site's
name = "strict"
names = ["xfmr_loading"]

[[model]]                   # optional; changes of loops like a controller's
name = "baseline"
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from aios.plugins import file_of
from aios.studies.findings import Finding, Place, Reading, StudyInvalid
from aios.studies.scenario_file import ScenarioFile, read_scenario
from simulators.noise import seed_of

MEASURED: Final = "measured"
_Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]+$")]
_NotNegative = Annotated[float, Meta(ge=0.0)]


class Thinks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a step of an agent takes, operational seconds."""

    cost_s: _NotNegative | Literal["measured"]
    """Median; `measured` measures it here before the study begins, once for an agent of a scenario."""
    spread: _NotNegative = 0.0
    """Standard deviation of the logarithm: 0.5 means two steps in three lie between 0.6 and 1.6 times."""


class LoopChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a study changes of a loop, or a loop that it adds; what is not given stays as the site has it."""

    agent: str
    kind: str | None = None
    period_s: float | None = None
    deadline_s: float | None = None
    phase_s: float | None = None
    priority: str | None = None
    settings: dict[str, Any] = {}
    """Laid over the site's key by key; another kind of agent begins with none."""
    thinks: Thinks | None = None


class Variant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A controller or a model: changes of the site's loops."""

    name: _Name
    loops: Literal["site", "none"] = "site"
    """`none`: nobody controls, and no gateway runs."""
    drop: tuple[str, ...] = ()
    """Agents of the site that are left out."""
    loop: tuple[LoopChange, ...] = ()


class Policies(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A set of policies."""

    name: _Name
    names: tuple[str, ...] | None = None
    """None means the site's."""


class ScenarioEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scenario of the grid."""

    name: _Name
    file: str


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[study]` section."""

    name: _Name
    title: str = ""
    seed: int = 1
    replicates: Annotated[int, Meta(ge=1, le=100_000)] = 1
    seeds: tuple[int, ...] = ()
    """Instead of `seed` and `replicates`: the seed of each replicate."""
    baseline: str = ""
    """Controller that the others are compared with; the first where it is empty."""


class StudyFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    study: Head
    scenario: tuple[ScenarioEntry, ...]
    controller: tuple[Variant, ...] = (Variant(name="site"),)
    policies: tuple[Policies, ...] = (Policies(name="site"),)
    model: tuple[Variant, ...] = (Variant(name="site"),)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each replicate."""
        head = self.study
        if head.seeds:
            return head.seeds
        # 31 bits: every library takes them, and people can type them.
        return tuple(seed_of(head.seed, "replicate", str(k)) >> 33 for k in range(head.replicates))


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """A study that can be planned: the file and the scenarios that it names."""

    path: Path
    text: str
    file: StudyFile
    scenarios: dict[str, ScenarioFile]
    """By name of the entry."""


def load_study(path: Path) -> Study:
    """Read a study and its scenarios.

    Raises:
        StudyInvalid: with every mistake in every file.
        FileNotFoundError: there is no such file.
    """
    reading = Reading(path)
    file = reading.struct(StudyFile, reading.tables) if not reading.findings else None
    findings = reading.findings
    scenarios: dict[str, ScenarioFile] = {}
    if file is not None:
        _cross(reading, file)
        for number, entry in enumerate(file.scenario):
            scenarios |= _scenario(reading, entry, ("scenario", number, "file"), findings)
    if findings or file is None:
        raise StudyInvalid(findings)
    return Study(path=path, text=reading.text, file=file, scenarios=scenarios)


def _scenario(
    reading: Reading, entry: ScenarioEntry, place: Place, findings: list[Finding]
) -> dict[str, ScenarioFile]:
    try:
        return {entry.name: read_scenario(reading.path.parent / entry.file)}
    except FileNotFoundError:
        reading.say(place, f"there is no file {entry.file} beside the study")
    except StudyInvalid as invalid:
        findings.extend(one for one in invalid.findings if one not in findings)
    return {}


def _cross(reading: Reading, file: StudyFile) -> None:
    """Find names that stand twice and files that are not there."""
    if not file.scenario:
        reading.say(("scenario",), "a study needs a scenario")
    axes: dict[str, tuple[ScenarioEntry | Variant | Policies, ...]] = {
        "scenario": file.scenario,
        "controller": file.controller,
        "policies": file.policies,
        "model": file.model,
    }
    for axis, entries in axes.items():
        names = [entry.name for entry in entries]
        for number, name in enumerate(names):
            if name in names[:number]:
                reading.say((axis, number, "name"), f"{axis} {name} stands twice")
    controllers = [one.name for one in file.controller]
    if file.study.baseline and file.study.baseline not in controllers:
        reading.say(("study", "baseline"), f"no controller {file.study.baseline}; there are {controllers}")
    for axis, variants in (("controller", file.controller), ("model", file.model)):
        for number, variant in enumerate(variants):
            _check_variant(reading, variant, (axis, number))
    if len(set(file.seeds)) < len(file.seeds):
        reading.say(("study", "seeds"), "a seed stands twice: two replicates would be one run")


def _check_variant(reading: Reading, variant: Variant, place: Place) -> None:
    if variant.loops == "none" and (variant.loop or variant.drop):
        reading.say((*place, "loops"), "loops is none: there is nothing to change or to drop")
    if variant.loops == "none" and place[0] == "model":
        reading.say((*place, "loops"), "a model changes loops; only a controller can do without")
    for number, change in enumerate(variant.loop):
        path = file_of(change.kind or "")
        if path is not None and not (reading.path.parent / path).is_file():
            reading.say((*place, "loop", number, "kind"), f"there is no file {path} beside the study")


def reduced(study: Study, *, replicates: int = 0, days: float = 0.0) -> Study:
    """Return the same study at another size.

    Args:
        study: as read.
        replicates: instead of the file's; 0 for those.
        days: of each scenario instead of its own; 0 for those.
    """
    head, scenarios = study.file.study, study.scenarios
    if replicates:
        head = msgspec.structs.replace(head, replicates=replicates, seeds=head.seeds[:replicates])
    if days:
        scenarios = {
            name: msgspec.structs.replace(one, section={**one.section, "days": days})
            for name, one in scenarios.items()
        }
    return msgspec.structs.replace(
        study, file=msgspec.structs.replace(study.file, study=head), scenarios=scenarios
    )
