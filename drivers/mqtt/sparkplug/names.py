"""Names of Sparkplug B: group, edge node, devices, and the topics made of them.

Source: Sparkplug 3.0.0, 4.1 (topic elements) and 6.4.6 (names of metrics).
"""

from __future__ import annotations

from typing import Final

import msgspec

NAMESPACE: Final = "spBv1.0"
REBIRTH: Final = "Node Control/Rebirth"
BD_SEQ: Final = "bdSeq"


class NodeName(msgspec.Struct, frozen=True, kw_only=True):
    """Who the gateway is in the namespace."""

    group: str
    node: str
    primary_host: str = ""
    """Host application without which data waits in the outbox; empty for none."""

    def topic(self, kind: str, device: str = "") -> str:
        """Return the topic of a message of the node, or of one of its devices.

        >>> NodeName(group="north", node="nord").topic("DDATA", "t1")
        'spBv1.0/north/DDATA/nord/t1'
        """
        levels = (NAMESPACE, self.group, kind, self.node, device)
        return "/".join(level for level in levels if level)

    @property
    def state_topic(self) -> str:
        """Topic on which the primary host says whether it is online."""
        return f"{NAMESPACE}/STATE/{self.primary_host}"
