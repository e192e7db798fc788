"""Looking at a running gateway: once, as JSON, or until Ctrl-C; the command ends where none is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end

if TYPE_CHECKING:
    from rich.console import RenderableType

Seen = TypeVar("Seen")


@contextmanager
def needs_gateway() -> Iterator[None]:
    """End the command where the gateway that it asks is not there, or goes away."""
    from kernel.shell.socket import GatewayAway

    try:
        yield
    except GatewayAway as away:
        end(Exit.NOT_THERE, str(away))


def show(
    look: Callable[[], Seen],
    drawn: Callable[[Seen, Seen], RenderableType],
    *,
    width: int,
    every_s: float,
    once: bool,
    json: bool,
) -> None:
    """Show what a look sees.

    Args:
        look: asks; what it returns is written as JSON where that is wanted.
        drawn: lays out a look beside the one before it, which the first look is itself.
        width: columns for a look that nobody resizes a window for.
        every_s: seconds between two looks.
        once: look once and end.
        json: look once and write it as JSON.
    """
    from rich.live import Live

    with needs_gateway(), suppress(KeyboardInterrupt):
        seen = look()
        if json:
            as_json(seen)
        elif once:
            console.print(drawn(seen, seen), width=max(console.width, width), crop=False)
        else:
            with Live(drawn(seen, seen), console=console, auto_refresh=False) as live:
                while True:
                    time.sleep(every_s)
                    before, seen = seen, look()
                    live.update(drawn(seen, before), refresh=True)
