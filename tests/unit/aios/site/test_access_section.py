"""A site file names the control rooms that vouch for people, each once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from aios.site.access_section import AccessSection
from kernel.site import Access, VouchingDesk

DESK = {"key": "desk1", "roles": ["OPERATOR"]}


def test_the_folder_of_keys_lies_beside_the_site_file() -> None:
    section = AccessSection.model_validate({"keys": "keys", "desks": [DESK]})
    assert section.as_noun(Path("/etc/aios")) == Access(
        keys="/etc/aios/keys", desks=(VouchingDesk(key="desk1", roles=("OPERATOR",)),)
    )
    assert list(section.wrong()) == []


def test_a_desk_that_is_named_twice_is_found_with_its_place() -> None:
    section = AccessSection.model_validate({"keys": "keys", "desks": [DESK, DESK]})
    assert list(section.wrong()) == [(("access", "desks", 1, "key"), "desk desk1 is named twice")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"keys": "", "desks": [DESK]},
        {"keys": "keys", "desks": []},
        {"keys": "keys", "desks": [{"key": "../desk", "roles": ["OPERATOR"]}]},
        {"keys": "keys", "desks": [{"key": "desk1", "roles": []}]},
        {"keys": "keys", "desks": [DESK], "allow": "all"},
    ],
)
def test_a_section_that_would_let_in_nobody_or_anybody_is_no_section(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AccessSection.model_validate(wrong)
