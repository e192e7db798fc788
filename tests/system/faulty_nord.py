"""Substation nord with many faults in one run: each befalls its own device in its own time.

A case says what goes wrong where, which point is watched, and, where it is a device that acts, what a person
asks for meanwhile. The catalogue says what is expected of the gateway and within what time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from edge.desk import open_orders
from kernel.alarm import Alarm
from kernel.point import NANOSECONDS
from kernel.quality import describe
from simulators.faults.catalogue import row_of
from simulators.faults.kinds import FaultKind
from tests.fakes.regulated_nord import regulated
from tests.system.virtual_nord import Nord, make_nord, nord_text

BEGIN = datetime.fromisoformat("2016-12-14T06:00:00+01:00")
MIDNIGHT = datetime.fromisoformat("2016-12-14T00:00:00+01:00")
"""Begin of a run in which forecasts are wanted: at night they are surest."""
NEEDLESS = '[[loop]]\nagent = "forecast"'
LEARNT_DAYS = 56
"""Of a run in which forecasts are wanted."""
AIR = f"""
[[loop]]
agent = "air"
kind = "load_forecast"
period_s = 900.0
deadline_s = 900.0
priority = "learning"
[loop.settings]
points = ["t1/ambient_temperature"]
history_days = {LEARNT_DAYS}.0

"""
"""A loop that forecasts the air."""
DECLARED = """
[[point]]
name = "{name}"
[point.plausibility]
low = {low}
high = {high}
rate_per_s = {rate}
unchanged_s = 900.0
"""
METERED = {
    **{f"f1{n}/active_power": (100.0, 8000.0, 30.0) for n in (1, 2, 3)},
    **{f"f1{n}/voltage": (18.0, 22.0, 0.1) for n in (1, 2, 3)},
}
"""What an engineer declares of the feeders: lowest, highest, fastest a second."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One fault of a run."""

    kind: FaultKind
    target: str
    minute: int
    """Of the onset."""
    lasts: int = 30
    """Minutes."""
    amount: float = 1.0
    watch: str
    """Point that is looked at."""
    ask: tuple[str, float] | None = None
    """What a person asks for a minute after the onset."""
    begin: datetime = BEGIN
    """Of its run."""

    @property
    def ticks(self) -> range:
        """Ticks through which the fault is there."""
        return range(self.minute - 1, self.minute - 1 + self.lasts)

    def at(self, minute: int) -> str:
        """The moment half a minute before a tick, as a scenario has it."""
        return (self.begin + timedelta(minutes=minute, seconds=-30)).isoformat()

    def section(self) -> str:
        """The fault, and what is asked for, as they stand in a scenario."""
        text = f"""
[[simulation.fault]]
target = "{self.target}"
kind = "{self.kind}"
onset = {self.at(self.minute)}
end = {self.at(self.minute + self.lasts)}
amount = {self.amount}
"""
        if self.ask is None:
            return text
        point, value = self.ask
        return f"""{text}
[[simulation.request]]
at = {self.at(self.minute + 1)}
point = "{point}"
value = {value}
person = "a.person"
reason = "to see what the device does"
"""


def run_of_row(case: Case, *also: str, beside: Sequence[Case] = ()) -> str:
    """Say with what a row of the catalogue is tested, as the row says it.

    Args:
        case: of the row.
        also: what else the run has.
        beside: faults that are there too.
    """
    hours = case.lasts / 60.0
    lasts = f"{hours:.3g} h" if case.lasts > 120 else f"{case.lasts} min"
    size = f"{case.amount:g} for " if row_of(case.kind).amount else ""
    asked = () if case.ask is None else (f"{case.ask[0]} asked for",)
    shared = [
        other
        for other in beside
        if other.minute < case.minute + case.lasts and case.minute < other.minute + other.lasts
    ]
    more = dict.fromkeys(f"{other.kind} {other.amount:g} of {other.target} beside it" for other in shared)
    return ", ".join((f"{size}{lasts}", *asked, *also, *more))


