"""The runner: parts, controls, rows and the table of the documents."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.results import read_all
from tests.reliability.promise import Promise, Tally
from tests.reliability.promises import promises
from tests.reliability.report import DOCUMENT, document, keep, stored, table
from tests.reliability.run import hold


def even_seeds_break(seed: int, count: int) -> Tally:
    seeds = range(seed, seed + count)
    broken = tuple(f"seed {one}" for one in seeds if one % 2 == 0)
    return Tally(tried=count, broken=broken, counts={"tries": count}, worst={"late_s": float(seed)})


def never_breaks(seed: int, count: int = 1) -> Tally:
    return Tally(tried=count)


BROKEN = Promise(
    id="R99", claim="No seed is even", unit="seeds", full=9, reduced=3, attempt=even_seeds_break, part=2
)


def run(promise: Promise, *, processes: int = 1, heard: list | None = None):
    told = [] if heard is None else heard
    return hold(promise, count=5, seed=1, progress=lambda *said: told.append(said[1:3]), processes=processes)


def test_parts_add_up_to_the_whole_and_progress_is_told():
    heard: list = []
    verdict = run(BROKEN, heard=heard)
    assert verdict.tally.tried == 5
    assert set(verdict.tally.broken) == {"seed 2", "seed 4"}
    assert verdict.tally.counts == {"tries": 5}
    assert verdict.tally.worst == {"late_s": 5.0}
    assert heard == [(2, 5), (4, 5), (5, 5)]


def test_parts_in_processes_find_the_same():
    assert set(run(BROKEN, processes=2).tally.broken) == set(run(BROKEN).tally.broken)


def test_judges_that_do_not_see_sabotage_break_the_promise():
    blind = replace(BROKEN, attempt=never_breaks, control=never_breaks)
    assert run(blind).violations == 1
    seeing = replace(blind, control=lambda seed: even_seeds_break(seed, 2))
    assert run(seeing).violations == 0


def test_rows_of_promises_that_were_not_tried_stay(tmp_path):
    other = replace(BROKEN, id="R98", attempt=never_breaks, goal="kernel.seeds_violating")
    keep([BROKEN, other], [run(BROKEN), run(other)], folder=tmp_path)
    keep([BROKEN, other], [run(replace(BROKEN, attempt=never_breaks))], folder=tmp_path)
    rows = read_all(tmp_path)
    assert rows["reliability.R99.violations"].value == 0
    assert "reliability.R99.tries" not in rows
    assert rows["reliability.R98.violations"].value == rows["kernel.seeds_violating"].value == 0


def test_the_table_shows_what_was_tried_and_what_was_broken(tmp_path):
    keep([BROKEN], [run(BROKEN)], folder=tmp_path)
    assert "| R99 | No seed is even | 5 seeds | 2 | no control |" in table([BROKEN], stored(tmp_path))


def test_the_document_shows_the_results_that_stand():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert document(text, promises(), stored()) == text


def test_every_goal_of_a_promise_stands_among_the_goals():
    from benchmarks.goals import read_goals

    named = {promise.goal for promise in promises() if promise.goal}
    assert named <= {goal.name for goal in read_goals()}
