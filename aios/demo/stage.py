"""The stage: the processes of the demo, their files, ports and clock."""

from __future__ import annotations

import re
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aios.processes import Stage
from drivers.mqtt.broker import EmbeddedBroker
from kernel.site import Site

FACTOR: Final = 1440.0
"""A day in a minute."""
READY_S: Final = 180.0
"""Real seconds each process may take to get ready."""
SITE: Final = "site.toml"
"""The site file of the run, in its folder."""
_OFFSETS: Final = range(0, 2000, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The processes of the demo, in the order in which they start and begin."""

    field: Stage
    gateway: Stage
    page: Stage | None
    broker: EmbeddedBroker

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All of them, the field first."""
        rest = () if self.page is None else (self.page,)
        return (self.field, self.gateway, *rest)


def is_free(port: int) -> bool:
    """Tell whether nobody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_offset(ports: tuple[int, ...]) -> int:
    """Return what to add to all ports so that every one is free; 0 where they are free as they stand.

    Raises:
        RuntimeError: none of the tried offsets is free.
    """
    for offset in _OFFSETS:
        if all(is_free(port + offset) for port in ports):
            return offset
    raise RuntimeError(f"no free ports found near {min(ports)} to {max(ports)}")


def run_site_text(text: str, *, offset: int, mqtt: str) -> str:
    """Return the site file of this run: its ports moved, its telemetry sent to the demo's broker."""
    moved = re.sub(r"(?m)^port = (\d+)$", lambda m: f"port = {int(m[1]) + offset}", text)
    return f'{moved}\n[uplinks]\nmqtt = "{mqtt}"\nhistory = "sqlite"\n'


def cast(site: Site, text: str, root: Path, *, page: bool) -> Cast:
    """Write the files of a run and describe its processes; the broker runs already."""
    root.mkdir(parents=True, exist_ok=True)
    broker = EmbeddedBroker()
    broker.start()
    offset = free_offset(tuple(device.port for device in site.devices))
    site_file = root / SITE
    site_file.write_text(run_site_text(text, offset=offset, mqtt=broker.url), encoding="utf-8")
    common = ["--folder", str(root)]
    scaled = ["--scaled", str(FACTOR)]
    logs = root / "logs"
    return Cast(
        broker=broker,
        field=Stage(
            "field", ["aios", "field", str(site_file), "--course", *common, *scaled], logs / "field.log"
        ),
        gateway=Stage("gateway", ["aios", "run", str(site_file), *common, *scaled], logs / "gateway.log"),
        page=Stage(
            "page", ["aios", "control-room", str(site_file), *common, "--port", "0"], logs / "page.log"
        )
        if page
        else None,
    )


async def raise_curtain(cast: Cast) -> str:
    """Start every process, wait until all are ready, and let time begin; return the page's address."""
    for stage in cast.stages:
        await stage.start()
    address = ""
    for stage in cast.stages:
        said = await stage.ready(READY_S)
        address = str(said.get("url", address))
    epoch_ns = time.monotonic_ns() + 200_000_000
    for stage in (cast.field, cast.gateway):
        stage.tell(str(epoch_ns))
    return address


async def lower_curtain(cast: Cast) -> None:
    """End every process, the page first and the field last, then the broker."""
    for stage in reversed(cast.stages):
        code = await stage.stop()
        if code not in {0, -15}:
            sys.stderr.write(f"{stage.name} ended with code {code}; see its log\n")
    cast.broker.stop()
