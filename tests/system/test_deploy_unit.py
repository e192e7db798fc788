"""The systemd unit: what it permits, what it watches, and how it ends."""

from __future__ import annotations

import pytest

from aios.gateway.realtime import GATE_PRIORITY, LOOP_PRIORITY
from aios.processes import END_S
from kernel.shell import worker_life
from kernel.shell.child import SHUTDOWN_S
from kernel.shell.shell import GATE_PATIENCE_S, JOURNAL_PATIENCE_S
from tests.architecture.sources import ROOT

pytestmark = pytest.mark.system
DEPLOY = ROOT / "deploy"
UNIT, REALTIME = "aios-gateway.service", "aios-gateway.service.d/realtime.conf"


def test_the_unit_does_not_forbid_what_numba_needs():
    text = (DEPLOY / "systemd" / "aios-gateway.service").read_text()
    assert "MemoryDenyWriteExecute=no" in text


def read_unit(*names: str) -> dict[str, list[str]]:
    """Read the section Service of a unit with its drop-ins: every value of a key, in order."""
    said: dict[str, list[str]] = {}
    for name in names:
        for line in (DEPLOY / "systemd" / name).read_text().splitlines():
            key, is_set, value = line.partition("=")
            if is_set and not line.startswith("#"):
                said.setdefault(key, []).append(value)
    return said


def test_the_unit_lets_the_gateway_do_what_it_does_without_privilege():
    unit = read_unit(UNIT)
    first, removed, *added = unit["SystemCallFilter"]
    assert (first, removed) == ("@system-service", "~@privileged @resources")
    permitted = {call for line in added for call in line.split()}
    assert permitted >= {"nice", "setpriority", "sched_setscheduler"}, "a worker stands back"
    assert "sched_setattr" in permitted, "the loop asks for short slices"
    assert permitted >= {"adjtimex", "clock_adjtime"}, "the clock is asked whether it is synchronised"
    assert unit["ProtectClock"] == ["no"]
    assert unit["CapabilityBoundingSet"] == [""], "so it can set no clock"


def test_the_unit_does_not_claim_real_time_and_its_drop_in_permits_what_that_takes():
    unit = read_unit(UNIT)
    assert unit["RestrictRealtime"] == ["yes"]
    assert "--realtime" not in unit["ExecStart"][-1]
    both = read_unit(UNIT, REALTIME)
    assert both["RestrictRealtime"][-1] == "no"
    assert int(both["LimitRTPRIO"][-1]) >= LOOP_PRIORITY > GATE_PRIORITY
    assert both["LimitMEMLOCK"][-1] == "infinity"
    first, cleared, second = both["ExecStart"]
    assert (cleared, second) == ("", f"{first} --realtime")
    assert REALTIME in (ROOT / "docs" / "supervision.md").read_text()


def test_the_unit_waits_for_an_ordered_end():
    (said,) = read_unit(UNIT)["TimeoutStopSec"]
    ticks_s = 2 * GATE_PATIENCE_S + JOURNAL_PATIENCE_S
    children_s = SHUTDOWN_S + (SHUTDOWN_S + 1) + (END_S + 1) + (worker_life.END_S * 3 + 1) + SHUTDOWN_S
    closing_s = 2 * JOURNAL_PATIENCE_S
    assert float(said) > ticks_s + children_s + closing_s, (
        "tick, one bus, historian, worker, socket; the journal"
    )


def test_the_unit_is_watched_and_told_when_the_gateway_is_ready():
    text = (DEPLOY / "systemd" / "aios-gateway.service").read_text()
    for line in ("Type=notify", "NotifyAccess=main", "WatchdogSec=4", "Restart=on-failure"):
        assert line in text.splitlines(), line
