"""Keys are made, trusted, listed and revoked, and a command is signed, from the command line."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from edge.intake.keys import TrustedKeys
from edge.intake.token import Verified, verified
from kernel.remote import NotTaken
from tests.architecture.sources import ROOT
from tests.unit.aios.site.test_commands_section import BASE, SECTION


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.toml"
    file.write_text(BASE + SECTION)
    return file


def trusted(site: Path) -> list[dict[str, Any]]:
    code, said = run("keys", "list", site, "--json")
    assert code == 0
    return json.loads(said)  # type: ignore[no-any-return]


def test_a_key_is_made_trusted_listed_and_revoked(site: Path, tmp_path: Path) -> None:
    assert run("keys", "new", "dispatch", "--folder", tmp_path)[0] == 0
    assert (tmp_path / "dispatch.key").stat().st_mode & 0o777 == 0o600
    assert run("keys", "new", "dispatch", "--folder", tmp_path)[0] == 4
    assert [one["public_key"] for one in trusted(site)] == [""]
    assert run("keys", "trust", site, "dispatch", tmp_path / "dispatch.pem")[0] == 0
    (one,) = trusted(site)
    assert (one["key"], one["person"], len(one["public_key"])) == ("dispatch", "ann", 64)
    assert run("keys", "revoke", site, "dispatch")[0] == 0
    assert run("keys", "revoke", site, "dispatch")[0] == 3
    assert [one["public_key"] for one in trusted(site)] == [""]


def test_only_a_public_key_that_the_site_file_names_can_be_trusted(site: Path, tmp_path: Path) -> None:
    run("keys", "new", "dispatch", "--folder", tmp_path)
    assert run("keys", "trust", site, "stranger", tmp_path / "dispatch.pem")[0] == 1
    assert run("keys", "trust", site, "dispatch", tmp_path / "dispatch.key")[0] == 4
    assert run("keys", "trust", site, "dispatch", tmp_path / "nobody.pem")[0] == 3
    assert run("keys", "list", "nord")[0] == 1
    assert not (tmp_path / "keys").exists()


def test_a_signed_token_is_one_that_the_site_verifies(site: Path, tmp_path: Path) -> None:
    run("keys", "new", "dispatch", "--folder", tmp_path)
    run("keys", "trust", site, "dispatch", tmp_path / "dispatch.pem")
    words = ("--key", tmp_path / "dispatch.key", "--reason", "r", "--token-only", "--id", "c1", "--seq", 4)
    code, token = run("send", site, "bat1/active_power_setpoint", "-50", *words)
    assert code == 0
    found = verified(token.strip(), TrustedKeys(tmp_path / "keys", {"dispatch"}).find)
    assert isinstance(found, Verified)
    claims = found.claims
    assert (claims.jti, claims.aud, claims.sub, claims.seq) == ("c1", "small", "ann", 4)
    assert (claims.value, claims.unit, claims.exp - claims.iat) == (-50.0, "kW", 60)


def test_what_is_no_command_is_not_signed(site: Path, tmp_path: Path) -> None:
    def code(key: str, *more: str) -> int:
        words = ("--key", tmp_path / key, "--name", "dispatch", "--reason", "r", "--token-only")
        return run("send", site, "cb1/close", 1, *words, *more)[0]

    assert code("nobody.key") == 3
    run("keys", "new", "dispatch", "--folder", tmp_path)
    assert code("dispatch.pem") == 4
    assert code("dispatch.key", "--id", "a b") == 2
    assert code("dispatch.key") == 0


def test_the_example_of_the_document_signs_what_a_gateway_verifies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / "remote-commands.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "example.py").write_text(example)
    run("keys", "new", "dispatch", "--folder", tmp_path)
    monkeypatch.chdir(tmp_path)
    runpy.run_path("example.py")
    token = capsys.readouterr().out.strip()
    found = verified(token, TrustedKeys(tmp_path, {"dispatch"}).find)
    assert isinstance(found, Verified), found
    assert (found.claims.aud, found.claims.point) == ("nord", "cb14/close")


def test_the_document_names_every_refusal() -> None:
    text = (ROOT / "docs" / "remote-commands.md").read_text(encoding="utf-8")
    table = text[text.index("| `refusal` | means |") : text.index("A refusal is final")]
    assert {refusal.value for refusal in NotTaken} | {"policy"} == set(re.findall(r"`([a-z_]+)`", table)) - {
        "refusal", "may_repeat"
    }  # fmt: skip
