import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt.sparkplug.payload import DataType, Metric, NotSparkplug, Payload, decode, encode

METRIC = Metric(
    name="a", alias=7, at_ms=300, datatype=DataType.DOUBLE, told_type=True, value=1.5, historical=True
)


def test_golden_bytes_by_the_field_numbers_of_the_specification():
    """Made by hand from Sparkplug 3.0.0, 6.4: tag = number << 3 | wire type."""
    metric = bytes.fromhex(
        "0a0161"  # 1 name "a"
        "1007"  # 2 alias 7
        "18ac02"  # 3 timestamp 300
        "200a"  # 4 datatype 10, Double
        "2801"  # 5 is_historical
        "69000000000000f83f"  # 13 double_value 1.5
    )
    golden = bytes.fromhex("08e807") + b"\x12" + bytes([len(metric)]) + metric + bytes.fromhex("18ff01")
    assert encode(Payload(at_ms=1000, seq=255, metrics=(METRIC,))) == golden
    assert decode(golden) == Payload(at_ms=1000, seq=255, metrics=(METRIC,))


def test_golden_bytes_of_properties_and_of_null():
    """PropertySet is field 9: keys 1, values 2; a value has its type in 1 and a signed number in 3."""
    metric = Metric(alias=1, value=None, properties={"Quality": 0})
    value = bytes.fromhex("0803") + bytes.fromhex("1800")
    properties = b"\x0a\x07Quality\x12" + bytes([len(value)]) + value
    body = bytes.fromhex("1001") + bytes.fromhex("3801") + b"\x4a" + bytes([len(properties)]) + properties
    assert encode(Payload(metrics=(metric,))) == b"\x12" + bytes([len(body)]) + body


def test_a_negative_number_travels_as_twos_complement():
    for datatype, number in ((DataType.INT32, -2), (DataType.INT64, -(2**40))):
        metric = Metric(name="a", datatype=datatype, told_type=True, value=number)
        assert decode(encode(Payload(metrics=(metric,)))).metrics[0].value == number


def test_an_int32_of_minus_one_is_written_as_the_specification_says():
    metric = Metric(datatype=DataType.INT32, value=-1)
    assert encode(Payload(metrics=(metric,))) == bytes.fromhex("1206" + "50" + "ffffffff0f")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_payload_or_a_named_refusal(raw):
    try:
        decoded = decode(raw)
    except NotSparkplug:
        return
    assert isinstance(decoded, Payload)


def test_a_payload_too_large_for_any_command_is_not_even_read():
    with pytest.raises(NotSparkplug, match="bytes"):
        decode(bytes((1 << 20) + 1))


def test_what_we_do_not_know_is_skipped():
    metadata = bytes.fromhex("4203" + "120161")  # field 8, a message
    assert decode(b"\x12" + bytes([len(metadata) + 3]) + b"\x0a\x01x" + metadata).metrics[0].name == "x"
