"""What a run leaves in its outbox: every value with the quality it was judged to have, computed ones too."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from pathlib import Path

import pytest

from aios.folder import Folder
from drivers.historian.outbox import OutboxReader
from kernel.quality import OUT_OF_RANGE, is_good
from tests.system.virtual_nord import METER, make_nord, nord_text

pytestmark = pytest.mark.system

FAULT = """
[[simulation.fault]]
target = "meter_grid"
kind = "scale_1000"
onset = 2016-12-14T15:10:30+01:00
end = 2016-12-14T15:20:30+01:00
"""


def kept(folder: Path) -> dict[str, list[tuple[float, int]]]:
    """Value and quality of every row, by point, in the order they were kept."""
    reader, rows = OutboxReader(Folder(root=folder).outbox, "history"), defaultdict(list)
    while (batch := reader.next_batch()) is not None:
        for block in batch.blocks:
            for index, value, quality in zip(block.index, block.value, block.quality, strict=True):
                rows[batch.columns[index].name].append((float(value), int(quality)))
        reader.done(batch)
    reader.close()
    return rows


def test_the_outbox_holds_what_was_judged_and_what_was_computed(tmp_path: Path) -> None:
    nord = make_nord(tmp_path, nord_text(more=FAULT))
    asyncio.run(nord.step(30))
    seen = nord.seen.words(METER)
    nord.run.close()
    rows = kept(tmp_path)
    assert len(rows["t1/hot_spot_temperature"]) > 20, "an agent computes it, no device is read for it"
    assert any(is_good(quality) for _, quality in rows["t1/hot_spot_temperature"])
    wrong = [quality for value, quality in rows[METER] if value > 1e6]
    assert len(wrong) == sum("out of range" in words for words in seen) > 5
    assert all(quality & OUT_OF_RANGE and not is_good(quality) for quality in wrong)
