"""One connection of a server, with a transport in the tester's hand."""

import pytest

from drivers.modbus.server import TcpServer, _Connection
from tests.system.modbus_wire import WallClock, meter

REQUEST = bytes.fromhex("0001 0000 0006 01 04 0000 0008")


class Transport:
    """Remembers what was asked of it."""

    def __init__(self) -> None:
        self.written, self.reads, self.open = b"", True, True

    def write(self, data: bytes) -> None:
        self.written += data

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def close(self) -> None:
        self.open = False


@pytest.fixture
def connected():
    connection, transport = _Connection(TcpServer(meter(), WallClock())), Transport()
    connection.connection_made(transport)
    return connection, transport


def test_a_client_that_does_not_take_its_answers_is_heard_no_more_until_it_does(connected):
    connection, transport = connected
    connection.pause_writing()
    assert not transport.reads
    connection.resume_writing()
    assert transport.reads


def test_requests_in_pieces_are_answered_in_one_write_each_time(connected):
    connection, transport = connected
    for byte in REQUEST:
        assert transport.written == b""
        connection.data_received(bytes([byte]))
    assert (len(transport.written), transport.written[:2]) == (25, REQUEST[:2])


def test_a_stream_that_is_no_modbus_ends_its_connection(connected):
    connection, transport = connected
    connection.data_received(b"GET / HTTP/1.1\r\n\r\n")
    assert (transport.open, transport.written) == (False, b"")
