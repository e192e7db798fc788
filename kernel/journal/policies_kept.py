"""Policy bundles in a recording: those that came into force while a run went on; its header has the first.

A replay asks the policies that judged then: it finds each by its revision.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

SCHEMA: Final = "create table if not exists policies (revision text primary key, body text not null);\n"


def keep_policies(db: sqlite3.Connection, policies: dict[str, str]) -> None:
    """Write bundles that are not there yet, and forget them."""
    while policies:
        revision, body = policies.popitem()
        db.execute("insert or ignore into policies values (?, ?)", (revision, body))


def policies_kept(path: Path) -> dict[str, str]:
    """Return the bundles of a recording as JSON, by revision; an older recording holds none."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        known = db.execute("select 1 from sqlite_master where name = 'policies'").fetchone()
        return dict(db.execute("select revision, body from policies")) if known else {}
