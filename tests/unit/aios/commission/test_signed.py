"""A check-out sheet says what was signed, or it is found out."""

from pathlib import Path

import msgspec
import pytest

from aios.commission.sheet import PointResult, Raw, Sheet, Verdict, WriteTest
from aios.commission.signed import verify_sheet, write_sheet
from kernel.journal.signing import Signer

RESULT = PointResult(
    point="pv1/active_power", unit="kW", verdict=Verdict.AGREES, value=40.0, state="", quality="good",
    at_ns=1_000_000_000, by="anna", reference="40", tolerance=0.4, note="display | of the inverter",
    raw=Raw(device="inverter", unit=1, table="holding", address=40084, registers=(4000,)),
    written=WriteTest(value=30.0, outcome="done", command="c1", detail="read back", read_back=30.0,
                      reverted=True, reversion="back at 100 % after 6 s"),
)  # fmt: skip
SHEET = Sheet(
    site="yard", title="Yard", site_digest="ab" * 32, maps={"inverter": "cd" * 32}, version="0",
    began_ns=0, ended_ns=2_000_000_000, person="anna", results=(RESULT,),
)  # fmt: skip


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.at(tmp_path / "signing.pem")


@pytest.fixture
def path(tmp_path: Path, signer: Signer) -> Path:
    path = tmp_path / "sheet.json"
    write_sheet(SHEET, path, signer)
    return path


def test_a_sheet_as_it_was_signed_is_believed(path, signer):
    found = verify_sheet(path, signer.public_key)
    assert (found.faults, found.sheet, found.public_key) == ((), SHEET, signer.public_key)


def test_every_changed_byte_is_found(path):
    whole = path.read_bytes()
    path.with_suffix(".md").unlink()  # that one is looked at below
    for place in range(0, len(whole), 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x01]) + whole[place + 1 :])
        assert verify_sheet(path).faults, f"byte {place}: {whole[place : place + 20]!r}"


@pytest.mark.parametrize("end", [b"\n", b" ", b"{}"])
def test_what_was_added_is_found(path, end):
    path.write_bytes(path.read_bytes() + end)
    assert verify_sheet(path).faults


def test_a_sheet_laid_out_anew_is_not_the_one_that_was_written(path):
    path.write_bytes(msgspec.json.format(path.read_bytes(), indent=0))
    assert "the file is not as it was written" in verify_sheet(path).faults


def test_a_sheet_signed_anew_by_another_is_found_where_the_key_is_known(path, tmp_path, signer):
    forged = msgspec.structs.replace(SHEET, person="eve")
    write_sheet(forged, path, Signer.at(tmp_path / "other.pem"))
    assert verify_sheet(path).faults == ()
    assert verify_sheet(path, signer.public_key).faults[0].startswith("it was signed with another key")


def test_the_sheet_for_people_says_the_same_or_is_found(path):
    readable = path.with_suffix(".md")
    text = readable.read_text()
    assert "inverter unit 1 holding 40084: 0FA0" in text
    assert "display \\| of the inverter" in text
    assert "reverted (back at 100 % after 6 s)" in text
    readable.write_text(text.replace("agrees", "differs", 1))
    assert verify_sheet(path).faults == ("sheet.md does not say what the signed sheet says",)


def test_what_is_no_sheet_is_said_to_be_none(path):
    path.write_text("{}")
    assert verify_sheet(path).faults[0].startswith("it is no check-out sheet")


@pytest.mark.parametrize(
    "changed",
    [
        {"verdict": Verdict.DIFFERS},
        {"verdict": Verdict.NOT_COMPARED},
        {"verdict": Verdict.NOT_READABLE},
        {"written": msgspec.structs.replace(RESULT.written, outcome="refused")},
        {"written": msgspec.structs.replace(RESULT.written, reverted=False)},
    ],
)
def test_a_sheet_is_in_order_only_where_every_point_is(changed):
    assert SHEET.good
    assert not msgspec.structs.replace(
        SHEET, results=(RESULT, msgspec.structs.replace(RESULT, **changed))
    ).good
