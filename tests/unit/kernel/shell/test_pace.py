"""What is wanted of a bus may change while it runs: readings are counted against what is wanted now."""

from kernel.point import NANOSECONDS
from kernel.shell.pace import Pace


def test_the_wanted_pace_may_change():
    pace = Pace(1.0)
    assert pace.wanted_s == 1.0
    pace.wanted_s = 10.0
    assert pace.wanted_s == 10.0
    for second in range(20, 40):
        pace.read(second * NANOSECONDS, newest_ns=second)
    assert (pace.kept, pace.due(39 * NANOSECONDS)) == (2, 2)
    pace.wanted_s = 5.0
    pace.read(45 * NANOSECONDS, newest_ns=45)
    assert pace.kept == 3
