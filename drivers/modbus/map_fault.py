"""A mistake in a register map."""

from __future__ import annotations

import msgspec


class MapFault(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake in a register map."""

    where: str
    """Quantity and field, or `file`."""
    text: str
