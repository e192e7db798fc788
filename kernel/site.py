"""The site: one frozen description of a substation, for gateway and simulator both."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import msgspec

from kernel.asset import Asset
from kernel.capability import May
from kernel.ladder import LadderSpec
from kernel.point import Point
from kernel.shelf import PolicyShelf
from kernel.sum import Sum

LOCAL: Final = "local"
"""Name of the state in which a device is operated on the spot."""


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A thing on a bus that serves the points of one asset."""

    name: str
    asset: str
    protocol: str = "modbus-tcp"
    map: str
    """Name of a shipped register map, or a path beside the site file."""
    host: str = "127.0.0.1"
    port: int = 0
    unit: int = 1
    """Modbus unit identifier."""
    timeout_s: float = 1.0
    """Real seconds to wait for an answer; it does not scale with the clock."""
    scan_s: float | None = None
    """Operational seconds between two readings; None for the base tick."""
    gap_s: float = 0.0
    """Pause that the device needs after an answer, real seconds."""
    line_gap_s: float = 0.0
    """Silence that its wire needs between two requests to anybody, real seconds."""
    serial: str = ""
    """Serial port of `modbus-rtu`, a path such as `/dev/ttyS1`; 8 data bits."""
    baud: int = 19200
    parity: str = "even"
    """even, odd or none."""
    stop_bits: int = 1
    ca: str = ""
    """PEM file of `modbus-tls`: whom we believe that the server is who it says."""
    certificate: str = ""
    """PEM file of `modbus-tls`: who we are."""
    key: str = ""
    """PEM file of the certificate's private key."""
    server_name: str = ""
    """Name that must stand in the server's certificate; empty for the host."""


class LoopSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One control loop of the site file: which agent runs, how often, in which class."""

    agent: str
    """Name of this instance."""
    kind: str
    """Entry point that makes the agent, such as `peak_shaving`, or `file:PATH` of a Python file."""
    period_s: float
    deadline_s: float
    priority: str = "control"
    """safety, control, operation, learning or housekeeping; the last three run in workers."""
    phase_s: float = 0.0
    """Seconds by which its releases come after the multiples of its period."""
    overrun: str = "coalesce"
    """coalesce, skip or degrade: what is done when a step takes longer than its budget."""
    budget_ms: float | None = None
    """Real milliseconds that one step may take."""
    fresh_s: float | None = None
    """Longest time between two readings of what it steers by, operational seconds; None for its period."""
    settings: dict[str, float | str | bool | list[str]] = {}
    may: May | None = None
    """What the site leaves the agent of what it declares; None leaves it all."""
    ladder: dict[str, LadderSpec] = {}
    """What the site changes of the conditions of the degradation ladder, by condition."""


class WorkPermit(msgspec.Struct, frozen=True, kw_only=True):
    """People work in a zone: nothing there may be energised."""

    id: str
    zone: str
    holder: str
    from_ns: int
    until_ns: int


class BrokerTls(msgspec.Struct, frozen=True, kw_only=True):
    """How gateway and broker know each other, where the broker's address begins with `mqtts`."""

    ca: str = ""
    """Certificates of the authorities that vouch for the broker; empty for the system's own."""
    certificate: str = ""
    """File with the gateway's own certificate; empty where the broker asks for none."""
    key: str = ""
    """File with its private key; empty where it stands in the same file."""
    server_name: str = ""
    """Name in the broker's certificate; empty for the host of the address."""


class SparkplugNode(msgspec.Struct, frozen=True, kw_only=True):
    """Who the gateway is for Sparkplug B."""

    group: str = "aios"
    node: str = ""
    """Id of the edge node; empty for the name of the site."""
    primary_host: str = ""
    """Host application without which data waits in the outbox; empty for none."""


class Uplinks(msgspec.Struct, frozen=True, kw_only=True):
    """Where telemetry and history go."""

    mqtt: str = ""
    """`mqtt://host:port`, `mqtts://account@host:port`, or empty."""
    mqtt_password_file: str = ""
    """File or `credential:NAME` of the account's password; empty for none."""
    history: str = "sqlite"
    """`sqlite` or a PostgreSQL connection string, with how the server is known to be the right one."""
    history_password_file: str = ""
    """File or `credential:NAME` of the password; empty where the string or its `passfile` is enough."""
    history_keep_days: float | None = None
    """Days that raw rows stay in the history; None for 90 in SQLite, for good in PostgreSQL."""
    tls: BrokerTls = BrokerTls()
    """Certificates for `mqtts`."""
    mqtt_form: str = "json"
    """json, sparkplug or both."""
    sparkplug: SparkplugNode = SparkplugNode()
    home_assistant: str = ""
    """Prefix of Home Assistant's discovery topics; empty where it is not told of the points."""


