"""A network that was imported, compared with its origin once more: did edits change its voltages?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulators.networks.folder import Stored
from simulators.networks.importers.agreement import Agreement
from simulators.networks.importers.source import Wanted, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What came of looking at the origin once more."""

    words: str
    agreement: Agreement | None = None
    """None where the origin is not here, or has no program of its own."""


def compared_again(stored: Stored) -> Again:
    """Read the origin of a network again and compare the network as it stands now with it."""
    record = stored.record
    if record is None:
        return Again(words="it was not imported: there is no origin to compare with")
    then = record.compared or "it was not compared with a program when it was imported"
    wanted = Wanted(
        leave_out=frozenset(record.options.get("leave_out", "").split()),
        fixed_gens=record.options.get("fixed_gens") == "yes",
    )
    try:
        origin = read(record.source, wanted)
    except (ValueError, ImportError, OSError) as absent:
        first, *_ = str(absent).splitlines()
        return Again(words=f"the origin cannot be read again ({first}); when it was imported: {then}")
    if origin.compare is None:
        return Again(words=f"{record.form}: {then}")
    if origin.imported.origin.digest != record.digest:
        return Again(words=f"the origin has changed since it was imported; then: {then}")
    agreement = origin.compare(replace(origin.imported, network=stored.network))
    return Again(words=f"against {record.source}: {agreement}", agreement=agreement)
