import pytest

from drivers.modbus.link import Broadcast, DeviceException, refuse_broadcast


def test_an_exception_says_its_code_in_words():
    assert str(DeviceException(2)) == "exception 2, illegal data address"
    assert str(DeviceException(99)) == "exception 99, unknown reason"


def test_a_broadcast_is_refused_and_nothing_else():
    for unit in range(1, 256):
        refuse_broadcast(unit)
    with pytest.raises(Broadcast, match="unit 0"):
        refuse_broadcast(0)
