import pytest

from drivers.historian.outbox import Outbox, OutboxReader
from drivers.historian.quarantine import Refusal
from tests.unit.drivers.historian.outbox_samples import POINTS, reading


@pytest.mark.parametrize("name", ["", "../x", "History", "a" * 40])
def test_a_name_that_could_leave_the_directory_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="no name"):
        OutboxReader(tmp_path, name)


def test_a_move_that_fails_leaves_nothing_of_it(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    for second in range(40):
        outbox.append([reading(second)])
    reader = OutboxReader(tmp_path, "history", most_rows=1)
    live = reader.next_live()
    before = reader.taken

    def fails(*_, **__):
        raise OSError("disk")

    reader.quarantine.keep = fails
    with pytest.raises(OSError, match="disk"):
        reader.done(live, [Refusal(live, "no")])
    reader.close()
    assert OutboxReader(tmp_path, "history", most_rows=1).taken == before
