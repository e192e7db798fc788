"""Subsystems of a gateway: what may crash and start again beside the tick, and what ends the process.

The tree, in the order in which it starts:

    gateway         no restarts at all: what crashes here ends the process, and systemd starts a new one
      socket        the local socket
      workers       worker processes; without them their agents stand on the rung safe
      history       the historian process; without it history waits on the disk
      policies      the policy process; without it every command is denied and the safe set stands
      field         one subsystem for each bus; without it a device's points are old
      tick          the control loop and the journal

A subsystem starts its children again at most five times in a minute. After that it stays down, the tick goes
on without it, and a repair order for the gateway itself says so. The policy process outlives the tree where
a reload keeps the policies, so its gate itself ends and replaces it, within the same budget; what stands in
the tree is that it is there, and that it gave up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from kernel.ports import Clock
from kernel.shell.bus import Bus
from kernel.shell.child import ChildSpec, Exit, GaveUp, Restart, Stopped
from kernel.shell.socket import Server
from kernel.shell.supervisor import Event, supervisor
from kernel.shell.supervisor_flags import Flags

READ_PHASE: Final = 0.4
"""Devices are read about this share of a base tick after it: fresh for the next one, apart from writes."""
READ_SPREAD: Final = 0.6
"""Share of a base tick over which the readings of all devices are spread: not all answers come at once."""
INTENSITY: Final = 5
"""Restarts of a subsystem's children in a period before it is given up."""
PERIOD_S: Final = 60.0
POLICIES: Final = "policies"


def subsystem(
    name: str, children: Sequence[ChildSpec], clock: Clock, *, heard: Callable[[Event], None]
) -> ChildSpec:
    """Describe what the gateway can do without: it stays down when its budget of restarts is spent."""
    flags = Flags(intensity=INTENSITY, period_s=PERIOD_S)
    return supervisor(name, children, clock, flags, restart=Restart.TRANSIENT, heard=heard)


class ServerChild:
    """The local socket as a child: it listens until it is stopped."""

    def __init__(self, server: Server) -> None:
        """Open and close one server."""
        self._server = server

    async def start(self) -> None:
        """Listen."""
        await self._server.open()

    async def ended(self) -> Exit:
        """Never return: a listening socket does not end by itself."""
        await asyncio.get_running_loop().create_future()
        return Stopped()

    async def stop(self) -> None:
        """Stop listening and remove the socket file."""
        await self._server.close()

    async def kill(self) -> None:
        """Stop listening."""
        await self._server.close()


class KeptGate(Protocol):
    """A gate that keeps its own process."""

    @property
    def pid(self) -> int:
        """Id of its process; 0 while there is none."""
        ...

    @property
    def restarts(self) -> int:
        """Processes that were started in the place of another."""
        ...

    async def given_up(self) -> str:
        """Return when no process comes any more, and why."""
        ...


class GateChild:
    """The policy gate as a child: it begins and ends with somebody else, and can only give up."""

    def __init__(self, gate: KeptGate, heard: Callable[[Event], None]) -> None:
        """Stand for a gate; `heard` is told when it gives up."""
        self._gate = gate
        self._heard = heard

    @property
    def pid(self) -> int:
        """Id of the policy process; 0 while there is none."""
        return self._gate.pid

    @property
    def restarts(self) -> int:
        """Restarts of the policy process."""
        return self._gate.restarts

    async def start(self) -> None:
        """Do nothing: it runs already."""

    async def ended(self) -> Exit:
        """Return when the gate has given up."""
        why = await self._gate.given_up()
        self._heard(Event(POLICIES, "", "gave_up", why))
        return GaveUp(why)

    async def stop(self) -> None:
        """Leave it to whom it belongs."""

    async def kill(self) -> None:
        """Leave it to whom it belongs."""


def policies(gate: KeptGate, heard: Callable[[Event], None]) -> ChildSpec:
    """Describe the policy gate as a child: one that gave up stays down."""
    return ChildSpec(name=POLICIES, make=lambda: GateChild(gate, heard), restart=Restart.TRANSIENT)


def read_phase(place: int, count: int) -> float:
    """Return which share of a base tick after it one of `count` devices is read.

    >>> read_phase(0, 1), [round(read_phase(place, 3), 2) for place in range(3)]
    (0.4, [0.2, 0.4, 0.6])
    """
    return READ_PHASE + READ_SPREAD * ((place + 0.5) / count - 0.5)


async def read(bus: Bus, tick_s: float, phase: float = READ_PHASE) -> None:
    """Serve a bus: read once a base tick, `phase` of it later, and write as soon as something is queued."""
    await bus.run(period_s=tick_s, phase_s=tick_s * phase)
