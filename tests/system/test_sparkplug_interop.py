"""The real historian process, read by a Sparkplug B implementation that we did not write."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aios.folder import Folder
from aios.site import site_of
from drivers.historian.outbox import Outbox
from drivers.mqtt.broker import free_port
from kernel.measurement import block
from kernel.quality import FAILURE, INVALID
from tests.contract.check_historian_mqtt import mosquitto
from tests.system.other_sparkplug_host import OtherHost
from tests.unit.drivers.historian.outbox_samples import SECOND

pytestmark = pytest.mark.system
ROOT = Path(__file__).parents[2]
NORD = ROOT / "aios" / "sites" / "nord.toml"


def historian(port: int, folder: Path) -> subprocess.Popen:
    """The real historian process of a substation whose uplink is Sparkplug B alone."""
    file = folder / "site.toml"
    text = NORD.read_text("utf-8")
    uplinks = f'\n[uplinks]\nmqtt = "mqtt://127.0.0.1:{port}"\nmqtt_form = "sparkplug"\n'
    file.write_text(text + uplinks, "utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "aios.historian", str(file), str(folder)], stderr=subprocess.DEVNULL
    )


def test_a_second_implementation_understands_births_data_aliases_and_the_death_by_kill_9(tmp_path):
    port = free_port()
    points = site_of(NORD.read_text("utf-8"), folder=NORD.parent).points
    outbox = Outbox(Folder(root=tmp_path).outbox, points)
    rows = {"f11/active_power": (1234.5, 0), "f11/current": (0.0, INVALID | FAILURE)}
    indexes = [place for place, point in enumerate(points) if point.name in rows]
    values = [rows[points[index].name] for index in indexes]
    outbox.append(
        [block(indexes, [v for v, _ in values], [q for _, q in values], at_ns=1_700_000_000 * SECOND)]
    )
    with mosquitto(tmp_path, port), OtherHost(port) as host:
        numbers = []
        for _ in range(2):
            process = historian(port, tmp_path)
            birth = host.next("NBIRTH")
            assert birth["seq"] == 0
            numbers.append(next(m["value"] for m in birth["metrics"] if m["name"] == "bdSeq"))
            born = {m["name"]: m for m in host.next("DBIRTH", "f11")["metrics"]}
            assert born["active_power"]["type"] == "DOUBLE"
            if len(numbers) == 1:
                data = {m["name"]: m for m in host.next("DDATA", "f11")["metrics"]}
                assert data["active_power"]["value"] == 1234.5
                assert data["active_power"]["alias"] == born["active_power"]["alias"]
                assert data["active_power"]["at_ms"] == 1_700_000_000_000
                assert (data["current"]["value"], data["current"]["null"]) == (None, True)
            process.send_signal(signal.SIGKILL)
            process.wait()
            (death,) = host.next("NDEATH")["metrics"]
            assert (death["name"], death["value"]) == ("bdSeq", numbers[-1])
    outbox.close()
    assert numbers == [0, 1]
