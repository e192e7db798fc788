"""The file of access: what is wrong with it is said with its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from aios.access.settings import Settings, read_settings

WHOLE = """
[sign_in]
idle_s = 600
[oidc]
issuer = "https://id.example"
client_id = "desk"
client_secret_file = "secret"
roles_claim = "groups"
sites = ["nord"]
[oidc.roles]
grid-operators = "OPERATOR"
"""


def test_what_is_not_named_is_as_usual(tmp_path: Path) -> None:
    file = tmp_path / "access.toml"
    file.write_text(WHOLE)
    (tmp_path / "secret").write_text("s3cret\n")
    found = read_settings(file)
    assert (found.sign_in.idle_s, found.sign_in.absolute_s) == (600.0, Settings().sign_in.absolute_s)
    provider = found.provider(tmp_path)
    assert provider is not None
    assert "s3cret" not in repr(found)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (WHOLE.replace('"OPERATOR"', '"KING"'), "access.toml"),
        (WHOLE.replace("idle_s = 600", "idle_s = 0"), "more than 0"),
        (WHOLE + "more = 1\n", "access.toml"),
        ("[oidc", "access.toml"),
        (WHOLE.replace("idle_s", "idel_s"), "access.toml"),
    ],
)
def test_a_mistake_is_refused(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "access.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=why):
        read_settings(file)
