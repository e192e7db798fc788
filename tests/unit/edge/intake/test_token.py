"""What proves who signed, and what proves nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.intake.keys import TrustedKeys
from edge.intake.token import Unverified, Verified, claims_of, verified
from kernel.remote import LONGEST_TOKEN, TYPE, NotTaken
from tests.unit.edge.intake.conftest import Signatory, claimed

CLAIMS = {name: value for name, value in msgspec.to_builtins(claimed()).items() if value is not None}
HEAD = {"alg": "EdDSA", "kid": "dispatch", "typ": TYPE}


CHANGES: list[dict[str, Any]] = [
    *({"v": wrong} for wrong in (2, "1")),
    *({"jti": wrong} for wrong in ("", "a/b", "x" * 65, "a\n", 5)),
    *({"exp": wrong} for wrong in (None, "soon", -1)),
    *({"iat": 1e300}, {"nbf": "now"}),
    *({"value": wrong} for wrong in ("5", None)),
    *({"seq": wrong} for wrong in (-1, 1.5)),
    *({"for_s": wrong} for wrong in (0, 3601)),
    *({"reason": ""}, {"sub": ""}, {"aud": ["s"]}, {"role": "ADMIN"}),
]
RUBBISH = ["", ".", "..", "...", "a.b.c", "\x00", "\u00e9" * 50, "[" * 2000, "W1tb.e30.", "e30.e30.e30"]
STRANGERS = ["stranger", "../dispatch", "dispatch.pem", "", None, 5, ["dispatch"]]
REQUIRED = ["v", "jti", "aud", "sub", "iat", "exp", "point", "value", "unit", "reason"]


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def assembled(header: dict[str, Any], payload: bytes, signature: bytes = b"") -> str:
    return f"{encoded(json.dumps(header).encode())}.{encoded(payload)}.{encoded(signature)}"


def by_hand(ann: Signatory, payload: bytes, **header: Any) -> str:
    """A token with a good signature over any payload and header."""
    body = assembled(HEAD | header, payload).rpartition(".")[0]
    return f"{body}.{encoded(ann.private.sign(body.encode()))}"


def look(ann: Signatory, token: str) -> Verified | Unverified:
    return verified(token, TrustedKeys(ann.folder, {"dispatch"}).find)


def refused(ann: Signatory, token: str) -> NotTaken:
    found = look(ann, token)
    assert isinstance(found, Unverified), found
    return found.refusal


def test_a_good_token_says_who_signed_what(ann: Signatory) -> None:
    found = look(ann, ann.token())
    assert isinstance(found, Verified)
    assert (found.key, found.claims) == ("dispatch", claimed())
    assert found.public_key == ann.private.public_key().public_bytes_raw().hex()
    assert claims_of(found.token) == claimed()


def test_the_library_that_integrators_use_signs_what_is_taken(ann: Signatory) -> None:
    token = jwt.encode(CLAIMS, ann.private, algorithm="EdDSA", headers={"kid": "dispatch", "typ": TYPE})
    assert isinstance(look(ann, token), Verified)
    assert isinstance(look(ann, by_hand(ann, json.dumps(CLAIMS).encode())), Verified)


def test_no_other_algorithm_is_looked_at(ann: Signatory) -> None:
    payload = json.dumps(CLAIMS).encode()
    pem = ann.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, ann.private.public_key().public_bytes_raw(), b""):
        body = assembled(HEAD | {"alg": "HS256"}, payload).rpartition(".")[0]
        confused = f"{body}.{encoded(hmac.new(secret, body.encode(), hashlib.sha256).digest())}"
        assert refused(ann, confused) is NotTaken.WRONG_ALGORITHM
    for algorithm in ("none", "None", "", "eddsa", "HS256", "ES256", None, 5):
        assert refused(ann, by_hand(ann, payload, alg=algorithm)) is NotTaken.WRONG_ALGORITHM


def test_a_key_that_a_token_brings_along_is_not_used(ann: Signatory) -> None:
    stranger = Ed25519PrivateKey.generate()
    point = encoded(stranger.public_key().public_bytes_raw())
    mine = Signatory(ann.folder, private=stranger)
    token = by_hand(mine, json.dumps(CLAIMS).encode(), jwk={"kty": "OKP", "crv": "Ed25519", "x": point})
    assert refused(ann, token) is NotTaken.BAD_SIGNATURE


@pytest.mark.parametrize("name", STRANGERS, ids=str)
def test_no_file_of_another_name_is_opened(ann: Signatory, name: Any) -> None:
    (ann.folder / "stranger.pem").write_bytes(ann.file.read_bytes())
    payload = json.dumps(CLAIMS).encode()
    assert refused(ann, by_hand(ann, payload, kid=name)) in {NotTaken.UNKNOWN_KEY, NotTaken.MALFORMED}


def test_a_file_that_holds_another_kind_of_key_is_not_trusted(ann: Signatory) -> None:
    token = ann.token()
    for key in (Ed448PrivateKey.generate(), generate_private_key(SECP256R1())):
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        ann.file.write_bytes(pem)
        assert refused(ann, token) is NotTaken.REVOKED_KEY
    for rubbish in (b"", b"\xff" * 100, b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"):
        ann.file.write_bytes(rubbish)
        assert refused(ann, token) is NotTaken.REVOKED_KEY


def test_a_changed_token_is_refused_whatever_is_changed(ann: Signatory) -> None:
    head, payload, signature = ann.token().split(".")
    other = encoded(json.dumps(CLAIMS | {"value": 50.0}).encode())
    assert refused(ann, f"{head}.{other}.{signature}") is NotTaken.BAD_SIGNATURE
    assert refused(ann, f"{head}.{payload}.{encoded(bytes(64))}") is NotTaken.BAD_SIGNATURE
    assert refused(ann, f"{head}.{payload}.") is NotTaken.BAD_SIGNATURE


def test_a_token_for_another_purpose_is_none(ann: Signatory) -> None:
    assert refused(ann, by_hand(ann, json.dumps(CLAIMS).encode(), typ="JWT")) is NotTaken.MALFORMED


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_claims_that_break_the_contract_are_malformed(ann: Signatory, change: dict[str, Any]) -> None:
    found = look(ann, by_hand(ann, json.dumps(CLAIMS | change).encode()))
    assert isinstance(found, Unverified)
    assert found.refusal is NotTaken.MALFORMED


@pytest.mark.parametrize("claim", REQUIRED)
def test_no_claim_may_be_missing(ann: Signatory, claim: str) -> None:
    rest = {name: value for name, value in CLAIMS.items() if name != claim}
    assert refused(ann, by_hand(ann, json.dumps(rest).encode())) is NotTaken.MALFORMED


def test_values_that_are_no_numbers_are_malformed(ann: Signatory) -> None:
    for value in (b"NaN", b"Infinity", b"1e999"):
        payload = json.dumps(CLAIMS | {"value": "VALUE"}).encode().replace(b'"VALUE"', value)
        assert refused(ann, by_hand(ann, payload)) is NotTaken.MALFORMED


@pytest.mark.parametrize("rubbish", RUBBISH, ids=range(len(RUBBISH)))
def test_rubbish_is_malformed_or_names_no_algorithm(ann: Signatory, rubbish: str) -> None:
    assert refused(ann, rubbish) in {NotTaken.MALFORMED, NotTaken.WRONG_ALGORITHM}


def test_nested_rubbish_under_a_good_signature_is_malformed(ann: Signatory) -> None:
    assert refused(ann, by_hand(ann, b"[" * 2500)) is NotTaken.MALFORMED


def test_critical_headers_and_detached_payloads_are_not_understood(ann: Signatory) -> None:
    payload = json.dumps(CLAIMS).encode()
    assert refused(ann, by_hand(ann, payload, crit=["exp"])) is NotTaken.MALFORMED
    assert refused(ann, by_hand(ann, payload, b64=False, crit=["b64"])) is NotTaken.MALFORMED


def test_what_is_too_large_is_not_looked_at(ann: Signatory) -> None:
    assert refused(ann, ann.token() + "x" * LONGEST_TOKEN) is NotTaken.TOO_LARGE


def test_an_id_is_read_where_there_is_one(ann: Signatory, tmp_path: Path) -> None:
    forged = look(ann, Signatory(tmp_path, private=Ed25519PrivateKey.generate()).token("c9"))
    assert (forged.id, forged.refusal) == ("c9", NotTaken.BAD_SIGNATURE)  # type: ignore[union-attr]
    odd = by_hand(ann, json.dumps(CLAIMS | {"jti": "../x"}).encode(), alg="none")
    found = look(ann, odd)
    assert isinstance(found, Unverified)
    assert found.id == ""
