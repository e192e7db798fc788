"""The demo in a terminal: a bar over the day, the numbers that matter, and the stories as they happen."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from aios.cli.out import moment
from kernel.point import NANOSECONDS
from kernel.quality import is_good
from kernel.shell.wire import PointState, Snapshot


class DemoView(Protocol):
    """Shows a running demo."""

    def show(self, snapshot: Snapshot, share: float) -> None:
        """Show the newest state; `share` of the day has passed."""
        ...

    def tell(self, line: str) -> None:
        """Tell a story's line."""
        ...


class PlainView:
    """Lines only: for logs and for terminals without colours."""

    def __init__(self, console: Console) -> None:
        """Print to a console."""
        self._console = console
        self._hour = -1

    def show(self, snapshot: Snapshot, share: float) -> None:
        """Print a line every six hours of the day."""
        hour = int(share * 24) // 6 * 6
        if hour != self._hour:
            self._hour = hour
            self._console.print(f"{share * 100:3.0f} % of the day, tick {snapshot.tick}", highlight=False)

    def tell(self, line: str) -> None:
        """Print the line."""
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)


class LiveView:
    """A live picture in the terminal."""

    def __init__(self, live: Live, time_zone: str, address: str) -> None:
        """Draw into a live display."""
        self._live = live
        self._zone = time_zone
        self._address = address
        self._lines: deque[str] = deque(maxlen=12)

    def show(self, snapshot: Snapshot, share: float) -> None:
        """Draw the newest state."""
        head = Text(f"{snapshot.title}  {moment(snapshot.now_ns, self._zone)[:16]}  page {self._address}")
        bar = ProgressBar(total=1.0, completed=share, width=60)
        self._live.update(Group(head, bar, _numbers(snapshot), *map(Text, self._lines)))

    def tell(self, line: str) -> None:
        """Add the line under the picture."""
        self._lines.append(line)


def _numbers(snapshot: Snapshot) -> Table:
    points = {point.point: point for point in snapshot.points}
    table = Table(box=None, show_header=False)
    for name in (
        snapshot.demand_point,
        "bat1/active_power",
        "bat1/state_of_charge",
        "t1/hot_spot_temperature",
    ):
        if name in points:
            table.add_row(name, _value(points[name], snapshot.now_ns))
    for rung in snapshot.rungs:
        table.add_row(rung.agent, f"on {rung.rung} {rung.why}")
    return table


def _value(point: PointState, now_ns: int) -> str:
    if point.at_ns is None:
        return "never read"
    bad = "" if is_good(point.quality) else f"  {point.words}"
    return f"{point.value:,.0f} {point.unit}, {(now_ns - point.at_ns) / NANOSECONDS:.0f} s old{bad}"
