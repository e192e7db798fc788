"""The section `commands` of a site file: what it means, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from aios.site import SiteInvalid, site_of
from aios.testing.small_site import TEXT
from kernel.site import Sender

BASE = TEXT + '\n[uplinks]\nmqtt = "mqtt://127.0.0.1:1883"\n'
POINTS = 'points = ["cb1/*", "bat1/active_power_setpoint"]'
SECTION = """
[commands]
keys = "keys"

[[commands.sender]]
key = "dispatch"
person = "ann"
points = ["cb1/*", "bat1/active_power_setpoint"]
"""


def findings(text: str) -> list[tuple[str, str]]:
    with pytest.raises(SiteInvalid) as invalid:
        site_of(text)
    return [(found.where, found.text) for found in invalid.value.findings]


def test_without_the_section_nobody_may_send_commands() -> None:
    assert site_of(BASE).commands is None


def test_keys_lie_beside_the_site_file() -> None:
    commands = site_of(BASE + SECTION, folder=Path("/etc/aios")).commands
    assert commands is not None
    assert commands.keys == "/etc/aios/keys"
    assert commands.senders == (
        Sender(key="dispatch", person="ann", points=("cb1/*", "bat1/active_power_setpoint")),
    )
    assert (commands.longest_s, commands.per_minute, commands.trust_clock) == (300.0, 60, False)


@pytest.mark.parametrize(
    ("before", "after", "where", "words"),
    [
        ('"cb1/*"', '"cb9/*"', "commands.sender[0].points[0]", "no writable point"),
        ('"cb1/*"', '"grid/*"', "commands.sender[0].points[0]", "no writable point"),
        ('key = "dispatch"', 'key = "../x"', "commands.sender[0].key", "pattern"),
        ('key = "dispatch"', 'key = ".x"', "commands.sender[0].key", "pattern"),
        ('person = "ann"', 'person = ""', "commands.sender[0].person", "at least 1"),
        ('keys = "keys"', 'keys = "keys"\nlongest_s = 3601', "commands.longest_s", "3600"),
        ('keys = "keys"', 'keys = "keys"\nkey = 1', "commands.key", "unknown key"),
        (POINTS, "points = []", "commands.sender[0].points", "at least 1"),
    ],
)
def test_a_mistake_is_found_where_it_stands(before: str, after: str, where: str, words: str) -> None:
    assert before in SECTION
    found = findings(BASE + SECTION.replace(before, after))
    assert any(place == where and words in text for place, text in found), found


def test_a_key_that_is_named_twice_is_a_mistake() -> None:
    sender = SECTION[SECTION.index("[[commands") :]
    assert ("commands.sender[1].key", "key dispatch is named twice") in findings(BASE + SECTION + sender)


def test_commands_need_a_broker() -> None:
    assert any("uplinks.mqtt is missing" in text for _, text in findings(TEXT + SECTION))


def test_the_journal_must_remember_ids_for_longer_than_a_token_is_valid() -> None:
    short = BASE + SECTION + "\n[journal]\nkeep_days = 0.005\n"
    assert any(where == "journal.keep_days" for where, _ in findings(short))
    assert site_of(short.replace("0.005", "0.01")).commands is not None
