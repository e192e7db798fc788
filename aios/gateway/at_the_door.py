"""What the door of a gateway knows of its site: its alarms, and the control rooms that it believes."""

from __future__ import annotations

from aios.gateway.compose import Assembly
from edge.door import Door


def keep_door(door: Door, assembly: Assembly) -> None:
    """Let people act on the alarms that there are; where the site has it so, only those vouched for."""
    door.alarms = assembly.alarms
    access = assembly.site.access
    if access is None:
        return
    from edge.access.guard import Guard  # noqa: PLC0415 - loads PyJWT, which no other site needs
    from policies.rights.process import RightsProcess  # noqa: PLC0415 - nor this

    door.guard = Guard(assembly.site.name, access, RightsProcess())
