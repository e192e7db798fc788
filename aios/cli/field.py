"""`aios field`: simulated devices on real sockets, of a site with its world or of a field file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.duration import seconds
from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT, read_site, site_path
from aios.cli.out import end, errors

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from aios.field.world_course import WorldCourse
    from simulators.field.file import DeviceField
    from simulators.networks.network import Network


def field(
    site: Annotated[
        Path, typer.Argument(help="Site file, the name of a shipped site such as nord, or a field file.")
    ],
    folder: Annotated[Path, typer.Option(help="Where truth.json is written.")] = DEFAULT_ROOT,
    scaled: Annotated[
        float, typer.Option(help="Run on a scaled clock of this factor; the epoch comes on standard input.")
    ] = 0.0,
    *,
    copies: Annotated[int, typer.Option(min=1, help="Each device of a field file so many times.")] = 1,
    for_: Annotated[str, typer.Option("--for", help="How long: 90s, 30m, 2h; else until Ctrl-C.")] = "0",
    ca: Annotated[Path | None, typer.Option(help="Who vouches for clients of modbus-tls, PEM.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="What devices with modbus-tls show, PEM.")] = None,
    key: Annotated[Path | None, typer.Option(help="Private key of that certificate, PEM.")] = None,
    course: Annotated[
        bool, typer.Option("--course", help="Keep the course of the grid, for a report: course.json.")
    ] = False,
) -> None:
    """Stand up a site's devices, with the simulated world behind them, or the devices of a field file."""
    from simulators.field.file import is_field_file

    folder.mkdir(parents=True, exist_ok=True)
    if is_field_file(site):
        if scaled:
            end(Exit.USAGE, "--scaled needs a site: a field file has no day to scale")
        _serve_devices(site, copies, folder, seconds(for_))
        return
    if copies != 1:
        end(Exit.USAGE, "--copies is of field files; a site has each of its devices once")
    tls = _shown(ca, certificate, key)
    _serve_site(site, folder, scaled, seconds(for_), tls, course=course)


def _shown(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """Return what devices with TLS show and demand; None where nothing is said of it."""
    if ca is None and certificate is None and key is None:
        return None
    if ca is None or certificate is None or key is None:
        end(Exit.USAGE, "--ca, --certificate and --key belong together")
    from drivers.modbus.tls import server_side

    try:
        return server_side(ca=str(ca), certificate=str(certificate), key=str(key))
    except OSError as missing:
        end(Exit.NOT_THERE, str(missing))


def _serve_site(
    site: Path, folder: Path, scaled: float, for_s: float, tls: ssl.SSLContext | None, *, course: bool
) -> None:
    """Serve a site's devices with its world."""
    import uvloop

    from aios.field.world import Field, run_field
    from aios.logs import log_to_stderr
    from aios.scaled import Turn
    from simulators.scenario import moved_to, scenario_of

    log_to_stderr()
    read = read_site(site_path(site))

    async def live() -> None:
        turn = Turn.of(read, scaled)
        planned = scenario_of(read)
        scenario = planned if scaled else moved_to(planned, turn.clock.now_ns())
        try:
            counting = _counting() if course else None
            built = Field(read, scenario, turn.clock, folder, tls=tls, course=counting)
        except ValueError as mistake:  # site, network and scenario do not fit, or a certificate is missing
            end(Exit.FAILED, str(mistake))
        await run_field(built, lambda ports: turn.ready(ports=ports), for_s)

    uvloop.run(live())


def _counting() -> Callable[[Network, int], WorldCourse]:
    """Return what takes the course of a grid: it needs what studies need, which a mere field does without."""
    from aios.field.world_course import WorldCourse

    return WorldCourse


def _serve_devices(file: Path, copies: int, folder: Path, for_s: float) -> None:
    """Serve the devices of a field file."""
    import uvloop

    from aios.field.devices import age_s, memory_mb, serve
    from aios.field.until_told import until_told
    from aios.logs import log_to_stderr
    from aios.processes import say_ready
    from kernel.shell.clock import SystemClock

    log_to_stderr()
    field = _read(file, copies)

    def ready(ports: dict[str, int]) -> None:
        facts = {"devices": len(field.served), "start_s": round(age_s(), 2)}
        say_ready(**facts, memory_mb=round(memory_mb(), 1), ports=ports)

    try:
        uvloop.run(until_told(serve(field, SystemClock(), folder, ready), for_s))
    except RuntimeError as taken:
        end(Exit.FAILED, str(taken))


def _read(file: Path, copies: int) -> DeviceField:
    from simulators.field.file import FieldInvalid, read_field

    try:
        return read_field(file, copies=copies)
    except FieldInvalid as invalid:
        for text in invalid.errors:
            errors.print(text, highlight=False, soft_wrap=True)
        end(Exit.FINDINGS, f"{len(invalid.errors)} mistakes; nothing was started")
    except OSError as missing:
        end(Exit.NOT_THERE, str(missing))
