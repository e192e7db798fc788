"""A person at a terminal says what the display shows, stops, or wants another look."""

from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.cli.exits import Exit
from aios.commission.look import Look
from aios.commission.person import Again, AtTerminal, Interrupted
from aios.commission.readings import Reading
from aios.commission.sheet import Raw
from kernel.point import OnLoss, Point, Writing

LOOK = Look(
    value=40.0, state="", quality="good", good=True, resolution=0.1,
    raw=Raw(device="inverter", unit=1, table="holding", address=40084, registers=(4000,)),
)  # fmt: skip
POWER = Point(name="pv1/active_power", unit="kW")
LIMIT = Point(
    name="pv1/limit", unit="%",
    writing=Writing(low=0.0, high=100.0, safe_value=100.0, on_loss=OnLoss.LET_REVERT, reversion_s=60.0,
                    reversion_value=100.0),
)  # fmt: skip


@contextmanager
def typed(text: str):
    with CliRunner().isolation(input=text) as streams:
        yield streams[0]


def test_registers_value_and_unit_are_shown_before_the_question():
    with typed("40.1\non the display\n") as shown:
        said = AtTerminal().reading(POWER, LOOK)
        text = shown.getvalue().decode()
    assert said == Reading(reference="40.1", note="on the display")
    assert "pv1/active_power: 40 kW, good" in text
    assert "registers 0FA0" in text


def test_a_set_point_is_written_only_where_the_person_says_a_value():
    with typed("100\n\n\n"):
        assert AtTerminal().reading(LIMIT, LOOK).write is None
    with typed("100\n\n30\ny\n"):
        said = AtTerminal().reading(LIMIT, LOOK)
    assert (said.write, said.reversion) == (30.0, True)
    with typed("100\n\nthirty\n"):
        assert AtTerminal().reading(LIMIT, LOOK).write is None


@pytest.mark.parametrize(("text", "end"), [("q\n", Interrupted), ("a\n", Again), ("forty\n", Again)])
def test_stopping_looking_again_and_nonsense_compare_nothing(text, end):
    with typed(text), pytest.raises(end):
        AtTerminal().reading(POWER, LOOK)


def test_a_sheet_that_was_changed_is_a_finding(tmp_path):
    path = tmp_path / "sheet.json"
    path.write_text("{}")
    assert CliRunner().invoke(app, ["commission", "--verify", str(path)]).exit_code == Exit.FINDINGS
    gone = CliRunner().invoke(app, ["commission", "--verify", str(tmp_path / "none.json")])
    assert gone.exit_code == Exit.NOT_THERE
