"""How history and broker keep up, from the historian to the metrics of its gateway: one small file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from drivers.historian.delivery import Standing
from kernel.shell.wire import Sample

_NAME: Final = "standing.json"
_standings: Final = msgspec.json.Decoder(list[Standing])


def teller(outbox: Path) -> Callable[[Sequence[Standing]], None]:
    """Return what writes standings beside the outbox, each time whole or not at all."""

    def tell(standings: Sequence[Standing]) -> None:
        fresh = outbox / f"{_NAME}.new"
        fresh.write_bytes(msgspec.json.encode(list(standings)))
        fresh.rename(outbox / _NAME)

    return tell


def standing_samples(outbox: Path) -> tuple[Sample, ...]:
    """Return the newest standings as metrics; none where no historian has told any."""
    try:
        standings = _standings.decode((outbox / _NAME).read_bytes())
    except (OSError, msgspec.MsgspecError):  # none yet, or of another version: it is told again in seconds
        return ()
    return tuple(sample for standing in standings for sample in _samples(standing))


def _samples(standing: Standing) -> tuple[Sample, ...]:
    sink = {"sink": standing.sink}
    return (
        Sample("aios_history_up", float(standing.up), sink),
        Sample("aios_history_behind_rows", float(standing.behind_rows), sink),
        Sample("aios_history_behind_seconds", standing.behind_s, sink),
        Sample("aios_history_refused_rows", float(standing.refused_rows), sink),
        Sample("aios_history_refused_documents", float(standing.refused_documents), sink),
        Sample("aios_history_lost_rows_total", float(standing.lost_rows), sink),
    )
