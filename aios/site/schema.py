"""The schema of the site file: what may stand in it, with units and ranges."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from aios.notify.section import NotifySection
from aios.site.access_section import AccessSection
from aios.site.alarms_section import AlarmsSection
from aios.site.commands_section import CommandsSection, KeyName
from aios.site.kinds import AssetKind
from aios.site.uplinks_section import UplinksSection

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
PointName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*/[a-z][a-z0-9_]*$")]


AgentKind = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*|file:\S+\.py)$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteSection(_Strict):
    """What the substation is called and how it keeps time."""

    name: Name
    title: str
    currency: str = Field("EUR", min_length=3, max_length=3)
    time_zone: str = "UTC"
    """IANA name."""
    base_tick_s: float = Field(1.0, gt=0)
    """Period of the base tick, seconds; every loop runs at a multiple of it."""
    stale_s: float | None = Field(None, gt=0)
    """Age at which a reading counts as old, seconds; two and a half base ticks where it is left out."""
    revision: str = ""
    questions_at_most: int = Field(50, ge=1, le=1000)
    """Questions of policy that wait for people at a time: as many as a shift can answer."""


class AssetSection(_Strict):
    """A thing that exists."""

    name: Name
    kind: AssetKind
    title: str = ""
    upstream: str = ""
    zone: str = ""
    ratings: dict[str, float] = {}
    customers: int = Field(0, ge=0)


class DeviceSection(_Strict):
    """A device on a bus."""

    name: Name
    asset: Name
    protocol: str = "modbus-tcp"
    """Name of an installed driver (entry point group `aios.drivers`)."""
    map: str
    host: str = "127.0.0.1"
    port: int = Field(502, ge=0, le=65535)
    """TCP port; 802 where it is left out and the protocol is `modbus-tls`."""
    unit: int = Field(1, ge=1, le=255)
    timeout_s: float = Field(1.0, gt=0, le=60)
    serial: str = ""
    """Serial port of `modbus-rtu`, such as `/dev/ttyS1`; 8 data bits."""
    baud: int = Field(19200, ge=300, le=4_000_000)
    parity: Literal["even", "odd", "none"] = "even"
    stop_bits: int = Field(1, ge=1, le=2)
    ca: str = ""
    """PEM file of `modbus-tls`, beside the site file: who vouches for the server."""
    certificate: str = ""
    """PEM file of `modbus-tls`: ours."""
    key: str = ""
    """PEM file of our certificate's private key; only its owner may read it."""
    server_name: str = ""
    """Name that must stand in the server's certificate; the host where it is left out."""
    scan_s: float | None = Field(None, gt=0)
    """Seconds between two readings; the base tick where it is left out."""
    gap_s: float = Field(0.0, ge=0, le=10)
    """Pause that the device needs after an answer, seconds."""
    line_gap_s: float = Field(0.0, ge=0, le=10)
    """Silence that its wire needs between two requests to anybody, seconds."""


class PlausibilitySection(_Strict):
    """What makes an analog value believable; what is left out keeps the register map's word."""

    low: float | None = None
    high: float | None = None
    rate_per_s: float | None = Field(None, gt=0)
    unchanged_s: float | None = Field(None, gt=0)


class WritingSection(_Strict):
    """How a point may be written at this site; what is left out keeps the register map's word."""

    low: float | None = None
    high: float | None = None
    safe_value: float | None = None
    on_loss: Literal["hold", "write_safe", "let_revert"] | None = None
    tolerance: float | None = Field(None, ge=0)
    feedback_s: float | None = Field(None, gt=0)
    validity_s: float | None = Field(None, gt=0)
    renew_s: float | None = Field(None, gt=0)
    select_s: float | None = Field(None, gt=0)
    heartbeat_s: float | None = Field(None, gt=0)
    reversion_s: float | None = Field(None, gt=0)
    reversion_value: float | None = None
    deadband: float | None = Field(None, ge=0)
    ramp_per_s: float | None = Field(None, gt=0)
    off_value: float | None = None
    min_on_s: float | None = Field(None, gt=0)
    min_off_s: float | None = Field(None, gt=0)
    local: PointName | None = None
    """Point whose state `local` says that the device is operated on the spot."""


class PointSection(_Strict):
    """A point that an agent computes, or what this site changes of a point of a register map."""

    name: PointName
    unit: str | None = None
    source: str | None = None
    stale_s: float | None = Field(None, gt=0)
    use_substitute: bool = False
    """Whether control may use a person's value that stands in the place of a reading."""
    plausibility: PlausibilitySection | None = None
    writing: WritingSection | None = None


Rung = Literal["model", "previous_model", "baseline", "rule", "hold", "safe", "person"]


class LadderSection(_Strict):
    """What this site changes of a condition of the degradation ladder."""

    rung: Rung | None = None
    """Highest rung that the condition leaves."""
    enter_after_s: float | None = Field(None, ge=0)
    exit_after_s: float | None = Field(None, ge=0)
    limit: float | None = Field(None, gt=0)
    """Where it begins, in the unit of the condition (docs/degradation.md)."""


