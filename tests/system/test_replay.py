"""A run is decided again without difference, repeats from its seed, and shows when it was tampered with."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aios.cli.app import app
from aios.folder import Folder
from aios.virtual.run import Digests
from tests.system.virtual_nord import make_nord, nord_text

pytestmark = pytest.mark.system

HOURS = 3.0


def live(folder: Path, *, seed: int = 7) -> Digests:
    """Live through three hours of nord's evening: its peak begins, and people ask for two things."""
    nord = make_nord(folder, nord_text(start="14:30", hours=HOURS, seed=seed))

    async def hours() -> None:
        await nord.step(20)
        nord.ask("cb11/open", 1.0)
        nord.ask("cb15/close", 1.0)
        await nord.run.run()

    asyncio.run(hours())
    return nord.run.close()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Digests]:
    folder = tmp_path_factory.mktemp("nord")
    return folder, live(folder)


def says(command: str, folder: Path, *more: str) -> Result:
    return CliRunner().invoke(app, [command, "--folder", str(folder), *more])


def copy_of(folder: Path, to: Path) -> Path:
    """Copy the journal of a closed run."""
    (to / "journal").mkdir(parents=True)
    for name in ("commands.db", "recorder.db"):
        (to / "journal" / name).write_bytes((folder / "journal" / name).read_bytes())
    return to


def flip(path: Path, place: Callable[[bytes], int]) -> None:
    """Flip one bit of one byte of a file."""
    body = bytearray(path.read_bytes())
    body[place(bytes(body))] ^= 1
    path.write_bytes(bytes(body))


def test_hours_of_a_virtual_run_are_decided_again_without_difference(lived: tuple[Path, Digests]) -> None:
    result = says("replay", lived[0], "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["differences"]) == (0, [])
    assert report["ticks"] == round(HOURS * 60)
    assert report["judged"] > 20


def test_one_seed_gives_one_journal_and_another_seed_another(
    lived: tuple[Path, Digests], tmp_path: Path
) -> None:
    assert live(tmp_path / "same") == lived[1]
    other = live(tmp_path / "other", seed=8)
    assert other.journal != lived[1].journal
    assert other.ticks != lived[1].ticks


def test_a_whole_journal_is_said_to_be_whole(lived: tuple[Path, Digests]) -> None:
    assert says("journal", lived[0], "--verify").exit_code == 0


def test_a_flipped_bit_in_the_journal_is_noticed(lived: tuple[Path, Digests], tmp_path: Path) -> None:
    folder = Folder(root=copy_of(lived[0], tmp_path / "copy"))
    db = sqlite3.connect(folder.commands)
    (text,) = db.execute("select body from entries where kind = 'refused'").fetchone()
    db.close()
    flip(folder.commands, lambda body: body.index(text.encode()) + text.index("bay15") + 4)
    result = says("journal", folder.root, "--verify")
    assert result.exit_code == 1
    assert "was changed after it was written" in result.stdout.replace("\n", " ")


def test_a_flipped_bit_in_the_recording_is_noticed(lived: tuple[Path, Digests], tmp_path: Path) -> None:
    folder = Folder(root=copy_of(lived[0], tmp_path / "copy"))
    db = sqlite3.connect(folder.recorder)
    (blob,) = db.execute("select body from batches order by first limit 1 offset 1").fetchone()
    db.close()
    flip(folder.recorder, lambda body: body.index(blob[400:440]) + 20)
    result = says("replay", folder.root)
    assert result.exit_code == 1
    assert "ticks 64 to 127" in result.stderr.replace("\n", " ")


def test_a_decision_that_was_forged_in_the_recording_is_noticed(
    lived: tuple[Path, Digests], tmp_path: Path
) -> None:
    """A forger who writes a well-formed batch still changes what the inputs lead to."""
    import msgspec

    from kernel.journal.columns import pack, unpack

    folder = Folder(root=copy_of(lived[0], tmp_path / "copy"))
    db = sqlite3.connect(folder.recorder)
    number, blob = db.execute("select id, body from batches order by first limit 1").fetchone()
    ticks = unpack(blob)
    asked = next(place for place, tick in enumerate(ticks) if tick.requests)
    ticks[asked] = msgspec.structs.replace(ticks[asked], requests=())
    forged = pack(ticks)
    db.execute("update batches set body = ? where id = ?", (forged, number))
    db.commit()
    db.close()
    result = says("replay", folder.root, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["differences"][0]["tick"] == ticks[asked].tick
