"""Generators of pandapower that hold a voltage: our solver holds powers, so they are refused, or fixed.

power-grid-model 1.12 knows no bus of given active power and voltage (PV). With `fixed` each of them feeds
in the active power that it states and the reactive power that pandapower finds for it when the network is
imported: exact at that moment, and only there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.networks.importers.pandapower_rows import Harvest, in_service, number, rows_of


def held_voltages_of(net: Any, bus: Mapping[int, str], found: Harvest, *, fixed: bool) -> None:
    """Read the table `gen`.

    Args:
        net: of pandapower, solved where `fixed`.
        bus: our name of each bus that is carried, by its index there.
        found: what is read so far; added to.
        fixed: carry them with a fixed reactive power.
    """
    taken = {plant["name"] for plant in (*found.tables["generators"], *found.tables["batteries"])}
    rows = found.kept(net, "gen", bus, ("bus",), taken) if fixed else in_service(rows_of(net, "gen"))
    for index, row in rows.items():
        if bool(row.get("slack")):
            found.refuse("gen", rows, index, "is the slack; make it an external grid there")
        elif not fixed:
            found.refuse("gen", rows, index, "holds a voltage (PV bus); --fixed-gens gives it a fixed kvar")
        elif index not in net.res_gen.index:
            found.refuse("gen", rows, index, "pandapower finds no reactive power for it")
        else:
            name, kvar = found.names["gen"][index], float(net.res_gen.q_mvar[index]) * 1e3
            found.notes.append(f"generator {name} held a voltage: it feeds in {kvar:.1f} kvar for all times")
            found.tables["generators"].append(
                {
                    "name": name,
                    "bus": bus[int(row["bus"])],
                    "rated_kw": number(row, "p_mw") * number(row, "scaling", 1.0) * 1e3,
                    "rated_kvar": kvar,
                    "profile": "",
                }
            )
