"""The door takes no act with a policy bundle where no shelf stands behind it, and journals its refusal."""

from __future__ import annotations

from pathlib import Path

from kernel.instruction import BundleAct, BundleStep
from kernel.shell.wire import Rejected
from tests.unit.edge.test_gateway_instructions import Door


async def test_without_a_shelf_nothing_is_taken_whatever_the_act_says_of_itself(tmp_path: Path):
    door = Door(tmp_path)
    act = BundleAct(
        key="k",
        person="m.jansen",
        reason="r",
        step=BundleStep.PROMOTE,
        revision="1-0123456789ab",
        expects="1-0123456789ab+01234567",
    )
    answer = await door.tell(act)
    assert isinstance(answer, Rejected)
    assert "no shelf" in answer.reason
    await door.plant.run(2)
    assert door.plant.kernel.state.policy == ""
    (told,) = [one for one in door.plant.kernel.shell.journal.told() if one.kind == "instruction"]
    assert "no shelf" in told.body
    door.plant.kernel.close()
