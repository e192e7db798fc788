from drivers.modbus.link import DeviceException


def test_an_exception_says_its_code_in_words():
    assert str(DeviceException(2)) == "exception 2, illegal data address"
    assert str(DeviceException(99)) == "exception 99, unknown reason"
