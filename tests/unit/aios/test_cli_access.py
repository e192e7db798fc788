"""`aios account` and `aios token`: no password on a command line, a token is shown once."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aios.access.access import Access
from aios.access.identity import Identity, Stranger
from aios.access.passwords import Passwords
from aios.cli.app import app
from aios.cli.exits import Exit
from aios.folder import Folder
from tests.fakes.front_door import PASSWORD, QUICK


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost next to nothing here."""
    monkeypatch.setattr("aios.access.access.Passwords", lambda: Passwords(QUICK))


def run(folder: Path, *words: str, said: str = "") -> Result:
    return CliRunner().invoke(app, [*words, "--folder", str(folder)], input=said)


def add(folder: Path, name: str = "erika", *more: str, password: str = PASSWORD) -> Result:
    words = ["account", "add", name, "--role", "operator", "--site", "nord", *more]
    return run(folder, *words, said=f"{password}\n")


def accounts(folder: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run(folder, "account", "list", "--json").stdout)
    return found


def known(folder: Path, token: str) -> Identity | Stranger:
    access = Access.at(Folder(root=folder).access)
    try:
        return access.tokens.who(token, now_ns=1)
    finally:
        access.close()


def test_an_account_is_made_listed_and_its_password_is_nowhere_said(tmp_path: Path) -> None:
    made = add(tmp_path)
    assert made.exit_code == 0, made.output
    (listed,) = accounts(tmp_path)
    assert (listed["name"], listed["roles"], listed["sites"]) == ("erika", ["OPERATOR"], ["nord"])
    assert "password" not in listed
    assert PASSWORD not in made.output + run(tmp_path, "account", "list").output


@pytest.mark.parametrize(
    ("words", "said", "code", "why"),
    [
        (["add", "erika", "--role", "king", "--site", "nord"], PASSWORD, Exit.USAGE, "is no role"),
        (["add", "erika", "--role", "viewer", "--site", "nord"], "short", Exit.FINDINGS, "12 to 256"),
        (["add", "Erika", "--role", "viewer", "--site", "nord"], PASSWORD, Exit.FAILED, "is no name"),
        (["lock", "karl"], "", Exit.NOT_THERE, "no account karl"),
        (["unlock", "karl"], "", Exit.NOT_THERE, "no account karl"),
        (["password", "karl"], PASSWORD, Exit.NOT_THERE, "no account karl"),
        (["role", "karl", "--role", "viewer"], "", Exit.NOT_THERE, "no account karl"),
        (["remove", "karl"], "", Exit.NOT_THERE, "no account karl"),
    ],
)
def test_what_cannot_be_done_says_why(
    tmp_path: Path, words: list[str], said: str, code: Exit, why: str
) -> None:
    result = run(tmp_path, "account", *words, said=f"{said}\n")
    assert result.exit_code == code
    assert why in result.output


def test_an_account_is_locked_unlocked_changed_and_removed(tmp_path: Path) -> None:
    add(tmp_path)
    assert run(tmp_path, "account", "lock", "erika", "--reason", "left").exit_code == 0
    assert accounts(tmp_path)[0]["locked"] == "left"
    assert run(tmp_path, "account", "unlock", "erika").exit_code == 0
    assert accounts(tmp_path)[0]["locked"] == ""
    assert run(tmp_path, "account", "role", "erika", "--role", "viewer", "--site", "*").exit_code == 0
    assert (accounts(tmp_path)[0]["roles"], accounts(tmp_path)[0]["sites"]) == (["VIEWER"], ["*"])
    before = accounts(tmp_path)[0]["password_ns"]
    assert run(tmp_path, "account", "password", "erika", said="another long one\n").exit_code == 0
    assert accounts(tmp_path)[0]["password_ns"] != before
    assert "last account" in run(tmp_path, "account", "remove", "erika").output
    assert accounts(tmp_path) == []


def test_the_trail_says_who_did_what_and_whether_it_was_touched(tmp_path: Path) -> None:
    add(tmp_path)
    run(tmp_path, "account", "lock", "erika", "--reason", "left")
    told = run(tmp_path, "account", "trail", "--account", "erika")
    assert told.exit_code == 0
    first, second = told.stdout.splitlines()
    assert re.search(r"UTC  account added +erika +by machine:\S+  roles OPERATOR, sites nord$", first)
    assert second.endswith("why left")
    with closing(sqlite3.connect(Folder(root=tmp_path).access)) as file, file:
        file.execute("UPDATE trail SET subject = 'karl' WHERE seq = 2")
    touched = run(tmp_path, "account", "trail", "--json")
    assert touched.exit_code == Exit.FINDINGS
    assert "entry 2" in json.loads(touched.stdout)["findings"][0]


def test_a_token_is_shown_once_and_can_be_revoked(tmp_path: Path) -> None:
    add(tmp_path)
    words = ["token", "make", "erika", "--role", "operator", "--site", "nord", "--label", "reports"]
    made = run(tmp_path, *words)
    assert made.exit_code == 0, made.output
    token = made.stdout.split()[-1]
    assert isinstance(known(tmp_path, token), Identity)
    (listed,) = json.loads(run(tmp_path, "token", "list", "--json").stdout)
    assert token not in repr(listed) + run(tmp_path, "token", "list").output
    assert run(tmp_path, "token", "revoke", str(listed["id"])).exit_code == 0
    assert isinstance(known(tmp_path, token), Stranger)
    assert run(tmp_path, "token", "revoke", str(listed["id"])).exit_code == Exit.NOT_THERE


def test_a_token_with_more_than_its_person_is_not_made(tmp_path: Path) -> None:
    add(tmp_path)
    words = ["token", "make", "erika", "--role", "secadm", "--site", "nord", "--label", "x"]
    result = run(tmp_path, *words)
    assert result.exit_code == Exit.FAILED
    assert "has not the role SECADM" in result.output


def test_a_person_of_a_provider_is_signed_out_and_locked(tmp_path: Path) -> None:
    add(tmp_path)
    access = Access.at(Folder(root=tmp_path).access)
    access.sessions.open("oidc:ann", now_ns=1, provider="oidc")
    access.close()
    out = run(tmp_path, "account", "sign-out", "oidc:ann", "--json")
    assert json.loads(out.stdout) == {"name": "oidc:ann", "ended": 1}
    assert run(tmp_path, "account", "sign-out", "oidc:ann").exit_code == Exit.NOT_THERE
    assert run(tmp_path, "account", "lock", "oidc:ann", "--reason", "left").exit_code == 0
    assert [(one["name"], one["locked"]) for one in accounts(tmp_path)] == [
        ("erika", ""),
        ("oidc:ann", "left"),
    ]
    assert "locked: left" in run(tmp_path, "account", "list").output
    assert run(tmp_path, "account", "unlock", "oidc:ann").exit_code == 0
    assert run(tmp_path, "account", "unlock", "oidc:ann").exit_code == Exit.NOT_THERE
    assert "the provider keeps" in run(tmp_path, "account", "remove", "oidc:ann").output
