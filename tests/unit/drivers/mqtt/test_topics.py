import pytest

from drivers.mqtt.topics import document_topic, state_topic, telemetry_topic


@pytest.mark.parametrize("name", ["a+b", "a#b", "a\0b", "a\nb"])
def test_no_name_can_make_a_wildcard_or_a_control_character(name):
    for topic in (state_topic(name), telemetry_topic(name, name), document_topic("nord", "finding", name)):
        assert not set("+#\0\n") & set(topic)


def test_two_names_never_share_a_topic():
    assert telemetry_topic("nord", "a/b") != document_topic("nord", "telemetry", "a/b")
    assert telemetry_topic("nord", "a%2Fb") != telemetry_topic("nord", "a/b")
