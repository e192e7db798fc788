"""A value goes to a device through the door of a running gateway, or not at all."""

from inspect import signature
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.cli.device_write import write
from aios.cli.exits import Exit
from aios.cli.request import request
from aios.cli.telling import VALIDITY_S
from aios.devices.ask_gateway import follow
from kernel.command import Outcome, Receipt
from kernel.shell.wire import Accepted, GetLineage, Lineage, PutRequest, Rejected, Repeated

WISH = PutRequest(point="pv1/limit", value=50.0, person="anna", reason="test")


def lineage(receipt: Receipt | None) -> Lineage:
    return Lineage(
        command=None, decision=None, proposals=(), measurements=(), forecasts=(), verdict=None,
        receipt=receipt, revision="r", written_at_ns=None,
    )  # fmt: skip


class Gateway:
    """A door that says one thing after the other; the last one again and again."""

    def __init__(self, *answers, receipts=()) -> None:
        self.answers = list(answers)
        self.receipts = list(receipts)
        self.keys: set[str] = set()

    def __call__(self, folder):
        def ask(request):
            if isinstance(request, GetLineage):
                return lineage(self.receipts.pop(0) if self.receipts else None)
            self.keys.add(request.key)
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

        return ask


def followed(gateway: Gateway, wait_s: float = 1.0):
    return follow(Path("x"), WISH, wait_s=wait_s, asking=gateway, pause=lambda _: None)


def test_it_is_followed_to_its_read_back_under_one_key():
    done = Receipt(command="c1", outcome=Outcome.DONE, at_ns=1, detail="read back", value=50.0)
    permitted = Repeated(key="k", stage="permitted", command="c1")
    gateway = Gateway(Accepted(trace="k"), permitted, receipts=[None, done])
    asked = followed(gateway)
    assert (asked.done, asked.read_back, asked.words) == (True, 50.0, "done: read back")
    assert len(gateway.keys) == 1
    assert gateway.keys != {""}


@pytest.mark.parametrize(
    ("answer", "stage", "why"),
    [
        (Rejected(reason="can only be read"), "refused", "can only be read"),
        (Repeated(key="k", stage="refused", why="no permit"), "refused", "no permit"),
        (Repeated(key="k", stage="expired", why="late"), "expired", "late"),
    ],
)
def test_what_is_refused_or_runs_out_is_said(answer, stage, why):
    asked = followed(Gateway(Accepted(trace="k"), answer))
    assert (asked.done, asked.stage, asked.why) == (False, stage, why)


def test_a_question_to_people_is_left_open():
    asked = followed(Gateway(Accepted(trace="k"), Repeated(key="k", stage="asked", why="two people")))
    assert (asked.done, asked.stage, asked.outcome) == (False, "asked", "")


@pytest.mark.parametrize("place", ["10.0.0.7:502", "localhost", "/dev/ttyUSB0", "limit"])
def test_a_device_itself_is_never_written(place):
    done = CliRunner().invoke(app, ["device", "write", place, "50", "--reason", "try"])
    assert done.exit_code == Exit.USAGE
    assert "past the gate" in " ".join(done.stderr.split())


def test_a_sum_is_sent_to_the_command_that_asks_for_sums():
    done = CliRunner().invoke(app, ["device", "write", "batteries", "50", "--reason", "try"])
    assert done.exit_code == Exit.USAGE
    assert "ask for a sum with `aios request`" in " ".join(done.stderr.split())


def test_a_wish_stands_as_long_whichever_command_asks():
    defaults = [signature(one).parameters["validity_s"].default for one in (write, request)]
    assert defaults == [VALIDITY_S, VALIDITY_S]


def test_without_a_gateway_nothing_is_written_and_it_is_said_what_to_do(tmp_path):
    done = CliRunner().invoke(
        app, ["device", "write", "pv1/limit", "50", "--reason", "try", "--folder", str(tmp_path)]
    )
    assert done.exit_code == Exit.NOT_THERE
    said = " ".join(done.stderr.split())
    assert "Nothing was written" in said
    assert "aios run SITE" in said
