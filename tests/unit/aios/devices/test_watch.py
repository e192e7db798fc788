"""A device is watched through its gateway where one lives, else by asking the device itself."""

import socket
from pathlib import Path

from typer.testing import CliRunner

from aios.cli.app import app
from aios.folder import Folder

NORD = Path(__file__).parents[4] / "aios" / "sites" / "nord.toml"


def test_a_socket_that_a_killed_gateway_left_behind_keeps_nobody_from_the_device(tmp_path):
    path = Folder(root=tmp_path).socket
    path.parent.mkdir(parents=True, exist_ok=True)
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()  # the file stays, as after kill -9
    done = CliRunner().invoke(
        app, ["device", "watch", str(NORD), "meter_grid", "--once", "--folder", str(tmp_path)]
    )
    assert done.exit_code == 0, done.stderr
    assert "asked directly: no gateway lives in" in " ".join(done.stdout.split())
