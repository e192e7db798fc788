"""Wear of tap changers: what their contacts lost by the current they moved under.

    wear = sum over operations of (I / I_r)^1.5 / N_r

Arcing contacts in oil last N_r = 100 000 operations at rated current (usual inspection interval of oil-type
tap changers, maker's manuals, cited from memory); the exponent is ours, between 1 (charge) and 2 (heat).
"""

from __future__ import annotations

import math
from typing import Final

from simulators.networks.network import Network
from simulators.part import Part, Stretch

_LIFE: Final = 100_000.0
_EXPONENT: Final = 1.5


class TapWear(Part):
    """Watches the tap changers of all transformers; moves none.

    Where a regulator moves one, `simulators.physics.tap_changers` counts its taps and shows where it stands;
    here only those are counted that a person or a fault moves.
    """

    def __init__(self, network: Network) -> None:
        """Begin with new contacts at the taps of the network file."""
        self._at = {unit.name: unit.tap_position for unit in network.transformers}
        self._drawn = dict(self._at)
        self._alone = [unit.name for unit in network.transformers if unit.regulator is None]
        self._rated_a = {unit.name: unit.rated_a for unit in network.transformers}
        self._operations = dict.fromkeys(self._at, 0)
        self._worn = dict.fromkeys(self._at, 0.0)

    def live(self, stretch: Stretch) -> None:
        """Count the steps between the stretch before and this one, at the current of this one."""
        for name, before in self._at.items():
            position = stretch.switching.taps.get(name, self._drawn[name])
            steps = abs(position - before)
            if steps == 0:
                continue
            self._at[name] = position
            self._operations[name] += steps
            current_a = stretch.flows.flow(name).to_a
            if math.isfinite(current_a):
                self._worn[name] += steps * (current_a / self._rated_a[name]) ** _EXPONENT / _LIFE

    def show(self) -> dict[str, dict[str, float]]:
        """Return contact wear (%) of each tap changer; position and operations where no regulator has it."""
        shown = {
            name: {"tap_position": float(self._at[name]), "tap_operations": float(self._operations[name])}
            for name in self._alone
        }
        return {
            name: {**shown.get(name, {}), "tap_contact_wear": 100.0 * worn}
            for name, worn in self._worn.items()
        }

    def counted(self) -> dict[str, float]:
        """Return the taps that no regulator made."""
        return {"tap_operations": float(sum(self._operations[name] for name in self._alone))}
