"""A support bundle tells what helps, and no secret that was planted anywhere stands in it."""

from __future__ import annotations

import json
import stat
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from aios.folder import Folder
from aios.support.known import known_secrets
from aios.support.redact import HIDDEN, document_without_secrets, without_secrets
from aios.support.write import write_bundle
from kernel.journal.commands import CommandJournal
from kernel.journal.signing import Signer

SECRETS = {
    "in an address": "Hunter2-address",
    "in the site file": "Hunter2-inline",
    "in a comment": "Hunter2-comment",
    "in a file that the site names": "Hunter2-file",
    "in the environment": "Hunter2-environment",
    "in a credential": "Hunter2-credential",
    "in a log, as an argument": "Hunter2-argument",
    "in a log, as JSON": "Hunter2-json",
    "in a log, in a header": "Hunter2-bearer",
    "in a log, in an address": "Hunter2-logged",
    "in a key of the folder": "MC4CAQAwBQYDK2VwBCIEIHunter2key",
    "in a name": "Hunter2-name",
}
TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJtYXJhIn0.c2lnbmF0dXJl"
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g"
PEM = f"-----BEGIN {'PRIVATE KEY'}-----\n{SECRETS['in a key of the folder']}\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "gateway"
    folder = Folder(root=root)
    with closing(CommandJournal(folder.commands, durable=False)) as journal:
        journal.note("opened", "run-1", {"site": "nord", "policy_revision": "r7"}, at_ns=1)
    Signer.at(folder.key)
    folder.revisions.mkdir()
    (folder.revisions / "running.toml").write_text(
        f"# {SECRETS['in a comment']}\n[site]\nname = 'nord'\n[uplinks]\n"
        f"mqtt = 'mqtts://gw:{SECRETS['in an address']}@b:8883'\nmqtt_password_file = 'broker'\n"
        f"[notify.webhook]\nsecret = '{SECRETS['in the site file']}'\n"
    )
    (root / "broker").write_text(SECRETS["in a file that the site names"] + "\n")
    (root / "key.pem").write_text(PEM)
    (root / "gateway.log").write_text(
        f"start --password {SECRETS['in the environment']} --token={SECRETS['in a log, as an argument']}\n"
        f'{{"event": "signed in", "password": "{SECRETS["in a log, as JSON"]}"}}\n'
        f"Authorization: Bearer {SECRETS['in a log, in a header']}\n"
        f"postgresql://aios:{SECRETS['in a log, in an address']}@db/aios refused\n"
        f"broker said {SECRETS['in a file that the site names']}; it was {SECRETS['in a credential']}\n"
        f"{TOKEN} {HASH}\n{PEM}tick 7 was late\n"
    )
    (root / f"password={SECRETS['in a name']}.txt").write_text("")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "db").write_text(SECRETS["in a credential"])
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    monkeypatch.setenv("AIOS_PASSWORD", SECRETS["in the environment"])
    return root


def held(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_no_secret_that_was_planted_stands_in_it(gateway: Path, tmp_path: Path) -> None:
    write_bundle(gateway, tmp_path / "b.zip")
    everything = "\n".join(f"{name}\n{body}" for name, body in held(tmp_path / "b.zip").items())
    left = {where: secret for where, secret in SECRETS.items() if secret in everything}
    assert left == {}
    for other in (TOKEN, HASH, "PRIVATE KEY"):
        assert other not in everything
    key = Folder(root=gateway).key.read_text().splitlines()[1]
    assert key not in everything


def test_it_tells_what_helps(gateway: Path, tmp_path: Path) -> None:
    names = write_bundle(gateway, tmp_path / "b.zip")
    there = held(tmp_path / "b.zip")
    assert sorted(there) == names
    journal = json.loads(there["journal.json"])
    assert (journal["findings"], journal["newest_run"]["policy_revision"]) == ([], "r7")
    assert "tick 7 was late" in there["logs/0-gateway.log"]
    assert json.loads(there["site.json"])["site"] == {"name": "nord"}
    assert json.loads(there["machine.json"])["cores"]
    assert "msgspec" in json.loads(there["packages.json"])
    assert "away" in json.loads(there["metrics.json"])
    assert any(one["what"] == "journal" and one["good"] for one in json.loads(there["findings.json"]))
    assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600


def test_a_part_that_fails_is_told_and_the_rest_is_there(gateway: Path, tmp_path: Path) -> None:
    Folder(root=gateway).commands.write_bytes(b"no database at all" * 100)
    (Folder(root=gateway).revisions / "running.toml").write_text("[[[")
    write_bundle(gateway, tmp_path / "b.zip", logs=(tmp_path / "none.log",))
    there = held(tmp_path / "b.zip")
    assert "failed" in json.loads(there["journal.json"])
    assert "failed" in json.loads(there["site.json"])
    assert "cannot be read" in there["logs/0-none.log"]
    assert json.loads(there["machine.json"])["cores"]


def test_nothing_is_written_over(gateway: Path, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("mine")
    with pytest.raises(FileExistsError):
        write_bundle(gateway, tmp_path / "b.zip")


def test_only_the_end_of_a_log_goes_with_it(gateway: Path, tmp_path: Path) -> None:
    (tmp_path / "long.log").write_text("".join(f"line {number}\n" for number in range(5000)))
    write_bundle(gateway, tmp_path / "b.zip", logs=(tmp_path / "long.log",))
    lines = held(tmp_path / "b.zip")["logs/0-long.log"].splitlines()
    assert (len(lines), lines[-1]) == (2000, "line 4999")


@pytest.mark.parametrize(
    "text",
    ["password=sesame", "passwd: sesame", "'client_secret': 'sesame'", "api_key=sesame", "Cookie: sesame",
     "x://u:sesame@h", "x://u:se@sesame@h", "X-Auth-Token: sesame", 'db_password = "a sesame"'],
)  # fmt: skip
def test_what_is_named_as_a_secret_is_hidden(text: str) -> None:
    assert "sesame" not in without_secrets(text)


def test_what_is_no_secret_stays() -> None:
    text = "tick 41 gate revision nord-7 f11/active_power 12.5 kW at 2026-11-22T10:00:00Z, passed 3 of 4"
    assert without_secrets(text) == text
    assert document_without_secrets({"port": 502, "secret": 3}) == {"port": 502, "secret": HIDDEN}


def test_a_short_word_blanks_no_log(tmp_path: Path) -> None:
    assert without_secrets("a b c", {"b"}) == "a b c"
    assert known_secrets(tmp_path, "", {"MY_TOKEN": "abcd"}) == {"abcd"}
