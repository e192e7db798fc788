import json

import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.doctor import examine
from aios.folder import Folder
from aios.outbox.view import NoOutbox, outbox_state, quarantine_of
from drivers.historian.outbox import Outbox, OutboxReader
from drivers.historian.quarantine import Refusal
from drivers.historian.retired import retire_readers
from tests.unit.drivers.historian.outbox_samples import POINTS, order, reading


@pytest.fixture
def root(tmp_path):
    """Folder of a gateway whose history is behind, and refused two parts of a batch."""
    directory = Folder(root=tmp_path).outbox
    outbox = Outbox(directory, POINTS)
    for second in range(40):
        outbox.append([reading(second)])
    reader = OutboxReader(directory, "history", most_rows=1)
    live = reader.next_live()
    refusals = [
        Refusal(live, "no such partition"),
        Refusal(
            live.__class__(place=live.place, columns=live.columns, blocks=(), documents=(order(1),)),
            "bad text",
        ),
    ]
    reader.done(live, refusals)
    reader.close()
    outbox.close()
    return tmp_path


def aios(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, done.output
    return done.output


def test_the_state_tells_what_waits_and_what_was_refused(root):
    (history,) = outbox_state(root).destinations
    assert (history.behind_rows, history.behind_s, history.is_draining) == (39 * 3, 38.0, True)
    assert (history.quarantine.entries, history.quarantine.rows, history.quarantine.documents) == (2, 3, 1)
    told = json.loads(aios("outbox", "--folder", str(root), "--json"))
    assert told["destinations"][0]["behind_rows"] == 117
    assert "117 rows behind (38 s), newest first" in aios("outbox", "--folder", str(root))


def test_what_was_refused_is_listed_offered_again_and_dropped_with_a_reason(root):
    listed = json.loads(aios("outbox", "quarantine", "--folder", str(root), "--json"))
    assert [(one["id"], one["why"], one["rows"]) for one in listed["history"]] == [
        (1, "no such partition", 3),
        (2, "bad text", 0),
    ]
    assert "history/1  3 rows" in aios("outbox", "quarantine", "--folder", str(root))
    aios("outbox", "retry", "history/2", "--folder", str(root))
    aios("outbox", "drop", "history/1", "--reason", "the meter was on the bench", "--folder", str(root))
    with quarantine_of(root, "history") as quarantine:
        (left,) = quarantine.entries()
        assert (left.id, left.again) == (2, True)
        assert [gap.rows for gap in quarantine.untold()[1]] == [3]


def test_what_a_destination_refused_stays_in_sight_when_the_site_file_drops_it(root):
    retire_readers(Folder(root=root).outbox, keep=[])
    state = outbox_state(root)
    assert state.destinations == ()
    assert [(one.name, one.quarantine.rows) for one in state.retired] == [("history", 3)]
    assert "history    retired" in aios("outbox", "--folder", str(root))
    assert "history/1  3 rows" in aios("outbox", "quarantine", "--folder", str(root))
    (found,) = [one for one in examine(root) if one.what == "outbox"]
    assert not found.good
    aios("outbox", "drop", "history/1", "history/2", "--reason", "it is gone for good", "--folder", str(root))
    assert [one.quarantine.entries for one in outbox_state(root).retired] == [0]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("retry", "history/9"), 3),
        (("retry", "broker/1"), 3),
        (("retry", "three"), 2),
        (("drop", "history/1", "--reason", " "), 2),
    ],
    ids=["no such entry", "no such destination", "no name", "no reason"],
)
def test_what_is_not_there_is_said(root, words, code):
    aios("outbox", *words, "--folder", str(root), code=code)


def test_a_folder_without_an_outbox_is_said(tmp_path):
    with pytest.raises(NoOutbox):
        outbox_state(tmp_path)
    aios("outbox", "--folder", str(tmp_path), code=3)


def test_the_doctor_says_what_was_refused(root):
    (found,) = [one for one in examine(root) if one.what == "outbox"]
    assert not found.good
    assert "refuses 2 entries" in found.text
