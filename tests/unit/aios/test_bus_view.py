"""`aios bus` as a person sees it."""

import io

from rich.console import Console

from aios.cli.bus_view import WIDE, bus_view
from kernel.shell.wire import Buses, DeviceState
from kernel.traffic import LineState, Traffic


def shown(buses: Buses) -> str:
    console = Console(file=io.StringIO(), width=WIDE)
    console.print(bus_view(buses))
    return console.file.getvalue()


def device(name: str, state: str, **more) -> DeviceState:
    return DeviceState(
        device=name,
        state=state,
        wanted_s=1.0,
        reached_s=None if state == "away" else 1.0,
        kept_percent=99.5,
        lost=3,
        age_s=None if state == "away" else 0.4,
        waiting=2,
        traffic=Traffic(p50_ms=12.3, timeouts=4, **more),
        error_percent=1.25,
    )


def test_every_device_and_every_shared_wire_has_a_line():
    line = LineState(
        line="10.0.0.9:502",
        devices=2,
        waiting=1,
        requests=500,
        busy_percent=43.2,
        failing_percent=2.5,
        gap_ms=4.0,
    )
    buses = Buses(
        now_ns=0,
        devices=(
            device("meter_f11", "ok", line="10.0.0.9:502", stretch=4),
            device("meter_f12", "away", line="10.0.0.9:502", breaker="open", retry_in_s=7.6),
            device("inverter", "ok"),
        ),
        lines=(line,),
    )
    text = shown(buses)
    rows = {words[0]: words for words in (row.split() for row in text.splitlines()) if words}
    assert rows["10.0.0.9:502"] == ["10.0.0.9:502", "2", "1", "500", "43.2", "2.5", "4"]
    assert rows["meter_f11"][:6] == ["meter_f11", "ok", "10.0.0.9:502", "closed", "1", "x4"]
    assert rows["meter_f12"][:7] == ["meter_f12", "away", "10.0.0.9:502", "open", "8", "s", "1"]
    assert rows["inverter"][:9] == ["inverter", "ok", "own", "-", "1", "1.0", "99.50", "3", "0.4"]
    assert "3 devices, 1 away" in text


def test_no_column_is_cut_on_a_screen_of_the_stated_width():
    names = [device(f"a_rather_long_name_{n}", "doubtful", line="192.168.100.200:15020") for n in range(2)]
    console = Console(file=io.StringIO(), width=WIDE)
    console.print(bus_view(Buses(now_ns=0, devices=tuple(names), lines=())))
    assert "…" not in console.file.getvalue()


def test_a_gateway_without_shared_wires_shows_devices_only():
    text = shown(Buses(now_ns=0, devices=(device("a", "ok"),), lines=()))
    assert "waiting" not in text
    assert "1 devices, 0 away" in text