class WorkerProcesses(msgspec.Struct, frozen=True, kw_only=True):
    """The processes in which the loops of the slow classes run."""

    processes: int = 1
    memory_mb: float = 1024.0
    """Resident memory that one of them may hold, MiB."""


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How the command journal is kept."""

    checkpoints: str = ""
    """Folder, off the box, into which signed checkpoints are copied; empty for none."""
    keep_days: float | None = None
    """Days after which entries may go, behind a signed checkpoint; None keeps all."""


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """A key that may sign remote commands: in whose name, and for which points."""

    key: str
    """Name of the key; its public half is the file `KEY.pem`."""
    person: str
    """The one person in whose name it may ask."""
    role: str = ""
    """Role of the person, such as `OPERATOR` (IEC 62351-8)."""
    points: tuple[str, ...]
    """Shell patterns over the points and sums that it may ask for."""


class RemoteCommands(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway takes of commands that come over MQTT."""

    keys: str
    """Folder of the trusted public keys."""
    senders: tuple[Sender, ...]
    longest_s: float = 300.0
    """Longest validity of a command, from when it was signed, seconds."""
    per_minute: int = 60
    """New commands that one key may send in a minute."""
    skew_s: float = 5.0
    """How far a sender's clock may be ahead of the gateway's, seconds."""
    trust_clock: bool = False
    """Whether the machine's clock is believed although nothing says that it is synchronised."""


class VouchingDesk(msgspec.Struct, frozen=True, kw_only=True):
    """A control room that may vouch for people."""

    key: str
    """Name of its key; the public half is the file `KEY.pem`."""
    roles: tuple[str, ...]
    """Roles that it may vouch for."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Who may act over the local socket."""

    keys: str
    """Folder of the trusted public keys."""
    desks: tuple[VouchingDesk, ...]


class Site(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Everything that is declared about one substation.

    Invariants: point names are unique; the place of a point in `points` is its row everywhere.
    """

    name: str
    title: str
    currency: str = "EUR"
    time_zone: str = "UTC"
    base_tick_s: float
    assets: tuple[Asset, ...]
    points: tuple[Point, ...]
    devices: tuple[Device, ...]
    loops: tuple[LoopSpec, ...]
    permits: tuple[WorkPermit, ...] = ()
    policies: tuple[str, ...] = ()
    uplinks: Uplinks = Uplinks()
    questions_at_most: int = 50
    """Questions of policy that wait for people at a time; further ones are refused."""
    sums: tuple[Sum, ...] = ()
    """Weighted sums of set-points, nested or disjoint."""
    workers: WorkerProcesses = WorkerProcesses()
    journal: Retention = Retention()
    canary_s: float | None = None
    """Operational seconds between two canary alarms; None for none."""
    commands: RemoteCommands | None = None
    """Who may send commands over MQTT; None where nobody may."""
    shelf: PolicyShelf | None = None
    """Who may bring policy bundles; None where nobody may, and the policies are those that ship."""
    access: Access | None = None
    """Whose vouches are taken; None where whoever may open the gateway's socket is believed."""
    simulation: dict[str, object] = {}
    """What only the simulator reads: network, profiles, faults."""
    revision: str = ""
    folder: str = ""
    """Where the files lie that the site file names."""
    digest: str
    """SHA-256 of the site file, hexadecimal."""

    @cached_property
    def row(self) -> dict[str, int]:
        """Row of each point by name."""
        return {point.name: row for row, point in enumerate(self.points)}

    @cached_property
    def sum(self) -> dict[str, Sum]:
        """Sums by name."""
        return {one.name: one for one in self.sums}

    @cached_property
    def asset(self) -> dict[str, Asset]:
        """Assets by name."""
        return {asset.name: asset for asset in self.assets}

    def point(self, name: str) -> Point:
        """Return the point of that name.

        Raises:
            KeyError: the site has no such point.
        """
        return self.points[self.row[name]]

    @cached_property
    def local_switches(self) -> tuple[tuple[Point, int, int], ...]:
        """Writable points whose devices show local operation: with the row of what shows it, and its code."""
        found = []
        for point in self.writable:
            row = self.row.get(point.writing.local, -1) if point.writing and point.writing.local else -1
            codes = [code for code, state in self.points[row].states.items() if state == LOCAL]
            if row >= 0 and codes:
                found.append((point, row, codes[0]))
        return tuple(found)

    @cached_property
    def kernels_own(self) -> frozenset[str]:
        """The points that only the kernel writes: those that reserve devices, and heartbeats."""
        writings = [(point.name, point.writing) for point in self.points if point.writing is not None]
        selects = {writing.select for _, writing in writings if writing.select}
        return frozenset(selects | {name for name, writing in writings if writing.heartbeat_s is not None})

    @cached_property
    def writable(self) -> tuple[Point, ...]:
        """The points that may be written, in table order."""
        return tuple(point for point in self.points if point.writing is not None)
