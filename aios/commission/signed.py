"""Signing a check-out sheet, and finding out whether it still says what was signed.

The signature (Ed25519, as that of the journal) covers the bytes of the sheet as they stand in the file, and
the file around them has one form only: every changed byte is found.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from aios.commission.paper import paper
from aios.commission.sheet import Sheet
from kernel.journal.signing import Signer, is_signed

_HEAD: Final = b'{"public_key": "%s",\n"signature": "%s",\n"sheet": '
_TAIL: Final = b"}\n"


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    public_key: str
    signature: str
    sheet: msgspec.Raw


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at a sheet found."""

    public_key: str = ""
    sheet: Sheet | None = None
    faults: tuple[str, ...] = ()
    """Why it is not to be believed; empty where it is as it was signed."""


def write_sheet(sheet: Sheet, path: Path, signer: Signer) -> Path:
    """Write a sheet for programs, signed, and beside it for people; return the file for people.

    Args:
        sheet: what was found.
        path: file to write, `.json`; that for people ends in `.md`.
        signer: whose word it is.
    """
    body = msgspec.json.format(msgspec.json.encode(sheet), indent=2)
    signature = signer.sign(body)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_framed(signer.public_key, signature, body))
    readable = path.with_suffix(".md")
    readable.write_text(paper(sheet, signature, signer.public_key), encoding="utf-8")
    return readable


def verify_sheet(path: Path, public_key: str = "") -> Verified:
    """Look whether a sheet is as it was signed; that for people beside it too, where it is there.

    Args:
        path: the `.json` file.
        public_key: of whom is believed, hexadecimal; empty believes the one in the file, which proves only
            that nothing was changed since.
    """
    content = path.read_bytes()
    try:
        file = msgspec.json.decode(content, type=_File)
        sheet = msgspec.json.decode(file.sheet, type=Sheet)
    except (msgspec.DecodeError, UnicodeDecodeError) as mistake:
        return Verified(faults=(f"it is no check-out sheet: {mistake}",))
    body = bytes(file.sheet)
    faults = []
    if _framed(file.public_key, file.signature, body) != content:
        faults.append("the file is not as it was written")
    if not is_signed(body, file.signature, file.public_key):
        faults.append("the signature does not fit the sheet")
    if public_key and public_key != file.public_key:
        faults.append(f"it was signed with another key, {file.public_key}")
    readable = path.with_suffix(".md")
    if readable.exists() and readable.read_bytes() != paper(sheet, file.signature, file.public_key).encode():
        faults.append(f"{readable.name} does not say what the signed sheet says")
    return Verified(public_key=file.public_key, sheet=sheet, faults=tuple(faults))


def _framed(public_key: str, signature: str, body: bytes) -> bytes:
    return _HEAD % (public_key.encode(), signature.encode()) + body + _TAIL
