"""The protection of a world: its bays, what their devices do to them, and what is shown of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from kernel.site import Site
from simulators.devices.bank import WorldSide
from simulators.equipment.ailments import Ailing, Ailment, Sound
from simulators.equipment.bay import Bay, BayEvent, BayPlan
from simulators.equipment.overcurrent import OvercurrentSettings
from simulators.networks.network import Network
from simulators.part import Part, Stretch, Wish
from simulators.physics.flows import Flows


class UnknownBranch(KeyError):
    """A bay protects what the network does not have, or trips an upstream bay that does not exist."""


class Protection(Part):
    """Relays and breakers that act by themselves, each at its own moment."""

    def __init__(
        self,
        network: Network,
        plans: Sequence[BayPlan],
        *,
        site: Site | None = None,
        banks: Mapping[str, WorldSide] | None = None,
        ailing: Ailing | None = None,
    ) -> None:
        """Build the bays as the network begins.

        Args:
            network: of the world.
            plans: one for each protected branch.
            site: says which device belongs to which breaker; None where no device operates one.
            banks: simulated devices by name; a breaker's device shows this breaker and gives it pulses.
            ailing: what is wrong with relays and breakers.

        Raises:
            UnknownBranch: with all names that are missing.
        """
        self._ailing: Ailing = Sound() if ailing is None else ailing
        branches = {branch.name for branch in network.branches}
        upstream = {plan.upstream for plan in plans if plan.upstream}
        missing = ({plan.branch for plan in plans} - branches) | (upstream - {plan.branch for plan in plans})
        if missing:
            raise UnknownBranch(f"no bays {sorted(missing)}; there are branches {sorted(branches)}")
        open_at_start = network.open_at_start()
        self._bays = {
            plan.branch: Bay(plan, self._ailing, closed=plan.branch not in open_at_start) for plan in plans
        }
        self._column = {
            name: 5 if any(unit.name == name for unit in network.transformers) else 2 for name in self._bays
        }
        asset = {device.name: device.asset for device in site.devices} if site is not None else {}
        self._banks = {asset[name]: bank for name, bank in (banks or {}).items() if name in asset}
        self._pulses: dict[str, float] = {}
        self._now_ns = 0

    @property
    def bays(self) -> Mapping[str, Bay]:
        """By branch."""
        return self._bays

    @property
    def events(self) -> tuple[BayEvent, ...]:
        """What happened in all bays, in order of time."""
        every = [event for bay in self._bays.values() for event in bay.events]
        return tuple(sorted(every, key=attrgetter("at_ns")))

    @property
    def reasons(self) -> dict[str, str]:
        """Why each open bay is open, by branch."""
        return {name: bay.cause for name, bay in self._bays.items() if not bay.breaker.conducts}

    @property
    def locked_out(self) -> tuple[str, ...]:
        """Branches that were tripped for good: something on them waits to be repaired."""
        return tuple(name for name, bay in self._bays.items() if bay.sequence.locked_out)

    def mend(self, asset: str, now_ns: int) -> None:
        """End what ails a branch or its breaker; what was tripped for it is closed again."""
        self._ailing.mend(asset, now_ns)
        for name, bay in self._bays.items():
            if asset in (name, bay.plan.breaker) and bay.sequence.locked_out:
                bay.operate(close=True, now_ns=now_ns)

    def act(self, now_ns: int, wish: Wish) -> None:  # noqa: ARG002
        """Want each protected branch as its breaker stands, whatever a device showed of it last."""
        for name, bay in self._bays.items():
            (wish.open.discard if bay.breaker.conducts else wish.open.add)(name)

    def wakes_ns(self, now_ns: int, flows: Flows) -> int | None:
        """Return the next event of any bay, a pulse that waits, or a change of what ails them."""
        due = [bay.due_ns(now_ns, self._current_a(name, flows)) for name, bay in self._bays.items()]
        due.append(self._ailing.next_change_ns(now_ns))
        if any(self._pulse(bay, now_ns) is not None for bay in self._bays.values()):
            due.append(now_ns + 1)
        return min((moment for moment in due if moment is not None), default=None)

    def live(self, stretch: Stretch) -> None:
        """Turn discs, move breakers, reclose; a breaker that failed trips the one upstream."""
        self._now_ns = stretch.until_ns
        failed: list[Bay] = []
        for name, bay in self._bays.items():
            current_a = self._current_a(name, stretch.flows)
            if bay.live(stretch.until_ns, seconds=stretch.seconds, current_a=current_a):
                failed.append(bay)
            self._obey(bay, stretch.until_ns)
        for bay in failed:
            if bay.plan.upstream:
                cause = f"breaker failure of {bay.plan.breaker}"
                self._bays[bay.plan.upstream].trip(stretch.until_ns, cause, recloses=False)

    def show(self) -> dict[str, dict[str, float]]:
        """Return what devices can feel of breakers (by their asset) and of relays (by branch)."""
        shown: dict[str, dict[str, float]] = {}
        for name, bay in self._bays.items():
            shown.setdefault(bay.plan.breaker, {}).update(
                position=bay.breaker.shown(self._now_ns),
                operations=float(bay.breaker.operations),
                contact_wear=100.0 * bay.breaker.worn,
                lock_out_state=float(bay.sequence.locked_out),
                reclose_shots=float(bay.sequence.shots),
            )
            healthy = self._ailing.amount(bay.plan.breaker, Ailment.RELAY_SELF_TEST, self._now_ns) is None
            shown.setdefault(name, {}).update(
                pickup_state=float(bay.relay.picked_up(bay.current_a)),
                trips=float(bay.trips),
                trip_current=bay.trip_a,
                self_test_state=float(healthy),
                lock_out_state=float(bay.sequence.locked_out),
                reclose_shots=float(bay.sequence.shots),
            )
        return shown

    def counted(self) -> dict[str, float]:
        """Return operations of all breakers and the wear of the most worn one."""
        breakers = [bay.breaker for bay in self._bays.values()]
        return {
            "breaker_operations": float(sum(breaker.operations for breaker in breakers)),
            "contact_wear_percent": 100.0 * max((breaker.worn for breaker in breakers), default=0.0),
        }

    def _current_a(self, branch: str, flows: Flows) -> float:
        return float(flows.branch[flows.rows.branch[branch], self._column[branch]])

    def _pulse(self, bay: Bay, now_ns: int) -> bool | None:
        """Return what its device has commanded since the last time: close, open, or nothing."""
        bank = self._banks.get(bay.plan.breaker)
        if bank is None:
            return None
        does = bank.actuation(now_ns)
        pulses, command = does.get("pulses"), does.get("command")
        if pulses is None or command is None or pulses == self._pulses.get(bay.plan.breaker, 0.0):
            return None
        return command == 2.0

    def _obey(self, bay: Bay, now_ns: int) -> None:
        close = self._pulse(bay, now_ns)
        if close is not None:
            self._pulses[bay.plan.breaker] = self._banks[bay.plan.breaker].actuation(now_ns)["pulses"]
            bay.operate(close=close, now_ns=now_ns)


def feeder_plans(
    network: Network, branches: Iterable[str], *, dial: float = 0.1, margin: float = 1.3
) -> tuple[BayPlan, ...]:
    """Return plans for lines with breakers: pickup above the rated current, all with one dial.

    Args:
        network: with ratings and breakers.
        branches: lines to protect.
        dial: time multiplier of all.
        margin: pickup by rated current.

    Raises:
        KeyError: a branch is not a line, or has no breaker.
    """
    lines = {line.name: line for line in network.lines if line.breaker}
    return tuple(
        BayPlan(
            branch=name,
            breaker=lines[name].breaker,
            relay=OvercurrentSettings(pickup_a=margin * lines[name].rated_a, dial=dial),
        )
        for name in branches
    )
