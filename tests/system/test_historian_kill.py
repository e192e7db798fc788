import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.system
ROOT = Path(__file__).parents[2]
KILLS = 40
SEED = 20_261_122


def test_no_acknowledged_append_is_lost_when_writer_and_reader_are_killed(tmp_path):
    command = [
        sys.executable,
        "-m",
        "tests.contract.check_historian_kills",
        str(tmp_path),
        str(KILLS),
        str(SEED),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["acknowledged"] > KILLS
    assert found["lost"] == []
    assert found["in_order"]
    assert found["of_the_backlog"] > 0
    assert found["damaged"] == 0
