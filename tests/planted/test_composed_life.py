"""A life that is composed as in the field takes up where set-points stood and when they were switched."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from aios.folder import Folder
from aios.gateway.compose import Surroundings, assemble
from aios.gateway.past import past_of
from aios.site import site_of
from aios.testing.small_site import KEEPING, TEXT
from drivers.modbus.link import Link
from kernel.command import Command, Outcome, Receipt
from kernel.journal.commands import CommandJournal
from kernel.pipe.tick import Outputs
from kernel.point import Operation
from kernel.shell.clock import VirtualClock
from kernel.shell.worker import InlineWorkers
from kernel.testing import FakeGate

S: Final = 10**9
BEGAN: Final = 1_700_000_000 * S
SHAPED: Final = TEXT.replace(
    f'name = "{KEEPING}"\n[point.writing]\n',
    f'name = "{KEEPING}"\n[point.writing]\noff_value = 0.0\nmin_on_s = 60.0\n',
)


def wrote(folder: Folder, value: float) -> None:
    """A run before has written a value, and read it back."""
    command = Command(
        id="c", trace="t", point=KEEPING, value=value, operation=Operation.SETPOINT, tick=0,
        issued_at_ns=BEGAN, valid_until_ns=BEGAN + S, authority="gate", revision="r", reason="r",
    )  # fmt: skip
    done = Receipt(command="c", outcome=Outcome.DONE, at_ns=BEGAN, detail="read back")
    journal = CommandJournal(folder.commands)
    journal.append(Outputs(tick=0, now_ns=BEGAN, commands=(command,), receipts=(done,)))
    journal.close()


def no_link(_: str) -> Link | None:
    return None


def test_a_composed_life_knows_where_its_set_points_stood_and_since_when(tmp_path: Path) -> None:
    folder, clock, site = Folder(root=tmp_path), VirtualClock(start_ns=BEGAN + 20 * S), site_of(SHAPED)
    wrote(folder, 40.0)
    around = Surroundings(
        clock=clock,
        gate=FakeGate(),
        workers=InlineWorkers({}, past_of(site, folder.root, clock.now_ns()), clock),
        link=no_link,
        threaded=False,
        run="second",
        loops=lambda _: (),
    )
    assembly = assemble(site, SHAPED, folder, around)
    try:
        shape = assembly.kernel.state.shapes[KEEPING]
        assert (shape.value, shape.switched_ns) == (pytest.approx(40.0), BEGAN)
    finally:
        assembly.kernel.close()
        assembly.close()
