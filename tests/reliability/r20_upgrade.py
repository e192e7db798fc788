"""R20: a gateway is upgraded from 0.1.0 and taken back, again and again, and loses nothing on the way.

Its journal and its recording are those that 0.1.0 wrote. This version goes on with them, then 0.1.0 does: its
own kernel as it was released, in a process of its own. Whatever one has written the other reads: the chain,
the commands that nobody has ended, the last sequence number of each point. What 0.1.0 cannot read, today's
recordings, it refuses with words, and reads its own beside them. The control lets an entry fall on the way.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from kernel.journal.audit import audit
from kernel.journal.chain import Entry
from kernel.journal.commands import CommandJournal
from kernel.journal.encoding import TickRecord
from kernel.journal.notary import Notary
from kernel.journal.recorder import Recorder, Recording, RunHeader
from kernel.journal.signing import Signer
from tests.reliability.power_cut import memory, ticks
from tests.reliability.promise import Promise, Tally

GOLDEN = Path(__file__).parents[1] / "golden" / "v0_1_0"
OLD = GOLDEN / "goes_on.py.txt"
RUN = RunHeader(run="", version="1", site="", site_digest="d", revision="r", start_ns=0, clock="v")


def entries(root: Path) -> list[Entry]:
    with closing(CommandJournal(root / "commands.db", read_only=True)) as journal:
        return list(journal.entries())


def upgraded(root: Path, number: int, seed: int) -> dict[str, Any]:
    """Let this version go on with what it finds; return what it found and left."""
    notary = Notary(Signer.at(root / "key.pem"), folder=root / "out")
    journal = CommandJournal(root / "commands.db", durable=False, notary=notary)
    found = {"findings": audit(journal), "open": {one.id for one in journal.open_commands()}}
    for outputs in ticks(random.Random(seed + number), 12):
        mine = tuple(msgspec.structs.replace(one, id=f"{number}-{one.id}") for one in outputs.commands)
        ended = tuple(
            msgspec.structs.replace(one, command=f"{number}-{one.command}") for one in outputs.receipts
        )
        journal.append(msgspec.structs.replace(outputs, commands=mine, receipts=ended))
    journal.tend()
    left = {
        "head": journal.head,
        "open": sorted(one.id for one in journal.open_commands()),
        "sequences": journal.last_sequences(),
    }
    journal.close()
    recorder = Recorder(root / "recorder.db", msgspec.structs.replace(RUN, run=f"new-{number}"))
    recorder.add(
        TickRecord(
            tick=number, now_ns=number, blocks=(), steps=(), sent=(), requests=(), wall_ns=0, judgements=(),
            journal_failure="", digest=b"",
        )
    )  # fmt: skip
    recorder.close()
    return {"found": found, "left": left}


def taken_back(root: Path, tick: int) -> dict[str, Any]:
    """Let 0.1.0 go on with it; return what it says of it."""
    done = subprocess.run(
        [sys.executable, "-P", str(OLD), str(root), str(tick)],
        env={**os.environ, "PYTHONPATH": str(GOLDEN / "kernel.zip")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1]}
    return dict(json.loads(done.stdout))


def differences(
    before: list[Entry], new: dict[str, Any], old: dict[str, Any], after: list[Entry], number: int
) -> list[str]:
    """Compare what was there, what each version found, and what is there now."""
    if "failed" in old:
        return [f"0.1.0 failed: {old['failed']}"]
    found = [f"this version finds: {text}" for text in new["found"]["findings"]]
    if after[: len(before)] != before:
        found.append("entries that were there are not there any more, or other ones")
    said = old["journal"]
    found += [f"0.1.0 finds: {text}" for text in said["findings"]]
    if said["entries"] != len(after) - 1:
        found.append(f"0.1.0 reads {said['entries']} entries, and there were {len(after) - 1}")
    for name in ("head", "open", "sequences"):
        if said[name] != new["left"][name]:
            found.append(f"0.1.0 reads another {name}")
    if after[-1].hash.hex() != said["went_on"]:
        found.append("what 0.1.0 wrote is not the head")
    runs = {f"new-{one}" for one in range(number + 1)}
    ran = old["recording"]
    if set(ran["refused"]) != runs or not all(ran["refused"].values()):
        found.append(f"0.1.0 does not refuse today's recordings with words: {ran}")
    if sum(ran["ticks"].values()) != json.loads((GOLDEN / "expected.json").read_text())["ticks"]:
        found.append("0.1.0 does not read its own recording any more")
    return found


def there_and_back(seed: int, count: int, *, loses: bool = False) -> Tally:
    """Upgrade and take back `count` times."""
    broken: list[str] = []
    with tempfile.TemporaryDirectory(dir=memory()) as name:
        root = Path(name)
        for file in ("commands.db", "recorder.db"):
            shutil.copy(GOLDEN / file, root / file)
        for number in range(count):
            before = entries(root)
            new = upgraded(root, number, seed)
            if loses:
                with closing(sqlite3.connect(root / "commands.db")) as db, db:
                    db.execute("delete from entries where seq = ?", (1 + (seed + number) % len(before),))
            old = taken_back(root, 1_000_000 + number)
            broken += (
                f"round {number} of seed {seed}: {text}"
                for text in differences(before, new, old, entries(root), number)
            )
        with closing(Recording(root / "recorder.db")) as recording:
            runs = len(recording.runs())
        kept = float(len(entries(root)))
    if runs != count + 1:
        broken.append(f"{runs} runs are recorded, and {count + 1} were")
    return Tally(tried=count, broken=tuple(broken), counts={"entries": kept})


def attempt(seed: int, count: int) -> Tally:
    """Upgrade and take back, and compare."""
    return there_and_back(seed, count)


def control(seed: int) -> Tally:
    """The same with an entry that falls on the way."""
    return there_and_back(seed, 2, loses=True)


PROMISE = Promise(
    id="R20",
    claim="An upgrade from 0.1.0 and the way back lose no entry, open command or sequence number",
    unit="upgrades and returns",
    full=60,
    reduced=3,
    attempt=attempt,
    control=control,
    part=15,
    seed=20,
)
