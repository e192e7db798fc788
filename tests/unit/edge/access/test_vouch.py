"""A vouch is for one person, one act, one site and one minute; anything else proves nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.access.vouch import HOLDS_S, SKEW_S, TYPE, Vouched, act_of, verify, vouch
from edge.intake.keys import TrustedKeys
from edge.intake.token import signed
from kernel.instruction import AlarmAct, OnAlarm, Unfit
from kernel.shell.wire import Instruct, PutRequest
from kernel.site import VouchingDesk

NOW = 1_800_000_000.0
ACT = AlarmAct(key="k1", person="m.jansen", reason="seen", alarm="a:t1", act=OnAlarm.SHELVE)
ASKED = Instruct(instruction=ACT, for_s=60.0)
WISH = PutRequest(point="bat/setpoint", value=5.0, person="m.jansen", reason="peak", key="k2")
KEY = Ed25519PrivateKey.generate()
DESKS = {"desk1": VouchingDesk(key="desk1", roles=("OPERATOR", "VIEWER"))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "desk1.pem").write_bytes(public)
    (tmp_path / "desk2.pem").write_bytes(public)
    return tmp_path


def vouched(request: Instruct | PutRequest, key: Ed25519PrivateKey = KEY, **changes: Any) -> Any:
    who: dict[str, Any] = {
        "desk": "desk1",
        "site": "s",
        "person": "m.jansen",
        "roles": ("OPERATOR", "SECADM"),
        "sign_in": "s-1",
        "way": "desk",
        "now_s": NOW,
    }
    return msgspec.structs.replace(request, vouch=vouch(request, key, **(who | changes)))


def look(
    request: Instruct | PutRequest, folder: Path, now_s: float = NOW, site: str = "s"
) -> Vouched | Unfit:
    find = TrustedKeys(folder, DESKS).find
    return verify(request, site=site, desks=DESKS, find_key=find, now_s=now_s)


@pytest.mark.parametrize("request_", [ASKED, WISH], ids=["instruction", "wish"])
def test_a_vouch_says_who_asks_with_the_roles_that_its_desk_may_vouch_for(
    folder: Path, request_: Instruct | PutRequest
) -> None:
    assert look(vouched(request_), folder) == Vouched(
        desk="desk1", person="m.jansen", roles=("OPERATOR",), sign_in="s-1", way="desk"
    )


@pytest.mark.parametrize("at_s", [NOW - SKEW_S, NOW, NOW + HOLDS_S - 1])
def test_a_vouch_holds_a_minute(folder: Path, at_s: float) -> None:
    assert isinstance(look(vouched(ASKED), folder, now_s=at_s), Vouched)


def other(**changes: Any) -> Instruct:
    return msgspec.structs.replace(ASKED, instruction=msgspec.structs.replace(ACT, **changes))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (other(alarm="a:t2"), "another act"),
        (other(person="a.weber"), "another act"),
        (other(act=OnAlarm.TAKE_OUT), "another act"),
        (msgspec.structs.replace(ASKED, for_s=86400.0), "another act"),
        (other(key="k9"), "another key"),
    ],
)
def test_a_vouch_for_another_act_is_none(folder: Path, changed: Instruct, why: str) -> None:
    stolen = msgspec.structs.replace(changed, vouch=vouched(ASKED).vouch)
    found = look(stolen, folder)
    assert isinstance(found, Unfit)
    assert why in found.reason


@pytest.mark.parametrize(
    ("request_", "now_s", "site", "why"),
    [
        (ASKED, NOW, "s", "nobody vouches"),
        (vouched(ASKED), NOW + HOLDS_S, "s", "that is not now"),
        (vouched(ASKED), NOW - SKEW_S - 1, "s", "that is not now"),
        (vouched(ASKED), NOW, "t", "it is for s; this is t"),
        (vouched(ASKED, roles=("SECADM",)), NOW, "s", "vouches for none of that"),
        (vouched(ASKED, roles=()), NOW, "s", "m.jansen has no role"),
        (vouched(ASKED, desk="desk2"), NOW, "s", "knows no key"),
        (vouched(ASKED, Ed25519PrivateKey.generate()), NOW, "s", "not that of the key"),
        (vouched(msgspec.structs.replace(WISH, key="")), NOW, "s", "its claims"),
        (msgspec.structs.replace(ASKED, vouch="e30.e30.e30"), NOW, "s", "proves nothing"),
        (msgspec.structs.replace(ASKED, vouch="x" * 5000), NOW, "s", "at most"),
    ],
)
def test_what_proves_nothing_is_refused_with_why(
    folder: Path, request_: Instruct | PutRequest, now_s: float, site: str, why: str
) -> None:
    found = look(request_, folder, now_s, site)
    assert isinstance(found, Unfit)
    assert why in found.reason


@pytest.mark.parametrize(
    ("changes", "kind", "why"),
    [
        ({"iss": "desk9"}, TYPE, "it is of desk9, and signed by desk1"),
        ({"exp": int(NOW) + 86400}, TYPE, "it holds 60 s"),
        ({"act": "0" * 64}, TYPE, "another act"),
        ({"way": "socket"}, TYPE, "its claims"),
        ({"sid": ""}, TYPE, "its claims"),
        ({"admin": True}, TYPE, "its claims"),
        ({}, "aios-command+jwt", "its type is aios-command+jwt"),
    ],
)
def test_a_signature_alone_is_not_enough(folder: Path, changes: dict[str, Any], kind: str, why: str) -> None:
    claims = {
        "iss": "desk1",
        "aud": "s",
        "sub": "m.jansen",
        "roles": ["OPERATOR"],
        "sid": "s-1",
        "way": "desk",
        "act": act_of(ASKED),
        "iat": int(NOW),
        "exp": int(NOW) + HOLDS_S,
        "jti": "k1",
    }
    token = signed(claims | changes, KEY, key="desk1", kind=kind)
    found = look(msgspec.structs.replace(ASKED, vouch=token), folder)
    assert isinstance(found, Unfit)
    assert why in found.reason


def test_a_desk_whose_key_is_gone_is_believed_no_more(folder: Path) -> None:
    (folder / "desk1.pem").unlink()
    found = look(vouched(ASKED), folder)
    assert isinstance(found, Unfit)
    assert "trusted no more" in found.reason
