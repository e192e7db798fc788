"""The tree of a network in a terminal: a bus a line, its voltage, and the loading of what feeds it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from simulators.sight import BAND, Seen, Twig

_BAR = 10
"""Cells of the bar that shows a loading of 100 %."""
_DEEPEST = 24
"""Further in nothing is drawn: the names must stay in the window."""


def draw(seen: Seen, twigs: Sequence[Twig], console: Console) -> None:
    """Print the tree and the sums of one solved moment."""
    wide = max((len(twig.bus) + 2 * min(twig.depth, _DEEPEST) for twig in twigs), default=0)
    for twig in twigs:
        console.print(_line(seen, twig, wide), highlight=False, soft_wrap=True)
    console.print(
        f"{seen.network} at {seen.moment}: import {seen.import_kw:.1f} kW and {seen.import_kvar:.1f} kvar, "
        f"losses {seen.loss_kw:.1f} kW",
        highlight=False,
        soft_wrap=True,
    )
    for finding in seen.findings:
        console.print(finding, style="red", highlight=False, soft_wrap=True)


def _line(seen: Seen, twig: Twig, wide: int) -> Text:
    text = Text(f"{'  ' * min(twig.depth, _DEEPEST)}{twig.bus}".ljust(wide + 2))
    pu = seen.pu[twig.bus]
    low, high = BAND
    if pu == 0.0:
        text.append(f"{'no supply':>20}", style="dim")
    else:
        style = "green" if low <= pu <= high else "red"
        text.append(f"{seen.kv[twig.bus]:9.3f} kV {pu:6.4f} pu", style=style)
    if twig.branch:
        text.append(f"  {_fed(seen, twig.branch)}")
    for word, branches in (("ring", twig.closes), ("open", twig.opens)):
        if branches:
            text.append(f"  {word}: {', '.join(branches)}", style="dim")
    return text


def _fed(seen: Seen, branch: str) -> Text:
    text = Text(f"{branch} {abs(seen.kw[branch]):.1f} kW")
    loading = seen.loading_pu.get(branch)
    if loading is not None:
        filled = "█" * min(_BAR, round(loading * _BAR))
        style = "red" if loading > 1.0 else "yellow" if loading > 0.8 else "green"
        text.append(f" {filled.ljust(_BAR, '·')} {loading:.0%}", style=style)
    return text
