"""`aios field`: the simulated devices of a site on real sockets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.files import DEFAULT_ROOT, read_site, site_path


def field(
    site: Annotated[Path, typer.Argument(help="Site file, or the name of a shipped site such as nord.")],
    folder: Annotated[Path, typer.Option(help="Where truth.json is written.")] = DEFAULT_ROOT,
    scaled: Annotated[
        float, typer.Option(help="Run on a scaled clock of this factor; the epoch comes on standard input.")
    ] = 0.0,
) -> None:
    """Stand up a site's devices, with the simulated world behind them, until Ctrl-C."""
    import uvloop

    from aios.field import Field, run_field
    from aios.logs import log_to_stderr
    from aios.scaled import Turn
    from simulators.scenario import moved_to, scenario_of

    log_to_stderr()
    read = read_site(site_path(site))
    folder.mkdir(parents=True, exist_ok=True)

    async def live() -> None:
        turn = Turn.of(read, scaled)
        planned = scenario_of(read)
        scenario = planned if scaled else moved_to(planned, turn.clock.now_ns())
        await run_field(Field(read, scenario, turn.clock, folder), lambda ports: turn.ready(ports=ports))

    uvloop.run(live())
