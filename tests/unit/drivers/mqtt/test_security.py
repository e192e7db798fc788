import ssl

import pytest

from drivers.mqtt.security import context_of, finding
from kernel.site import BrokerTls


def test_certificate_and_name_are_always_checked_and_nothing_older_than_tls_1_2_is_spoken():
    context = context_of(BrokerTls())
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("certificate verify failed: Hostname mismatch, certificate is not valid for 'x'", "server_name"),
        ("certificate verify failed: certificate has expired", "expired"),
        ("certificate verify failed: unable to get local issuer certificate", "uplinks.tls.ca"),
        ("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required", "uplinks.tls.key"),
        ("[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca", "client certificate"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "mqtt://"),
        ("[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol", "TLS 1.2"),
    ],
)
def test_a_refusal_says_what_to_do(reason, words):
    assert words in finding(reason)


def test_what_is_no_matter_of_certificates_stays_as_it_is():
    assert finding("[Errno 111] Connection refused") == "[Errno 111] Connection refused"
