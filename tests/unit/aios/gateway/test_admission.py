"""Admission of a site on a machine: costs are kept, declared or measured; what cannot be is not started."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

import aios
from aios.cli.app import app
from aios.folder import Folder
from aios.gateway.accept import Charter, Unfit, accepted
from aios.gateway.admission import admission_of, reservation_of
from aios.gateway.agents import loops_of
from aios.gateway.costs import costs_of, read_costs, write_costs
from aios.gateway.life import Host, House, Life
from aios.gateway.revisions import Revisions
from aios.lock import sole
from aios.site import site_of
from kernel.schedule.accounts import ENOUGH, Accounts
from kernel.schedule.admission import Admitted, Refused
from kernel.schedule.costs import Costs
from kernel.shell.clock import SystemClock
from kernel.shell.systemd import Notifier
from kernel.shell.wire import Rejected, Reload

NORD = (Path(aios.__file__).parent / "sites" / "nord.toml").read_text(encoding="utf-8")
KEPT = Costs(fixed_ms=1.0, gate_ms=2.0, commit_ms=3.0, steps_ms={"shaver": 4.0}, origin="kept")


def faster(text: str = NORD, *, deadline_s: float = 0.1, more: str = "") -> str:
    """Nord with a base tick of 100 ms."""
    return (
        text.replace("base_tick_s = 60.0", "base_tick_s = 0.1")
        .replace("period_s = 60.0\ndeadline_s = 60.0", f"period_s = 0.1\ndeadline_s = {deadline_s}", 1)
        .replace('kind = "peak_shaving"\n', f'kind = "peak_shaving"\n{more}', 1)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(root=tmp_path)


def test_costs_are_measured_where_nothing_is_kept(folder: Folder) -> None:
    costs = costs_of(site_of(NORD), folder)
    assert costs.origin.startswith("measured now")
    assert min(costs.fixed_ms, costs.gate_ms, costs.commit_ms, costs.steps_ms["shaver"]) > 0.0
    assert not folder.costs.exists()


def test_costs_of_earlier_runs_count_first_and_no_step_is_cheaper_than_its_budget(folder: Folder) -> None:
    write_costs(folder, KEPT)
    assert costs_of(site_of(NORD), folder) == KEPT
    dear = site_of(faster(more="budget_ms = 9.0\n"))
    assert costs_of(dear, folder).steps_ms == {"shaver": 9.0}


def test_kept_costs_that_cannot_be_read_are_measured_anew(folder: Folder) -> None:
    folder.costs.write_text("{", encoding="utf-8")
    assert read_costs(folder) is None
    assert costs_of(site_of(NORD), folder).origin.startswith("measured now")


def test_a_site_that_cannot_keep_its_deadlines_is_refused(folder: Folder) -> None:
    write_costs(folder, KEPT)
    assert isinstance(admission_of(site_of(faster()), folder), Admitted)
    refused = admission_of(site_of(faster(deadline_s=0.005)), folder)
    assert isinstance(refused, Refused)
    assert refused.misses_by_ms == pytest.approx(5.0)


def test_the_scheduler_is_given_what_admission_has_set_aside(folder: Folder) -> None:
    write_costs(folder, KEPT)
    site = site_of(faster(more='overrun = "degrade"\n'))
    admitted = admission_of(site, folder)
    assert isinstance(admitted, Admitted)
    reserved = reservation_of(loops_of(site), admitted)
    assert reserved.tail_ms == pytest.approx(5.0)
    assert reserved.budgets_ms == {"shaver": pytest.approx(8.0)}, "twice what was measured"


def test_a_run_tells_its_costs_when_it_was_long_enough() -> None:
    accounts = Accounts(loops_of(site_of(NORD)), base_tick_s=1.0, factor=1.0)
    for tick in range(ENOUGH):
        assert accounts.costs() is None
        accounts.stepped("shaver", tick, tick + 4_000_000)
        accounts.commit.add(3_000_000)
        accounts.ticked(10_000_000, gate_ns=2_000_000, commit_ns=3_000_000)
    costs = accounts.costs()
    assert costs is not None
    assert (costs.fixed_ms, costs.gate_ms, costs.commit_ms) == (1.0, 2.0, 3.0)
    assert costs.steps_ms == {"shaver": 4.0}


def test_check_says_by_how_much_a_loop_misses_and_where_it_stands(folder: Folder) -> None:
    write_costs(folder, KEPT)
    file = folder.root / "site.toml"
    file.write_text(faster(deadline_s=0.005), encoding="utf-8")
    done = CliRunner().invoke(app, ["check", str(file), "--folder", str(folder.root), "--json"])
    told = json.loads(done.stdout)
    line = file.read_text(encoding="utf-8").splitlines().index("deadline_s = 0.005") + 1
    assert done.exit_code == 1
    assert told["findings"] == [
        {
            "line": line,
            "where": "loop[0].deadline_s",
            "text": "misses its deadline of 5 ms by 5.0 ms: 6.0 ms for a tick + shaver 4.0 ms = 10.0 ms",
        }
    ]
    assert told["admission"]["type"] == "Refused"


def test_a_loop_that_no_run_has_seen_is_measured_and_not_taken_for_free(folder: Folder) -> None:
    write_costs(folder, msgspec.structs.replace(KEPT, steps_ms={"another": 1.0}))
    costs = costs_of(site_of(NORD), folder)
    assert costs.gate_ms == KEPT.gate_ms
    assert costs.steps_ms["shaver"] > 0.0


def test_a_revision_is_taken_with_what_admission_has_set_aside_for_it(folder: Folder) -> None:
    write_costs(folder, KEPT)
    taken = accepted(NORD, maps=folder.root, name="site", now_ns=0, folder=folder)
    assert isinstance(taken, Charter)
    assert taken.reservation is not None
    assert taken.reservation.budgets_ms.keys() <= {"shaver"}
    assert taken.reservation.tail_ms == pytest.approx(5.0)


def test_a_revision_that_cannot_keep_its_deadlines_is_unfit(folder: Folder) -> None:
    write_costs(folder, KEPT)
    text = faster(deadline_s=0.005)
    refused = accepted(text, maps=folder.root, name="site", now_ns=0, folder=folder)
    assert isinstance(refused, Unfit)
    assert "misses a deadline by 5.0 ms" in refused.findings[0]


@pytest.mark.parametrize("request_", [Reload(), Reload(file="site.toml"), Reload(back=True)])
async def test_every_way_to_another_revision_goes_through_admission(folder: Folder, request_: Reload) -> None:
    write_costs(folder, KEPT)
    file = folder.root / "site.toml"
    file.write_text(faster(deadline_s=0.005), encoding="utf-8")
    revisions = Revisions(folder.revisions)
    revisions.accept(file.read_text(encoding="utf-8"))
    revisions.accept(NORD)
    house = House(
        folder=folder,
        file=file,
        clock=SystemClock(),
        notifier=Notifier({}),
        revisions=revisions,
        host=Host(),
        cache=folder.root,
    )
    life = Life(house, Charter(site_of(NORD), NORD, folder.root), None)
    named = Reload(file=str(file) if request_.file else "", back=request_.back)
    answer = await life._reload(named)
    assert isinstance(answer, Rejected)
    assert "misses a deadline by 5.0 ms" in answer.reason
    assert life.next is None
    assert isinstance(await life.judged(named), Unfit), "as a hang-up asks"


def test_a_site_that_cannot_keep_its_deadlines_is_not_started(folder: Folder) -> None:
    write_costs(folder, KEPT)
    file = folder.root / "site.toml"
    file.write_text(faster(deadline_s=0.005), encoding="utf-8")
    with sole(folder.lock, "test"):  # were it not refused, it would find the folder taken, and end as well
        done = CliRunner().invoke(app, ["run", str(file), "--folder", str(folder.root)])
    assert done.exit_code == 4
    assert "misses by 5.0 ms" in done.stderr
    assert "nothing was started" in done.stderr.replace("\n", " ")
    assert not folder.commands.exists()


def test_what_was_kept_is_what_is_read(folder: Folder) -> None:
    write_costs(folder, KEPT)
    assert msgspec.structs.asdict(read_costs(folder) or KEPT) == msgspec.structs.asdict(KEPT)
