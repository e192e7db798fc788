"""Every accepted site file is kept, and the one before can be found again."""

from __future__ import annotations

from pathlib import Path

from aios.gateway.revisions import KEPT, Revisions, digest_of


def test_the_revision_before_is_the_one_that_was_accepted_before(tmp_path: Path) -> None:
    kept = Revisions(tmp_path / "revisions")
    for text in ("a", "b", "c"):
        kept.accept(text)
    before = kept.before(digest_of("c"))
    assert before is not None
    assert (before.number, before.text) == (2, "b")
    assert kept.before(digest_of("a")) is None
    assert kept.before(digest_of("x")) is None


def test_the_same_text_again_is_no_new_revision(tmp_path: Path) -> None:
    kept = Revisions(tmp_path)
    assert kept.accept("a") == kept.accept("a")
    assert len(kept.all()) == 1


def test_what_runs_on_trial_is_written_down_and_is_no_revision(tmp_path: Path) -> None:
    kept = Revisions(tmp_path)
    assert kept.keep_text("on trial").read_text() == "on trial"
    assert kept.all() == ()


def test_the_oldest_revisions_go(tmp_path: Path) -> None:
    kept = Revisions(tmp_path)
    for number in range(KEPT + 3):
        kept.accept(str(number))
    assert len(kept.all()) == KEPT
    assert kept.all()[-1].text == str(KEPT + 2)
