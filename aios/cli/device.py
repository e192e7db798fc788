"""`aios device`: one device before it is part of a site, and after."""

from __future__ import annotations

import typer

from aios.cli import device_probe, device_scan, device_simulate, device_watch, device_write

app = typer.Typer(
    name="device", help="One device: probe, scan, watch, write, simulate.", no_args_is_help=True
)
app.command("probe")(device_probe.probe)
app.command("scan")(device_scan.scan)
app.command("watch")(device_watch.watch)
app.command("write")(device_write.write)
app.command("simulate")(device_simulate.simulate)
