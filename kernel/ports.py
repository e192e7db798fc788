"""Roles: what the kernel asks of agents, drivers, gates, clocks, journals and historians."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernel.alarm import Alarm
from kernel.capability import Call
from kernel.command import Command, Sent
from kernel.confidence import Confidence
from kernel.finding import Assessment, Finding
from kernel.forecast import Forecast
from kernel.image import Reading, View
from kernel.instruction import Approval
from kernel.measurement import Block, Values
from kernel.plan import Plan
from kernel.proposal import Proposal
from kernel.repair import RepairOrder
from kernel.verdict import Judgement

Published = Forecast | Plan | Assessment | Finding | RepairOrder | Alarm
"""What agents, and the gateway itself, compute for others to read."""


class Calculated(msgspec.Struct, frozen=True, kw_only=True):
    """A value that an agent computed for a point whose source it is."""

    point: str
    value: float
    quality: int = 0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one step of an agent gave: its next state, and everything it wants known."""

    state: Any
    proposals: tuple[Proposal, ...] = ()
    published: tuple[Published, ...] = ()
    calculated: tuple[Calculated, ...] = ()
    calls: tuple[Call, ...] = ()
    """What it asks of the kernel: to keep something, to ask a model or people."""
    rung: str = "model"
    """Rung of the degradation ladder the agent stands on after this step."""
    why_rung: str = ""
    """Why it stands there, when it is not `model`."""
    condition: str = ""
    """Set by the kernel where it finds the step unfit; what an agent writes here is not looked at."""


class Past(Protocol):
    """What a starting agent may learn from: interval means of earlier days."""

    now_ns: int
    """Operational time at which the agent starts, nanoseconds since 1970 UTC."""

    def means(
        self, points: Sequence[str], *, step_s: float, end_ns: int, count: int
    ) -> tuple[Values, NDArray[np.bool_]]:
        """Return the (points, count) means before `end_ns`, and which of them are good.

        A hole is False in the second array and 0.0 in the first.
        """
        ...


class Agent(Protocol):
    """Proposes; cannot act and hides nothing: everything it remembers is in its state."""

    name: str
    reads: tuple[str, ...]
    """Points it may see."""
    proposes: tuple[str, ...]
    """Points it may make proposals for."""

    def start(self, past: Past) -> Any:
        """Return the state to begin with: frozen, and encodable by msgspec."""
        ...

    def step(self, view: View, state: Any) -> Step:
        """Look once, think briefly, propose. Pure: no clock, no I/O, no randomness."""
        ...


class Driver(Protocol):
    """Speaks to one device (or to all of one link)."""

    name: str
    points: tuple[str, ...]

    async def open(self) -> None:
        """Prepare the link; a device that is away is not an error here."""
        ...

    async def read(self) -> Block:
        """Read all points in as few transactions as the protocol allows.

        Returns:
            One row a point, in the order of `points`. An unreadable point comes back with an
            invalid quality; it is never left out and never NaN.
        """
        ...

    async def write(self, command: Command) -> Sent:
        """Send one command once; never again, whatever happens."""
        ...

    async def close(self) -> None:
        """Release the link."""
        ...


class PastOperation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One operation of an asset in the last day, as policy sees it."""

    point: str
    quantity: str
    value: float
    ago_s: float
    """Operational seconds since it was permitted."""


class Reserved(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a device that must be selected is reserved for."""

    confirmed: bool
    """Whether the device has confirmed the select."""
    value: float
    """The value it will be operated with, in the unit of the operated point."""
    asked_by: str
    left_s: float
    """Operational seconds until the reservation is over."""


class GateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """All commands of a tick, with what policy may look at."""

    tick: int
    now_ns: int
    """Civil time, nanoseconds since 1970 UTC."""
    commands: tuple[Command, ...]
    readings: dict[str, Reading]
    """Points of the commanded assets and of all that feed them, and limits of the plants beside a plant."""
    usable: dict[str, float] = {}
    """Values of those readings that control may use: of good quality and not stale. Empty where nobody has
    looked; policies then look at the readings themselves."""
    operations: dict[str, tuple[PastOperation, ...]] = {}
    """By commanded asset: what the gateway has operated there in the last day."""
    reservations: dict[str, Reserved] = {}
    """By command id: what the device is reserved for, where it must be selected first."""
    approvals: dict[str, tuple[Approval, ...]] = {}
    """By command id: what people have agreed to, each of them once, and none of them who asked."""
    confidence: dict[str, Confidence] = {}
    """By command id: how sure the agent is whose wish it is, and how far that can be believed; a wish that
    does not say how sure it is has none."""
    occasion: str = "tick"
    """`tick`; `load` when the safe set is judged as the site is loaded, before anything is measured; `health`
    where a gate that failed is asked, with no command, whether it is back."""
    revision: str = ""
    """Policy revision that is expected to answer; a command may name another one, which is tried on its
    asset. Empty means the only one that there is."""


class Gate(Protocol):
    """Judges all commands of a tick in one evaluation. It never raises: failure is an answer."""

    revision: str
    """Revision of the policy bundle that is expected to answer."""

    async def judge(self, request: GateRequest) -> Judgement:
        """Return a verdict for each command, or a failure that denies them all."""
        ...

    async def close(self) -> None:
        """Release the evaluator."""
        ...


class Clock(Protocol):
    """Operational time. Only clocks know whether it is real."""

    factor: float
    """Operational seconds in a real second; 0.0 for the virtual clock."""

    def now_ns(self) -> int:
        """Return the operational time, nanoseconds since 1970 UTC: it only goes forward, for control."""
        ...

    def wall_ns(self) -> int:
        """Return civil time, nanoseconds since 1970 UTC: it may be set, for permits and labels only."""
        ...

    def state(self) -> str:
        """Say what the clock is: `synchronised`, `not synchronised`, `scaled` or `virtual`."""
        ...

    async def sleep_until(self, at_ns: int) -> None:
        """Return when the operational time has reached `at_ns`."""
        ...


class Historian(Protocol):
    """Keeps the past of a site: rows of points, and documents such as repair orders."""

    async def append(self, blocks: Sequence[Block]) -> None:
        """Store rows; the same row twice is the same as once."""
        ...

    async def publish(self, documents: Sequence[Published]) -> None:
        """Store or send what agents published."""
        ...

    async def close(self) -> None:
        """Write what is pending and let go."""
        ...
