"""Every shipped agent keeps the contract on the substation that is shipped with it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aios.gateway.agents import loops_of
from aios.site import site_of
from kernel.image import View
from kernel.ports import Past, Step
from kernel.proposal import Priority, Proposal
from kernel.schedule.loop import ControlLoop
from kernel.site import Site
from tests.contract.check_agent import check_agent
from tests.unit.kernel.conftest import BATTERY, METER, Shaver, make_site

CALM = {
    "grid/active_power": 21_000.0,
    "bat1/active_power": 0.0,
    "bat1/state_of_charge": 60.0,
    **{f"f{n}/active_power": 5000.0 for n in (11, 12, 13, 14)},
    **{f"{t}/top_oil_temperature": 55.0 for t in ("t1", "t2")},
    **{f"{t}/winding_temperature": 62.0 for t in ("t1", "t2")},
    **{f"{t}/ambient_temperature": 10.0 for t in ("t1", "t2")},
    **{f"{t}/load_current": 340.0 for t in ("t1", "t2")},
    **{f"{t}/fan_current": 6.0 for t in ("t1", "t2")},
}


@pytest.fixture(scope="module")
def nord() -> Site:
    return site_of((files("aios") / "sites" / "nord.toml").read_text(), folder=Path())


@pytest.fixture(scope="module")
def loops(nord: Site) -> dict[str, ControlLoop]:
    return {loop.name: loop for loop in loops_of(nord)}


@pytest.mark.parametrize("name", ["shaver", "health", "forecast"])
def test_every_shipped_agent_keeps_the_contract(name: str, nord: Site, loops: dict[str, ControlLoop]) -> None:
    loop = loops[name]
    steps = check_agent(loop.agent, nord, CALM, on_the_loop=not loop.in_worker)
    assert any(step.proposals or step.published or step.calculated for step in steps), "it does something"


def test_no_agent_is_shipped_that_is_not_checked(loops: dict[str, ControlLoop]) -> None:
    assert set(loops) == {"shaver", "health", "forecast"}


def test_the_agent_of_the_kernels_tests_keeps_the_contract() -> None:
    assert check_agent(Shaver(), make_site(), {METER: 80.0}, on_the_loop=True)[0].proposals[0].wanted == 30.0


class Box(msgspec.Struct):
    """A state that can be changed."""

    number: int = 0


@dataclass
class Bad(Shaver):
    """Breaks the contract in one way."""

    way: str = ""
    steps: int = 0

    def start(self, past: Past) -> Any:
        return Box() if self.way == "mutates" else 0

    def step(self, view: View, state: Any) -> Step:
        wish = Proposal(
            agent=self.name, point=BATTERY, priority=Priority.CONTROL, wanted=1.0, reason="r",
            made_at_ns=view.now_ns, expires_at_ns=view.now_ns + 1,
        )  # fmt: skip
        change = {
            "point": {"point": "cb/close"},
            "reason": {"reason": ""},
            "past": {"expires_at_ns": view.now_ns},
            "remembers": {"wanted": float(self.steps)},
            "nan": {"wanted": float("nan")},
        }.get(self.way, {})
        self.steps += 1
        if self.way == "mutates":
            state.number += 1
        if self.way == "holes":
            return Step(state=state, proposals=(wish,) if view.readings[METER].usable + 1 else ())  # type: ignore[operator]
        rung = "hold" if self.way == "mute" else "model"
        return Step(state=state, proposals=(msgspec.structs.replace(wish, **change),), rung=rung)


@pytest.mark.parametrize("way", ["point", "reason", "past", "remembers", "nan", "mutates", "holes", "mute"])
def test_the_check_finds_an_agent_that_breaks_the_contract(way: str) -> None:
    with pytest.raises((AssertionError, TypeError)):
        check_agent(Bad(way=way), make_site(), {METER: 80.0}, on_the_loop=True)
