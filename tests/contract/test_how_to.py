"""The agent and the driver of the how-to guides keep the contracts they teach."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from aios.site import site_of
from aios.testing.driver import DriverBench, check_driver
from kernel.point import Point
from kernel.shell.clock import SystemClock
from kernel.site import Device
from tests.contract.check_agent import check_agent

GUIDES = Path(__file__).parents[2] / "docs" / "how-to"


def taught(guide: str) -> dict[str, Any]:
    """Run the Python of a guide, in a block of its own or written to a file, and return its names."""
    text = (GUIDES / guide).read_text()
    written = r"^```python\n(.*?)^```$|^cat > \S+\.py <<'EOF'\n(.*?)^EOF$"
    (code,) = ("".join(found) for found in re.findall(written, text, re.MULTILINE | re.DOTALL))
    names: dict[str, Any] = {}
    exec(compile(code, guide, "exec"), names)
    return names


def test_the_agent_of_the_guide_keeps_the_contract() -> None:
    nord = site_of((files("aios") / "sites" / "nord.toml").read_text(), folder=Path())
    agent = taught("write-an-agent.md")["Shed"]("shedder", 19_000.0)
    (first, *_) = check_agent(agent, nord, {"grid/active_power": 21_000.0}, on_the_loop=True)
    assert first.proposals[0].wanted == 2000.0


async def test_the_driver_of_the_guide_keeps_the_contract(tmp_path: Path) -> None:
    shown, clock = tmp_path / "millidegrees", SystemClock()
    device, points = Device(name="room", asset="a", map="", host=str(shown)), [Point(name="a/t", unit="degC")]
    made = taught("write-a-driver.md")["Thermometer"]

    async def vanish() -> None:
        shown.unlink(missing_ok=True)

    async def appear() -> None:
        shown.write_text("21500\n")

    bench = DriverBench(
        make=lambda host, port: made(device, points, [4], clock), clock=clock, rows=[4],
        vanish=vanish, appear=appear, show=lambda _, value: shown.write_text(f"{round(value * 1000)}\n"),
        shown={"a/t": (21.5, -3.25)}, holes=False, exempt={"logs_once": "a file on the same machine"},
    )  # fmt: skip
    (await check_driver(bench)).raise_if_broken()
