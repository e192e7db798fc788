"""The local/remote switch at the device: while it stands at local, nobody writes from afar."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.modbus.bank import WrongState
from drivers.modbus.entry import Entry
from drivers.modbus.writes import Write
from kernel.site import LOCAL
from simulators.devices.bank import Bank
from simulators.devices.behaviour.role import Behaviour


class LocalSwitch(Behaviour):
    """Shows where the device is operated; the world turns it by sensing its quantity."""

    def __init__(self, entry: Entry, *, local: bool = False) -> None:
        """Begin at remote, or at local.

        Args:
            entry: a quantity with a state `local` and another one.
            local: how it stands at first.

        Raises:
            ValueError: the quantity has no state `local`, or no other.
        """
        self._quantity = entry.quantity
        codes = {state == LOCAL: code for code, state in entry.states.items()}
        if len(codes) != 2:
            raise ValueError(f"{entry.quantity} needs a state {LOCAL} and another one")
        self._local_code = float(codes[True])
        self._code = float(codes[local])

    def take(self, write: Write, bank: Bank, now_ns: int) -> Write:  # noqa: ARG002
        """Refuse at local.

        Raises:
            WrongState: it stands at local.
        """
        if self._code == self._local_code:
            raise WrongState("the device is operated on the spot")
        return write

    def sense(self, quantities: Mapping[str, float]) -> None:
        """Turn, where somebody turned it."""
        self._code = quantities.get(self._quantity, self._code)

    def show(self, bank: Bank, now_ns: int) -> Mapping[str, float]:  # noqa: ARG002
        """Return how it stands."""
        return {self._quantity: self._code}
