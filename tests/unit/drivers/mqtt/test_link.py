import pytest

from drivers.historian.sink import Down
from drivers.mqtt.link import Address, LinkDown, MqttLink, address_of
from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.uplink import MqttUplink
from tests.unit.drivers.historian.outbox_samples import StepClock
from tests.unit.drivers.mqtt.test_contracts import batch_of


def test_an_address_is_read_with_its_account():
    address = address_of("mqtt://gateway:p%40ss@broker:1884")
    assert address == Address(host="broker", port=1884, username="gateway", password="p@ss")


@pytest.mark.parametrize("url", ["broker:1883", "http://broker", "mqtt://", "mqtt://broker/topic"])
def test_another_address_is_refused_without_its_password(url):
    with pytest.raises(ValueError, match=r"uplinks\.mqtt"):
        address_of(url)


async def test_without_a_connection_publishing_fails_at_once_and_queues_nothing():
    link = MqttLink(address_of("mqtt://127.0.0.1:1"), "nord", clock=StepClock())
    with pytest.raises(LinkDown, match="no connection"):
        await link.publish([OutgoingMessage(topic="aios/x", payload=b"")])


async def test_an_uplink_without_a_connection_is_down():
    link = MqttLink(address_of("mqtt://127.0.0.1:1"), "nord", clock=StepClock())
    assert isinstance(await MqttUplink(link, "nord").accept(batch_of()), Down)
