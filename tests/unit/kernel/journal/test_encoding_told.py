"""What people told the gateway, and where set-points are on their way, comes back from a snapshot."""

from __future__ import annotations

from kernel.instruction import Mode
from kernel.journal.encoding import state_of, state_record
from tests.unit.kernel.conftest import BATTERY, METER, Shaver, make_pipe, make_site
from tests.unit.kernel.pipe.test_modes import mode, switched
from tests.unit.kernel.pipe.test_override import override
from tests.unit.kernel.pipe.test_shaping import ask
from tests.unit.kernel.ticking import Line


def test_modes_overrides_and_shapes_come_back() -> None:
    line = Line(make_pipe(make_site(ramp_per_s=10.0), Shaver(limit_kw=1e9)))
    line.tell(mode(METER, Mode.SUBSTITUTED, value=3.0))
    line.tell(override(line, 40.0))
    line.tick(None, ask(line, 90.0))
    back = state_of(state_record(line.state), {"shaver": int})
    assert (back.modes, back.overrides, back.shapes) == (
        line.state.modes,
        line.state.overrides,
        line.state.shapes,
    )
    assert back.shapes[BATTERY].target == 40.0
    assert back.shapes[BATTERY].value == 10.0


def test_what_devices_say_of_local_operation_comes_back() -> None:
    line = switched()
    line.values["bat/switch"] = 1.0
    line.tick()
    assert state_of(state_record(line.state), {"shaver": int}).local == frozenset({BATTERY})
