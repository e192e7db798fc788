"""Together: the parts of one wish for a sum move together, or wait a tick.

Pure. Where policy refuses a part of a wish for a sum, the parts that it permits are not written in this tick:
they are decided anew in the next one, around the part that was refused. So nothing dips while a refused part
is asked again, and nobody moves to where the sum would not be what was wished.
"""

from __future__ import annotations

from collections.abc import Mapping

from kernel.pipe.refusals import has_failed
from kernel.pipe.tick import Draft
from kernel.verdict import Allow, Verdict


def withheld(draft: Draft, verdicts: Mapping[str, Verdict]) -> frozenset[str]:
    """Name the permitted commands that wait for the next tick."""
    parts = {c.id: draft.decisions[c.point] for c in draft.candidates}
    wish = {name: decision.wish for name, decision in parts.items() if decision.on}
    refused = {wish[name] for name in wish if _is_refused(verdicts[name])}
    return frozenset(
        name for name, key in wish.items() if key in refused and isinstance(verdicts[name], Allow)
    )


def _is_refused(verdict: Verdict) -> bool:
    """Tell whether policy itself refuses or asks; a gate that failed refuses everything anyway."""
    return not isinstance(verdict, Allow) and not has_failed(verdict)