def text_of(cases: Sequence[Case], *, hours: float, foretold: bool = False) -> str:
    """Return nord's site file with the cases in its scenario, in the place of its own.

    It has a forecast only where that is wanted, for learning takes most of a start; then of the air too.
    """
    begin, learnt = (MIDNIGHT, LEARNT_DAYS) if foretold else (BEGIN, 1)
    text = nord_text(start=f"{begin:%H:%M}", hours=hours, history_days=learnt)
    head, _, _ = text.partition("[[simulation.fault]]")
    loops, loop, after = head.partition(NEEDLESS)
    until = after.index("[[work_permit]]")
    if foretold:
        short = after[:until].replace(
            "[loop.settings]\n", f"[loop.settings]\nhistory_days = {LEARNT_DAYS}.0\n"
        )
        loops += loop + short + AIR
    head = loops + after[until:]
    declared = "".join(
        DECLARED.format(name=name, low=low, high=high, rate=rate)
        for name, (low, high, rate) in METERED.items()
    )
    head = head.replace("[[loop]]", f"{declared}\n[[loop]]", 1)
    return head + "".join(c.section() for c in cases)


def without_loops(text: str) -> str:
    """Return a site file without control and assessment, where only alarms are looked at: twice as fast."""
    return text[: text.index("[[loop]]")] + text[text.index("[[work_permit]]") :]


@dataclass
class Seen:
    """What the gateway made of a run, tick by tick."""

    nord: Nord
    values: list[dict[str, float]]
    words: dict[str, list[str]]
    orders: list[tuple[str, ...]]
    alarms: list[tuple[Alarm, ...]] = field(default_factory=list)

    def first_tick(self, case: Case, words: str) -> int | None:
        """Return the first tick of a case at which the quality of its point has these words."""
        return next((tick for tick in case.ticks if words in self.words[case.watch][tick]), None)

    def outcomes(self, case: Case) -> list[tuple[float, str]]:
        """Return what came of the commands of a case: seconds from its onset, and the outcome."""
        onset_ns = round((case.begin + timedelta(minutes=case.minute, seconds=-30)).timestamp()) * NANOSECONDS
        asked = case.watch if case.ask is None else case.ask[0]
        mine = {command.id for command in self.nord.seen.commands if command.point == asked}
        came = [receipt for receipt in self.nord.seen.receipts if receipt.command in mine]
        late_ns = case.lasts * 60 * NANOSECONDS
        return [
            ((receipt.at_ns - onset_ns) / NANOSECONDS, str(receipt.outcome))
            for receipt in came
            if onset_ns <= receipt.at_ns < onset_ns + late_ns
        ]


def live(
    folder: Path,
    cases: Sequence[Case],
    *,
    hours: float,
    beside: Sequence[Case] = (),
    also: Sequence[str] = (),
    regulates: bool = False,
    foretold: bool = False,
    change: Callable[[str], str] = str,
) -> Seen:
    """Live through a run; keep what is asked about.

    Args:
        folder: of the run.
        cases: whose points are watched.
        hours: how long it is.
        beside: what happens besides, watched by nobody.
        also: points that are watched too.
        regulates: whether T2 has a regulator and a capacitor bank, which nord has not.
        foretold: whether feeders and air are forecast.
        change: makes the text of the site's file another one.
    """
    text = change(text_of([*cases, *beside], hours=hours, foretold=foretold))
    nord = make_nord(folder, regulated(text, folder) if regulates else text)
    points = sorted({case.watch for case in cases} | set(also))
    rows = {name: nord.run.gateway.site.row[name] for name in points}
    seen = Seen(nord, [], {name: [] for name in points}, [])

    async def run() -> None:
        for _ in range(round(hours * 60)):
            await nord.step()
            image = nord.state.image
            seen.values.append({name: float(image.value[row]) for name, row in rows.items()})
            for name, row in rows.items():
                seen.words[name].append(describe(int(image.quality[row])))
            seen.alarms.append(tuple(nord.state.alarms.values()))
            seen.orders.append(tuple(f"{order.asset}: {order.title}" for order in open_orders(nord.state)))

    asyncio.run(run())
    nord.run.close()
    return seen
