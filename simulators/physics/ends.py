"""Which end of which branch each name of a switching opens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from simulators.networks.network import Coupler, Network, Transformer
from simulators.physics.flows import Rows
from simulators.physics.switching import Switching

Ends = Mapping[str, tuple[tuple[int, int], ...]]
"""(branch row, end) that each name opens; end 0 is `from`, 1 is `to`."""
_BOTH: Final = (0, 1)


def ends_of(network: Network, rows: Rows) -> Ends:
    """Return what each branch and switch opens."""
    ends: dict[str, tuple[tuple[int, int], ...]] = {}
    both: tuple[Transformer | Coupler, ...] = (*network.transformers, *network.couplers)
    for branch in both:
        ends[branch.name] = tuple((rows.branch[branch.name], end) for end in _BOTH)
    for line in network.lines:
        ends[line.name] = ((rows.branch[line.name], 0),)
    for switch in network.switches:
        ends[switch.name] = ((rows.branch[switch.branch], 0 if switch.end == "from" else 1),)
    return ends


def check_names(network: Network, ends: Ends, switching: Switching) -> None:
    """Look whether a switching names what the network has.

    Raises:
        KeyError: a branch, switch, transformer or capacitor is named that the network does not have.
        ValueError: something is shorted; `simulators.physics.shorted` solves that.
    """
    taps = {unit.name for unit in network.transformers}
    steps = {bank.name for bank in network.capacitors}
    known = (
        (switching.open, ends),
        (switching.taps, taps),
        (switching.steps, steps),
        (switching.blown, steps),
    )
    unknown = sorted({name for named, there in known for name in named if name not in there})
    if switching.shorts:
        raise ValueError(f"a solver of sound networks was given short circuits on {list(switching.shorts)}")
    if unknown:
        raise KeyError(f"no branch, switch or capacitor {unknown} in network {network.name}")
