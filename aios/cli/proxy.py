"""`aios proxy`: a bad wire to put before a device, from the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.duration import seconds
from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end, errors

if TYPE_CHECKING:
    from aios.testing.fault_proxy import FaultProxy, WireFaults

To = Annotated[str, typer.Option(help="HOST:PORT of the device.")]
Listen = Annotated[str, typer.Option(help="PORT or HOST:PORT that clients use; port 0 finds a free one.")]
Latency = Annotated[str, typer.Option(help="Time that every piece takes, such as 200ms.")]
Jitter = Annotated[str, typer.Option(help="Up to so much more, drawn evenly.")]
Bandwidth = Annotated[float, typer.Option(help="Bytes a second; 0: as fast as it goes.")]
Slice = Annotated[int, typer.Option("--slice", help="Cut pieces so small, bytes; 0: not.")]
Flip = Annotated[float, typer.Option(help="Chance that a bit of a piece is flipped.")]
Garbage = Annotated[float, typer.Option(help="Chance that random bytes come before a piece.")]
Drop = Annotated[float, typer.Option(help="Chance that a piece is lost.")]
Duplicate = Annotated[float, typer.Option(help="Chance that a piece comes twice.")]
Late = Annotated[float, typer.Option(help="Chance that a piece waits for --late-by.")]
LateBy = Annotated[str, typer.Option(help="How long a late piece waits.")]
Reset = Annotated[float, typer.Option(help="Chance of a piece that the connection is reset.")]
Direction = Annotated[
    str, typer.Option(help="Whom the faults of pieces befall: to-device, to-client or both.")
]
ResetEvery = Annotated[str, typer.Option(help="Reset every connection so often, such as 30s.")]
HalfOpenEvery = Annotated[str, typer.Option(help="Swallow everything so often.")]
PartitionEvery = Annotated[str, typer.Option(help="Hold everything so often.")]
DownEvery = Annotated[str, typer.Option(help="Stop listening so often.")]
Lasting = Annotated[str, typer.Option(help="How long each of the three above lasts.")]
Seed = Annotated[int, typer.Option(help="Seed of the dice.")]
EndingAfter = Annotated[str, typer.Option("--for", help="End after so long; 0: at Ctrl-C.")]
Json = Annotated[bool, typer.Option("--json", help="Write the counts at the end as JSON.")]


def proxy(
    *,
    to: To,
    listen: Listen = "0",
    latency: Latency = "0",
    jitter: Jitter = "0",
    bandwidth: Bandwidth = 0.0,
    slice_bytes: Slice = 0,
    flip: Flip = 0.0,
    garbage: Garbage = 0.0,
    drop: Drop = 0.0,
    duplicate: Duplicate = 0.0,
    late: Late = 0.0,
    late_by: LateBy = "2s",
    reset: Reset = 0.0,
    direction: Direction = "both",
    reset_every: ResetEvery = "0",
    half_open_every: HalfOpenEvery = "0",
    partition_every: PartitionEvery = "0",
    down_every: DownEvery = "0",
    lasting: Lasting = "5s",
    seed: Seed = 0,
    ending_after: EndingAfter = "0",
    json: Json = False,
) -> None:
    """Put a bad wire before a device: latency, slicing, garbage, loss, resets, silence; until Ctrl-C."""
    from aios.testing.fault_proxy import FaultProxy
    from aios.testing.fault_timetable import Timetable

    host, port = _address(to)
    listen_host, listen_port = _address(listen, host="127.0.0.1")
    to_device, to_client = _faults_of(
        direction, latency_s=seconds(latency), jitter_s=seconds(jitter), bandwidth=bandwidth,
        slice_bytes=slice_bytes, flip=flip, garbage=garbage, drop=drop, duplicate=duplicate,
        late=late, late_s=seconds(late_by), reset=reset,
    )  # fmt: skip
    timetable = Timetable(
        to_device=to_device, to_client=to_client, reset_s=seconds(reset_every),
        half_open_s=seconds(half_open_every), partition_s=seconds(partition_every),
        down_s=seconds(down_every), lasting_s=seconds(lasting), ending_s=seconds(ending_after),
    )  # fmt: skip
    wire = FaultProxy(host, port, listen_host=listen_host, listen_port=listen_port, seed=seed)
    _run(wire, lambda ready: timetable.run(wire, ready), json=json)


def _run(wire: FaultProxy, running: Callable[[Callable[[], None]], object], *, json: bool) -> None:
    """Run it to its end, and say what it did."""
    from aios.processes import say_ready

    def ready() -> None:
        if json:  # standard output is for the counts alone
            errors.print(f"listening on port {wire.port}", highlight=False)
        else:
            say_ready(port=wire.port)

    try:
        running(ready)
    except OSError as error:
        end(Exit.FAILED, f"it cannot listen: {error}")
    counted = wire.statistics()
    if json:
        as_json(counted)
    else:
        told = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counted.items() if count)
        console.print(told or "no connection came", highlight=False)


def _faults_of(direction: str, **amounts: float) -> tuple[WireFaults, WireFaults]:
    """Return the faults to the device, and to the client."""
    from aios.testing.wire_faults import WireFaults

    if direction not in {"both", "to-device", "to-client"}:
        raise typer.BadParameter(f"{direction} is none of to-device, to-client, both")
    try:
        faults = WireFaults(**amounts)  # type: ignore[arg-type] # slice_bytes comes as a whole number
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    none = WireFaults()
    return (none if direction == "to-client" else faults), (none if direction == "to-device" else faults)


def _address(text: str, host: str = "") -> tuple[str, int]:
    """Read `HOST:PORT`, or a port alone where the host is known."""
    named, _, port = text.rpartition(":")
    if (not named and not host) or not port.isdecimal() or int(port) > 65_535:
        raise typer.BadParameter(f"{text} is no {'PORT or ' if host else ''}HOST:PORT")
    return named or host, int(port)
