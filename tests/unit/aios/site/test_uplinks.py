import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from aios.site import SiteInvalid, site_of
from aios.site.uplinks import uplinks_of
from aios.site.uplinks_section import UplinksSection
from kernel.site import BrokerTls, SparkplugNode, Uplinks

NORD = Path(__file__).parents[4] / "aios" / "sites" / "nord.toml"


def uplinks(text: str) -> Uplinks:
    """The section alone: a whole site file takes a while."""
    section = UplinksSection.model_validate(tomllib.loads(text.replace("[uplinks.", "[")))
    return uplinks_of(section, Path("/etc/aios"))


def test_a_mistake_is_told_with_its_place_in_the_site_file():
    text = NORD.read_text("utf-8") + '\n[uplinks]\nmqtt_form = "xml"\n'
    with pytest.raises(SiteInvalid) as invalid:
        site_of(text, folder=NORD.parent)
    assert [finding.where for finding in invalid.value.findings] == ["uplinks.mqtt_form"]


def test_without_a_word_json_goes_nowhere_and_history_to_sqlite():
    assert uplinks("") == Uplinks()


def test_files_lie_beside_the_site_file():
    tls = '[uplinks.tls]\nca = "ca.pem"\ncertificate = "/run/gateway.pem"\nserver_name = "broker"'
    assert uplinks(f'mqtt = "mqtts://b:8883"\n{tls}').tls == BrokerTls(
        ca="/etc/aios/ca.pem", certificate="/run/gateway.pem", server_name="broker"
    )


def test_an_account_may_stand_in_the_address():
    assert uplinks('mqtt = "mqtt://gateway@b:1883"').mqtt == "mqtt://gateway@b:1883"


def test_a_database_with_certificates_is_checked_by_chain_and_name():
    tls = '[uplinks.history_tls]\nca = "ca.pem"\ncertificate = "gateway.pem"\nkey = "gateway.key"'
    assert uplinks(f'history = "postgresql://aios@db/aios"\n{tls}').history == (
        "postgresql://aios@db/aios?sslmode=verify-full&sslrootcert=%2Fetc%2Faios%2Fca.pem"
        "&sslcert=%2Fetc%2Faios%2Fgateway.pem&sslkey=%2Fetc%2Faios%2Fgateway.key"
    )
    system = uplinks('history = "postgresql://db/aios?a=1"\n[uplinks.history_tls]').history
    assert system.endswith("?a=1&sslmode=verify-full&sslrootcert=system")


def test_an_edge_node_is_called_as_the_site_says():
    found = uplinks('mqtt_form = "both"\n[uplinks.sparkplug]\ngroup = "north"\nprimary_host = "scada"')
    assert found.mqtt_form == "both"
    assert found.sparkplug == SparkplugNode(group="north", primary_host="scada")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('mqtt = "mqtt://b:1883"\n[uplinks.tls]\nca = "ca.pem"', "does not begin with mqtts://"),
        ('mqtt = "mqtts://b:8883"\n[uplinks.tls]\nkey = "a.key"', "key is given without its certificate"),
        ('[uplinks.sparkplug]\ngroup = "north"', 'mqtt_form is "json"'),
        ('mqtt_form = "sparkplug"\nhome_assistant = "homeassistant"', "home_assistant reads JSON"),
        ('mqtt_form = "both"\n[uplinks.sparkplug]\ngroup = "a/b"', "group"),
        ('[uplinks.history_tls]\nca = "ca.pem"', "history_tls is for a postgresql://"),
        (
            'history = "postgres://db/a?sslmode=disable"\n[uplinks.history_tls]',
            "says nothing of sslmode itself",
        ),
        (
            'history = "postgres://db/a"\n[uplinks.history_tls]\nkey = "a.key"',
            "certificate and key go together",
        ),
        ('mqtt_form = "xml"', "mqtt_form"),
        ('mqtt = "http://b:80"', "mqtt"),
        ('home_assistant = "home/#"', "home_assistant"),
    ],
)
def test_what_would_not_be_used_or_cannot_be_is_a_finding(text, words):
    with pytest.raises(ValidationError) as invalid:
        uplinks(text)
    assert words in str(invalid.value)


def test_protobuf_is_loaded_only_by_those_who_use_it():
    program = "import sys, aios.historian; print([m for m in sys.modules if m.startswith('google')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