class MaySection(_Strict):
    """What this site leaves an agent of what it declares; what is left out stays as declared."""

    read: list[PointName] | None = None
    propose: list[PointName] | None = None
    highest_priority: Literal["safety", "control", "operation"] | None = None
    infer: list[Name] | None = None
    store_bytes: int | None = Field(None, ge=0)
    ask: bool | None = None


class LoopSection(_Strict):
    """A control loop."""

    agent: Name
    kind: AgentKind
    """Installed kind of agent, or `file:PATH` of a Python file beside the site file."""
    period_s: float = Field(gt=0)
    deadline_s: float = Field(gt=0)
    priority: Literal["safety", "control", "operation", "learning", "housekeeping"] = "control"
    phase_s: float = Field(0.0, ge=0)
    """Seconds by which its releases come after the multiples of its period."""
    overrun: Literal["coalesce", "skip", "degrade"] = "coalesce"
    """What is done when a step takes longer than its budget."""
    budget_ms: float | None = Field(None, gt=0)
    """Real milliseconds that one step may take."""
    fresh_s: float | None = Field(None, gt=0)
    """Longest time between two readings of what it steers by, seconds; its period where it is left out."""
    settings: dict[str, float | str | bool | list[str]] = {}
    may: MaySection | None = None
    ladder: dict[Name, LadderSection] = {}
    """By name of the condition."""


class SumSection(_Strict):
    """A weighted sum of set-points: nested in another or disjoint from it."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)?$")]
    unit: str
    title: str = ""
    terms: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(min_length=1)
    """Weights of set-points, or of sums that were declared before."""
    low: float | None = None
    high: float | None = None
    asset: Name | None = None
    """Asset whose rating bounds the sum as well."""


class WorkPermitSection(_Strict):
    """People work in a zone."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: str
    zone: str
    holder: str
    begin: AwareDatetime = Field(alias="from")
    until: AwareDatetime

    @field_validator("until")
    @classmethod
    def _ends_after_it_begins(cls, until: datetime, info: Any) -> datetime:
        begin = info.data.get("begin")
        if begin is not None and until <= begin:
            raise ValueError(f"ends at {until} before it begins at {begin}")
        return until


class SignerSection(_Strict):
    """A key that may sign policy bundles: its public half is the file `KEY.pem` of the folder of keys."""

    key: KeyName
    person: str = Field(min_length=1, max_length=100)
    account: str = Field("", max_length=100)
    """At the control room; this person, by name or account, never approves what the key signed."""


class PoliciesSection(_Strict):
    """Which policies stand before every write, and who may bring others."""

    names: list[str] = Field(min_length=1)
    keys: str = ""
    """Folder of the public keys of those who sign bundles, beside the site file; empty where nobody may."""
    signer: list[SignerSection] = []
    approvers: list[str] = []
    """Who may agree to a bundle that permits more than the active one; empty for anybody but its signer."""


class WorkersSection(_Strict):
    """Processes in which the loops of the slow classes run."""

    processes: int = Field(1, ge=1, le=16)
    """How many; the loops are spread over them by class and declared cost."""
    memory_mb: float = Field(1024.0, ge=128)
    """Resident memory that one of them may hold, MiB; above it the process is ended and started again."""


class JournalSection(_Strict):
    """How the command journal is kept."""

    checkpoints: str = ""
    """Folder, off the box, into which signed checkpoints are copied."""
    keep_days: float | None = Field(None, gt=0)
    """Days after which entries may go, behind a signed checkpoint; all are kept where it is left out."""


class SiteFile(_Strict):
    """The whole file."""

    site: SiteSection
    asset: list[AssetSection] = Field(min_length=1)
    device: list[DeviceSection] = []
    point: list[PointSection] = []
    sum: list[SumSection] = []
    loop: list[LoopSection] = []
    work_permit: list[WorkPermitSection] = []
    policies: PoliciesSection
    uplinks: UplinksSection = UplinksSection(mqtt="", history="sqlite")
    workers: WorkersSection = WorkersSection(processes=1, memory_mb=1024.0)
    journal: JournalSection = JournalSection(checkpoints="", keep_days=None)
    alarms: AlarmsSection = AlarmsSection(canary_s=None)
    commands: CommandsSection | None = None
    notify: NotifySection | None = None
    access: AccessSection | None = None
    simulation: dict[str, Any] = {}


def keys_at(path: Sequence[str | int]) -> tuple[str, ...]:
    """Return the keys that may stand at a place of the file, as they are written there.

    >>> keys_at(("uplinks",))[:2]
    ('mqtt', 'mqtt_password_file')
    >>> keys_at(("point", 3, "writing"))[:2]
    ('low', 'high')
    """
    model: type[BaseModel] = SiteFile
    for part in path:
        if isinstance(part, str):
            found = [field for name, field in model.model_fields.items() if part in {name, field.alias}]
            model = _section_in(found[0].annotation) if found else _Strict
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _section_in(annotation: Any) -> type[BaseModel]:
    """Find the section inside a type such as `list[AssetSection]` or `WritingSection | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = [_section_in(one) for one in get_args(annotation)]
    return next((one for one in inner if one is not _Strict), _Strict)
