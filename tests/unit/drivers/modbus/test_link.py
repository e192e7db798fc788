import re
from pathlib import Path

from drivers.modbus.link import DeviceException

ROOT = Path(__file__).parents[4]
FLOORS = ("aios", "edge", "simulators", "drivers", "policies", "kernel", "benchmarks")


def test_an_exception_says_its_code_in_words():
    assert str(DeviceException(2)) == "exception 2, illegal data address"
    assert str(DeviceException(99)) == "exception 99, unknown reason"


def test_only_one_file_of_the_project_knows_pymodbus():
    imports = re.compile(r"^\s*(from|import) pymodbus", re.MULTILINE)
    files = [path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")]
    knowing = [path.relative_to(ROOT).as_posix() for path in files if imports.search(path.read_text())]
    assert knowing == ["drivers/modbus/tcp.py"]
