import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt.sparkplug.host import HostState, PrimaryHost, asks_for_rebirth, host_state_of
from drivers.mqtt.sparkplug.names import REBIRTH
from drivers.mqtt.sparkplug.payload import DataType, Metric, Payload, encode


def command(name: str = REBIRTH, *, value: object = True) -> bytes:
    return encode(Payload(metrics=(Metric(name=name, datatype=DataType.BOOLEAN, value=value),)))


def test_rebirth_is_the_one_command_that_is_obeyed():
    assert asks_for_rebirth(command())
    assert not asks_for_rebirth(command(value=False))
    assert not asks_for_rebirth(command("Node Control/Reboot"))
    assert not asks_for_rebirth(command("f11/active_power"))
    assert not asks_for_rebirth(b"")


@given(st.binary(max_size=200))
def test_garbage_is_no_command_and_no_state(raw):
    assert not asks_for_rebirth(raw) or raw
    state = host_state_of(raw)
    assert state is None or isinstance(state, HostState)


@pytest.mark.parametrize(
    "payload", [b"ONLINE", b"{}", b'{"online": 1, "timestamp": 5}', b'{"online": true}', b"\xff", b"[" * 5000]
)
def test_what_is_no_state_changes_nothing(payload):
    host = PrimaryHost("scada")
    host.heard(payload)
    assert host.away
    host.heard(b'{"online": true, "timestamp": 5}')
    host.heard(payload)
    assert not host.away


def test_without_a_primary_host_nobody_is_away():
    assert not PrimaryHost("").away


def test_a_late_will_of_an_earlier_connection_of_the_host_is_left_aside():
    host = PrimaryHost("scada")
    host.heard(b'{"online": true, "timestamp": 9}')
    host.heard(b'{"online": false, "timestamp": 8}')
    assert not host.away
    host.heard(b'{"online": false, "timestamp": 9}')
    assert host.away


def test_on_a_new_connection_the_host_must_be_told_again():
    host = PrimaryHost("scada")
    host.heard(b'{"online": true, "timestamp": 9}')
    host.forget()
    assert host.away
    host.heard(b'{"online": true, "timestamp": 9}')
    assert not host.away
