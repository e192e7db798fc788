"""False data that fit each other: what meters would show if a customer drew more than he does.

Whoever writes to several meters at once can solve the power flow too, so that every balance holds and no
residual of a state estimate gives him away. After Y. Liu, P. Ning and M. Reiter, False data injection
attacks against state estimation in electric power grids (CCS 2009), with the full power flow in place of
its linear form.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind
from simulators.physics.flows import Injections, Rows


def falsified(faults: Iterable[Fault], injections: Injections, rows: Rows, now_ns: int) -> Injections | None:
    """Return the injections that all meters shall believe; None where nobody falsifies anything.

    Args:
        faults: of the world; `amount` is the active power that a load seems to draw more, kW. Its reactive
            power grows in proportion.
        injections: the true ones.
        rows: row of each load.
        now_ns: nanoseconds since 1970 UTC.
    """
    attacks = [fault for fault in faults if fault.kind is FaultKind.FALSE_DATA and fault.active(now_ns)]
    if not attacks:
        return None
    load_kw, load_kvar = injections.load_kw.copy(), injections.load_kvar.copy()
    for attack in attacks:
        row, more_kw = rows.load[attack.target], attack.severity(now_ns)
        if load_kw[row] != 0.0:
            load_kvar[row] *= 1.0 + more_kw / load_kw[row]
        load_kw[row] += more_kw
    return msgspec.structs.replace(injections, load_kw=load_kw, load_kvar=load_kvar)
